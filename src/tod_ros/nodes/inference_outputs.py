"""What the inference node offers beside the protocol: its services and its topics."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional, Protocol, Sequence

import numpy as np
import rospy
from std_srvs.srv import Trigger, TriggerResponse

from tod_ros.detection import Detection, left_to_right
from tod_ros.errors import TodError
from tod_ros.frame import Frame
from tod_ros.images.camera import frame_id_of
from tod_ros.images.message import from_message, stamp_ns_of
from tod_ros.msg import Detections
from tod_ros.nodes.annotated_image import AnnotatedImage
from tod_ros.nodes.messages import (
    detections_2d_message,
    detections_message,
    find_vision_messages,
    header_of,
)
from tod_ros.protocol.answer import Answer
from tod_ros.settings import InferenceSettings
from tod_ros.srv import Detect, DetectResponse


class Model(Protocol):
    """What the outputs need of the model that is served."""

    @property
    def settings(self) -> InferenceSettings: ...

    def reload(self, settings: InferenceSettings) -> str: ...

    def in_words(self) -> str: ...


class PlacesShown(Protocol):
    """Where the cubes stand, for whoever looks on."""

    @property
    def fault(self) -> str: ...

    def show(self, detections: Sequence[Detection], stamp: rospy.Time) -> None: ...

    def repeat(self) -> None: ...


class Outputs:
    """Services ~detect and ~reload, topics ~detections, ~detections_2d and ~image_annotated.

    `detect` is the model's, or adds the places to what it sees. `read_settings` gives the
    parameters as they stand now; `take_up` gets them after a ~reload.
    """

    def __init__(
        self,
        model: Model,
        detect: Callable[[np.ndarray], List[Detection]],
        take_image: Callable[[], Frame],
        read_settings: Callable[[], InferenceSettings],
        take_up: Callable[[InferenceSettings], None],
        places: Optional[PlacesShown] = None,
    ):
        self._model, self._detect, self._take_image = model, detect, take_image
        self._read_settings, self._take_up = read_settings, take_up
        self._places = places
        self._detections = rospy.Publisher("~detections", Detections, queue_size=10, latch=True)
        self._annotated = AnnotatedImage("~image_annotated")
        self._vision = find_vision_messages()
        if self._vision is not None:
            array = self._vision.Detection2DArray
            self._detections_2d = rospy.Publisher(
                "~detections_2d", array, queue_size=10, latch=True
            )
        self._reloading = threading.Lock()

    def serve(self) -> None:
        """Advertise the services: from now on the node is ready."""
        rospy.Service("~reload", Trigger, self._answer_reload)
        rospy.Service("~detect", Detect, self._answer_detect)

    def publish_answer(self, answer: Answer) -> None:
        if answer.frame is not None:
            self.publish(answer.frame, answer.detections)

    def publish(self, frame: Frame, detections: Sequence[Detection]) -> None:
        self._detections.publish(detections_message(detections, frame))
        if self._vision is not None:
            self._detections_2d.publish(detections_2d_message(self._vision, detections, frame))
        self._annotated.show(frame, detections)
        if self._places is not None:
            self._places.show(detections, header_of(frame).stamp)

    def detect(self, frame: Frame) -> List[Detection]:
        """What is in the frame, left to right; published, too."""
        found = left_to_right(self._detect(frame.bgr), self._model.settings.max_objects)
        self.publish(frame, found)
        return found

    def _answer_detect(self, request: Any) -> DetectResponse:
        try:
            frame = _frame_given(request.image) or self._take_image()
            found = self.detect(frame)
        except TodError as error:  # the node's edge: the caller is told, the node goes on
            rospy.logwarn("~detect: %s", error)
            return DetectResponse(success=False, message=str(error))
        return DetectResponse(success=True, detections=detections_message(found, frame))

    def _answer_reload(self, _request: Any) -> TriggerResponse:
        try:
            with self._reloading:
                settings = self._read_settings()
                words = self._model.reload(settings)
                self._take_up(settings)
        except TodError as error:  # as above; the old model and parameters stay
            rospy.logwarn("~reload: the old model stays: %s", error)
            return TriggerResponse(False, str(error))
        rospy.loginfo("~reload: %s", words)
        return TriggerResponse(True, words)


def _frame_given(image: Any) -> Any:
    """The picture in a request, None where it is empty; one without a stamp gets the time now."""
    if not (image.height or image.width or image.data):
        return None
    stamp_ns = stamp_ns_of(image) or rospy.Time.now().to_nsec()
    return Frame(from_message(image), stamp_ns, frame_id_of(image))
