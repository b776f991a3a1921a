"""What the inference node offers beside the conversation: its services and its topics."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional, Protocol, Sequence

import numpy as np
import rospy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger, TriggerResponse

from tod_ros.detection import Detection, left_to_right
from tod_ros.errors import TodError
from tod_ros.images.message import from_message, to_message_fields
from tod_ros.msg import Detection as DetectionMessage
from tod_ros.msg import Detections
from tod_ros.nodes.poses import pose_of
from tod_ros.protocol.answer import CAMERA_FAILED, MODEL_FAILED, Answer
from tod_ros.protocol.labeller import Labeller
from tod_ros.srv import Detect, DetectResponse


class Model(Protocol):
    """What the outputs need of the model that is served."""

    def detect(self, bgr_image: np.ndarray) -> List[Detection]: ...

    def reload(self) -> str: ...

    def in_words(self) -> str: ...


class PlacesShown(Protocol):
    """Where the cubes stand, for whoever looks on."""

    @property
    def fault(self) -> str: ...

    def show(self, detections: Sequence[Detection], stamp: rospy.Time) -> None: ...

    def repeat(self) -> None: ...


class Outputs:
    """Services ~detect and ~reload, topics ~detections, ~image_annotated and /diagnostics."""

    def __init__(
        self,
        model: Model,
        take_image: Callable[[], np.ndarray],
        max_objects: int,
        places: Optional[PlacesShown] = None,
    ):
        self._model, self._take_image, self._max_objects = model, take_image, max_objects
        self._places = places
        self._detections = rospy.Publisher("~detections", Detections, queue_size=10)
        self._diagnostics = rospy.Publisher("/diagnostics", DiagnosticArray, queue_size=10)
        self._annotated = AnnotatedImage("~image_annotated")
        self._reloading = threading.Lock()

    def serve(self) -> None:
        """Advertise the services: from now on the node is ready."""
        rospy.Service("~reload", Trigger, self._answer_reload)
        rospy.Service("~detect", Detect, self._answer_detect)

    def publish(self, answer: Answer) -> None:
        if answer.picture is not None:
            stamp = rospy.Time.from_sec(answer.stamp)
            self._detections.publish(as_message(answer.detections, answer.picture, stamp))
            self._annotated.show(answer.picture, answer.detections, stamp)
            if self._places:
                self._places.show(answer.detections, stamp)

    def publish_diagnostics(self, labeller: Labeller) -> None:
        message = DiagnosticArray(status=self._statuses(labeller))
        message.header.stamp = rospy.Time.now()
        self._diagnostics.publish(message)
        if self._places:
            self._places.repeat()

    def _answer_detect(self, request: Any) -> DetectResponse:
        try:
            is_given = request.image.height or request.image.width or request.image.data
            picture = from_message(request.image) if is_given else self._take_image()
            found = left_to_right(self._model.detect(picture), self._max_objects)
        except TodError as error:  # the node's edge: the caller is told, the node goes on
            rospy.logwarn("~detect: %s", error)
            return DetectResponse(success=False, message=str(error))
        stamp = request.image.header.stamp if is_given else rospy.Time.now()
        message = as_message(found, picture, stamp)
        message.header.frame_id = request.image.header.frame_id
        return DetectResponse(success=True, detections=message)

    def _answer_reload(self, _request: Any) -> TriggerResponse:
        try:
            with self._reloading:
                words = self._model.reload()
        except TodError as error:  # as above; the old model stays
            rospy.logwarn("~reload: the old model stays: %s", error)
            return TriggerResponse(False, str(error))
        rospy.loginfo("~reload: %s", words)
        return TriggerResponse(True, words)

    def _statuses(self, labeller: Labeller) -> List[DiagnosticStatus]:
        answer = labeller.answer
        failed = answer.status if answer else ""
        reason = answer.reason if answer else ""
        camera_failed, model_failed = (failed == status for status in (CAMERA_FAILED, MODEL_FAILED))
        return [
            _status("model", model_failed, reason if model_failed else self._model.in_words()),
            _status("camera", camera_failed, reason if camera_failed else "no fault known"),
            *self._place_status(),
            _status(
                "conversation",
                False,
                f"waiting for {labeller.waiting_for}" if labeller.waiting_for else "busy",
                requests=answer.request if answer else 0,
                last_status=failed or "none yet",
            ),
        ]

    def _place_status(self) -> List[DiagnosticStatus]:
        if not self._places:
            return []
        fault = self._places.fault
        return [_status("place", bool(fault), fault or "the camera is where it was calibrated")]


class AnnotatedImage:
    """A latched topic whose picture is drawn only when somebody gets to see it."""

    def __init__(self, topic: str):
        self._lock = threading.Lock()
        self._drawn: Optional[Image] = None
        self._shown: Any = None
        listener = rospy.SubscribeListener()
        listener.peer_subscribe = self._draw_for_a_late_one  # type: ignore[method-assign]
        self._publisher = rospy.Publisher(
            topic, Image, subscriber_listener=listener, queue_size=1, latch=True
        )

    def show(self, picture: np.ndarray, detections: Sequence[Detection], stamp: rospy.Time) -> None:
        with self._lock:
            self._shown, self._drawn = (picture, detections, stamp), None
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
                picture, detections, stamp = self._shown
                self._drawn = Image(**to_message_fields(draw_detections(picture, detections)))
                self._drawn.header.stamp = stamp
            return self._drawn


def as_message(
    detections: Sequence[Detection], picture: np.ndarray, stamp: rospy.Time
) -> Detections:
    message = Detections(image_height=picture.shape[0], image_width=picture.shape[1])
    message.header.stamp = stamp
    message.detections = [_as_message(detection) for detection in detections]
    return message


def _as_message(detection: Detection) -> DetectionMessage:
    d = detection
    message = DetectionMessage(d.label, d.name, d.score, *d.xyxy, unsure=d.unsure, rival=d.rival)
    if d.place:
        message.has_place, message.pose = True, pose_of(d.place)
    return message


def _status(name: str, is_faulty: bool, words: str, **values: Any) -> DiagnosticStatus:
    return DiagnosticStatus(
        level=DiagnosticStatus.ERROR if is_faulty else DiagnosticStatus.OK,
        name=f"{rospy.get_name().lstrip('/')}: {name}",
        hardware_id="tod_ros",
        message=words,
        values=[KeyValue(key, str(value)) for key, value in values.items()],
    )
