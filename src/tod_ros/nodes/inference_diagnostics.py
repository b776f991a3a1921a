"""The inference node's state on /diagnostics: model, camera, conversation."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

import rospy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from tod_ros.images.camera import Camera
from tod_ros.nodes.inference_outputs import PlacesShown
from tod_ros.protocol.answer import CAMERA_FAILED, MODEL_FAILED
from tod_ros.protocol.labeller import Labeller

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR


class Diagnostics:
    """Publishes how the node is; `missing` says what the camera lacks, "" when it is there."""

    def __init__(
        self,
        labeller: Labeller,
        camera: Camera,
        missing: Callable[[], str],
        model_in_words: Callable[[], str],
        places: Optional[PlacesShown] = None,
    ):
        self._labeller, self._camera = labeller, camera
        self._missing, self._model_in_words, self._places = missing, model_in_words, places
        self._publisher = rospy.Publisher("/diagnostics", DiagnosticArray, queue_size=10)

    def publish(self) -> None:
        statuses = [self._model(), self._camera_status(), *self._place_status(), self._protocol()]
        message = DiagnosticArray(status=statuses)
        message.header.stamp = rospy.Time.now()
        self._publisher.publish(message)
        if self._places is not None:
            self._places.repeat()

    def _model(self) -> DiagnosticStatus:
        answer = self._labeller.answer
        if answer is not None and answer.status == MODEL_FAILED:
            return _status("model", ERROR, answer.reason)
        return _status("model", OK, self._model_in_words())

    def _camera_status(self) -> DiagnosticStatus:
        answer, fault = self._labeller.answer, self._camera.last_fault
        missing = self._missing()
        if missing:
            return _status("camera", WARN, missing, last_fault=fault or "none")
        if answer is not None and answer.status == CAMERA_FAILED:
            return _status("camera", ERROR, answer.reason, last_fault=fault or "none")
        return _status("camera", OK, "no fault known", last_fault=fault or "none")

    def _place_status(self) -> List[DiagnosticStatus]:
        if self._places is None:
            return []
        fault = self._places.fault
        words = fault or "the camera is where it was calibrated"
        return [_status("place", ERROR if fault else OK, words)]

    def _protocol(self) -> DiagnosticStatus:
        answer, waiting_for = self._labeller.answer, self._labeller.waiting_for
        age_s = self._labeller.request_age_s
        return _status(
            "conversation",
            OK,
            f"waiting for {waiting_for}" if waiting_for else "busy",
            requests=answer.request if answer else 0,
            last_status=answer.status if answer else "none yet",
            request_age_s="no request is open" if age_s is None else f"{age_s:.1f}",
        )


def _status(name: str, level: Any, words: str, **values: Any) -> DiagnosticStatus:
    return DiagnosticStatus(
        level=level,
        name=f"{rospy.get_name().lstrip('/')}: {name}",
        hardware_id="tod_ros",
        message=words,
        values=[KeyValue(key, str(value)) for key, value in values.items()],
    )
