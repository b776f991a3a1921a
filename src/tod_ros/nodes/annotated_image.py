"""The topic with the annotated picture, drawn only when somebody gets to see it."""

from __future__ import annotations

import threading
from typing import Any, Optional, Sequence

import rospy
from sensor_msgs.msg import Image

from tod_ros.detection import Detection
from tod_ros.frame import Frame
from tod_ros.images.message import to_message_fields
from tod_ros.nodes.messages import header_of


class AnnotatedImage:
    """A latched topic; what it shows is drawn for a subscriber, early or late."""

    def __init__(self, topic: str):
        self._lock = threading.Lock()
        self._drawn: Optional[Image] = None
        self._shown: Any = None
        listener = rospy.SubscribeListener()
        listener.peer_subscribe = self._draw_for_a_late_one  # type: ignore[method-assign]
        self._publisher = rospy.Publisher(
            topic, Image, subscriber_listener=listener, queue_size=1, latch=True
        )

    def show(self, frame: Frame, detections: Sequence[Detection]) -> None:
        with self._lock:
            self._shown, self._drawn = (frame, detections), None
        if self._publisher.get_num_connections():
            self._publisher.publish(self._message())

    def _draw_for_a_late_one(self, _topic: str, _publish: Any, publish_to_one: Any) -> None:
        """What is latched may be older than what was shown last, when nobody was there."""
        with self._lock:
            is_latched = self._shown is None or self._drawn is not None
        if not is_latched:
            publish_to_one(self._message())

    def _message(self) -> Image:
        from tod_ros.images.drawing import draw_detections  # OpenCV, for whoever looks on

        with self._lock:
            if self._drawn is None:
                frame, detections = self._shown
                self._drawn = Image(**to_message_fields(draw_detections(frame.bgr, detections)))
                self._drawn.header = header_of(frame)
            return self._drawn
