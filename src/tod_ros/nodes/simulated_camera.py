"""The camera of a simulated Ergo Jr.

Service
    get_image (poppy_controllers/GetImage)   as the robot's: encoding 8UC3 that holds BGR, stamp 0,
                                             an empty Image when the camera is off. A name that
                                             another node serves is refused
Topic
    camera_info (sensor_msgs/CameraInfo)     of the desk's camera; latched, nothing for others

Private parameters
    images (text, drawn)        folder of pictures to show in turn, by name; drawn: drawn cubes;
                                desk: drawn cubes on one desk, seen by a camera that stands still
    seed (whole number, 1)      the same seed gives the same pictures and the same noise
    cubes (whole number, -1)    how many a drawn picture shows; -1: 1 to 4 (desk: 1 to 3); may
                                change at any time
    difficulty (text, plain)    of drawn pictures: plain or full; may change at any time
    tilt_deg (number, 0.0)      how far the desk's camera has been tilted down since it was put up;
                                may change at any time
    sheet (true or false, false)  whether a sheet of paper lies on the desk; may change at any time
    fault (text or list, none)  what is wrong (see faults.py); may change at any time; a list has
                                one fault for each call to come
    slow_s (number, 1.0)        how long a slow answer takes; may change at any time
    log (text, none)            file to which a line of JSON is added for each answer that shows
                                something: the truth, the fault, for whom, and when (monotonic)
Set by the node
    truth                       of the last picture answered: {count, source, known, names, boxes},
                                names and boxes left to right; of the desk places, too: x and y in
                                metres from the sheet's near left corner, and the turn in degrees
    desk                        camera and sheet of the desk: {frame_id, cube_edge_m, size_wh,
                                focal_px, rotation, position_m, sheet_wh_m, corners_px}
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional

import rospy
from sensor_msgs.msg import CameraInfo, Image

from tod_ros.errors import CameraError, TodError
from tod_ros.files import open_in_place
from tod_ros.images.message import to_message_fields
from tod_ros.nodes.life import NodeLife, checked_settings, own_parameters, sleep
from tod_ros.robot.serving import serve_alone
from tod_ros.settings import setting
from tod_ros.simulation import views
from tod_ros.simulation.desk import SIZE_WH, Desk
from tod_ros.simulation.faults import BLIND, in_the_dark, next_fault, spoil
from tod_ros.simulation.views import View
from tod_ros.srv import GetImage, GetImageResponse

OUTPUTS = ("fault", "truth", "desk")  # `fault` is read by itself, since it may be a list


@dataclass(frozen=True)
class CameraSettings:
    images: str = "drawn"
    seed: int = setting(1, least=0, most=2**31 - 1)
    cubes: int = setting(-1, least=-1, most=8)
    difficulty: str = setting("plain", among=("plain", "full"))
    tilt_deg: float = setting(0.0, least=-15.0, most=15.0)
    sheet: bool = False
    slow_s: float = setting(1.0, least=0.0, most=60.0)
    log: str = "none"


def main() -> None:
    life = NodeLife("simulated_camera")
    life.begin()
    try:
        camera = SimulatedCamera(life.read_settings(CameraSettings, OUTPUTS))
        next_fault(rospy.get_param("~fault", ""))
        serve_alone("get_image", GetImage, camera.answer)
        rospy.loginfo("the simulated camera is ready")
        life.work_until_shutdown(rospy.spin)
    except TodError as error:
        life.give_up(error)


def _read_settings() -> CameraSettings:
    """As they stand now: some may change at any time."""
    return checked_settings(CameraSettings, own_parameters(OUTPUTS))


class SimulatedCamera:
    """Answers the robot's camera service, one view after the other."""

    def __init__(self, settings: CameraSettings):
        self._seed = settings.seed
        self._log = "" if settings.log == "none" else settings.log
        self._folder: Optional[Callable[[int], View]] = None
        self._desk = Desk(settings.seed) if settings.images == "desk" else None
        if self._desk is not None:
            self._publisher = _tell_of(self._desk)
        elif settings.images not in ("", "drawn"):
            self._folder = views.from_folder(settings.images)
        self._shown = 0  # views that somebody got to see
        self._answers = 0  # one more for every noise
        self._last: Optional[Dict[str, Any]] = None
        self._lock = threading.Lock()

    def answer(self, request: Any) -> GetImageResponse:
        caller = request._connection_header.get("callerid", "")
        try:
            with self._lock:
                value = rospy.get_param("~fault", "")
                fault, left = next_fault(value)
                if left != value:
                    rospy.set_param("~fault", left)
            self._delay(fault, left)
            with self._lock:
                return GetImageResponse(Image(**self._fields(fault, caller)))
        except (TodError, rospy.ROSInterruptException) as error:
            raise rospy.ServiceException(str(error)) from error

    def _delay(self, fault: str, parameter: Any) -> None:
        if fault == "slow":
            sleep(_read_settings().slow_s)
        elif fault == "hung":
            while rospy.get_param("~fault", "") == parameter:
                sleep(0.05)
            raise CameraError("the camera was hung; its caller has gone")
        elif fault == "dying":
            time.sleep(0.05)  # the caller has sent its request by now
            os._exit(1)
        elif fault == "error":
            raise CameraError("the camera failed")

    def _fields(self, fault: str, caller: str) -> Dict[str, Any]:
        if fault == "frozen" and self._last is not None:
            return self._last
        self._answers += 1
        view = self._view()
        bgr = views.with_noise(view.bgr, self._seed, self._answers)
        if fault == "black":
            bgr = in_the_dark(bgr)
        fields = {**to_message_fields(bgr), "encoding": "8UC3"}
        if fault not in BLIND:
            self._shown += 1
            truth = {"count": self._shown, **view.truth()}
            sha1 = hashlib.sha1(bgr.tobytes()).hexdigest()
            self._note({**truth, "fault": fault, "caller": caller, "sha1": sha1})
            with contextlib.suppress(OSError):  # the master is gone: the robot's camera is not
                rospy.set_param("~truth", truth)
            self._last = fields
        return spoil(fields, fault)

    def _note(self, answer: Dict[str, Any]) -> None:
        """One write, so that a process which is killed leaves no half line."""
        if self._log:
            line = json.dumps({**answer, "at": time.monotonic()}) + "\n"
            with open_in_place(self._log, append=True) as log:
                log.write(line.encode())

    def _view(self) -> View:
        if self._folder is not None:
            return self._folder(self._shown)
        now = _read_settings()
        if self._desk is not None:
            return self._desk.view(
                self._shown, now.cubes, now.difficulty, now.tilt_deg, with_sheet=now.sheet
            )
        return views.draw(self._seed, self._shown, now.cubes, now.difficulty)


def _tell_of(desk: Desk) -> rospy.Publisher:
    """Publish what is known of the desk's camera; the publisher must be kept."""
    rospy.set_param("~desk", desk.facts())
    width, height = SIZE_WH
    focal, x, y = desk.focal_px, width / 2, height / 2
    info = CameraInfo(width=width, height=height, distortion_model="plumb_bob", D=[0.0] * 5)
    info.K = [focal, 0, x, 0, focal, y, 0, 0, 1]
    info.R = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    info.P = [focal, 0, x, 0, 0, focal, y, 0, 0, 0, 1, 0]
    publisher = rospy.Publisher("camera_info", CameraInfo, queue_size=1, latch=True)
    publisher.publish(info)
    return publisher
