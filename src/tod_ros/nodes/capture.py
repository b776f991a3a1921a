"""Node `capture`: takes pictures with the robot's camera and stores them in a project.

Service
    ~capture (tod_ros/Capture)      take one picture and store it; answers its path, number and
                                    split, or the reason why there is none. It is there as soon
                                    as the robot is: waiting for it means "ready".
Topic
    ~image (sensor_msgs/Image)      the last picture stored; bgr8, latched
Calls
    image_service (poppy_controllers/GetImage)

Private parameters
    project (text)                  the project's folder; its images/train and images/test are
                                    made where they are missing
    split (text, auto)              auto: every tenth picture for the test; train; test
    prefix (text, image)            names are prefix + number + extension
    digits (whole number, 3)        least width of the number, 1 to 9
    extension (text, png)           png or jpg
    interactive (true/false, false) open the lesson's window: any key takes a picture, Q ends
    image_service (text, get_image) the robot's camera
    image_topic (text, none)        sensor_msgs/Image or CompressedImage, in place of the service
    accept_latest (true/false, false)  of the topic, be content with a picture taken before the call
    check_frozen (true/false, true) refuse the same picture with the same stamp again
    image_timeout_s (number, 3.0)   how long one picture may take to come
    image_attempts (whole number, 3) how often a failed or blind picture is tried

Pictures that show nothing are refused: camera off, black, or frozen (the same bytes and stamp as
the last).
"""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Tuple

import numpy as np
import rospy
from sensor_msgs.msg import Image

from tod_ros.dataset.capture_store import CaptureStore, store_of
from tod_ros.errors import TodError
from tod_ros.frame import Frame
from tod_ros.images.camera import Camera
from tod_ros.images.message import to_message_fields
from tod_ros.images.window import can_open_window
from tod_ros.nodes.capture_window import run_window
from tod_ros.nodes.life import NodeLife, sleep
from tod_ros.nodes.messages import header_of
from tod_ros.robot.image_source import ImageSource, open_source, wait_for_source
from tod_ros.settings import CaptureSettings
from tod_ros.srv import Capture, CaptureResponse


def main() -> None:
    life = NodeLife("capture")
    life.begin()
    try:
        settings = life.read_settings(CaptureSettings)
        pictures = store_of(settings)
        for folder in pictures.make_folders(time.time()):
            rospy.loginfo("made %s", folder)
        source = open_source(settings)
        camera = Camera(
            source,
            settings.image_attempts,
            sleep,
            now_ns=lambda: rospy.Time.now().to_nsec(),
            check_frozen=settings.check_frozen,
        )
        node = CaptureNode(camera, pictures)
    except TodError as error:
        life.give_up(error)
    life.work_until_shutdown(lambda: _work(source, node, settings.interactive))


def _work(source: ImageSource, node: CaptureNode, interactive: bool) -> None:
    wait_for_source(source, sleep)
    rospy.Service("~capture", Capture, node.answer)
    rospy.loginfo("ready: rosservice call %s", rospy.resolve_name("~capture"))
    if interactive and can_open_window():
        run_window(node.take_for_window, rospy.is_shutdown)
        rospy.signal_shutdown("the window was closed")
    elif interactive:
        rospy.logwarn(
            "there is no display to open a window on: going on without; call %s instead",
            rospy.resolve_name("~capture"),
        )


class CaptureNode:
    """Takes one picture at a time, however many ask."""

    def __init__(self, take: Callable[[], Frame], pictures: CaptureStore):
        self._take = take
        self._pictures = pictures
        self._lock = threading.Lock()
        self._image = rospy.Publisher("~image", Image, queue_size=1, latch=True)

    def answer(self, _request: Any = None) -> CaptureResponse:
        try:
            return self._capture()[1]
        except rospy.ROSInterruptException as error:
            raise rospy.ServiceException(str(error)) from error

    def take_for_window(self) -> Tuple[np.ndarray, str]:
        bgr, answer = self._capture()
        return bgr, answer.path if answer.success else answer.message

    def _capture(self) -> Tuple[np.ndarray, CaptureResponse]:
        """The picture stored (grey where there is none), and the service's answer."""
        try:
            with self._lock:
                frame = self._take()
                stored = self._pictures.store(frame.bgr)
        except TodError as error:  # the node's edge: the caller is told, the node goes on
            rospy.logwarn("no picture stored: %s", error)
            return np.full((480, 640, 3), 60, np.uint8), CaptureResponse(
                success=False, message=str(error)
            )
        rospy.loginfo("stored %s", stored.path)
        message = Image(**to_message_fields(frame.bgr))
        message.header = header_of(frame)
        self._image.publish(message)
        return frame.bgr, CaptureResponse(True, "", str(stored.path), stored.number, stored.split)
