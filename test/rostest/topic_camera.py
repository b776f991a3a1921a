"""A camera of the rostests that publishes as usb_cam does: at a rate, with a header."""

from __future__ import annotations

import threading
import time
from typing import Any

import rospy
from sensor_msgs.msg import CompressedImage, Image

from tod_ros.images.image_file import encode
from tod_ros.images.message import to_message_fields

FRAME = "usb_cam"


class TopicCamera:
    """Publishes `bgr` until stop(); another picture can be put before it at any time."""

    def __init__(self, topic: str, bgr: Any, hz: float = 30.0, is_compressed: bool = False):
        self._bgr, self._hz, self._is_compressed = bgr, hz, is_compressed
        kind = CompressedImage if is_compressed else Image
        self._publisher = rospy.Publisher(topic, kind, queue_size=1)
        self._over = threading.Event()
        self._message = self._make(bgr)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def show(self, bgr: Any) -> None:
        self._message = self._make(bgr)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._publisher.unregister()

    def _make(self, bgr: Any) -> Any:
        if self._is_compressed:
            return CompressedImage(format="bgr8; jpeg compressed bgr8", data=encode(bgr, "jpg"))
        return Image(**to_message_fields(bgr))

    def _run(self) -> None:
        while not self._over.is_set():
            started, message = time.monotonic(), self._message
            message.header.stamp, message.header.frame_id = rospy.Time.now(), FRAME
            self._publisher.publish(message)
            self._over.wait(max(1.0 / self._hz - (time.monotonic() - started), 0.001))
