"""The conversation with the robot's controller, over any mapping of parameters.

A controller asks with takeImage. The node takes a picture, answers with ONE write of the result
parameter, and then hands the cubes over, left to right: each as `label`, one at a time.

    controller                         node
    takeImage = True         ------>   takeImage = False, picture, detection, result
                             <------   RobotReady = False, label = 2
    label = -1, drives
    RobotReady = True        ------>   leaves it true for ready_hold_s
                             <------   RobotReady = False, label = 1        and so on

`label` is written after RobotReady: a controller goes by the label, and could otherwise take it,
drive and say ready before the node's False wiped that out, and both would wait for ever.
A new takeImage while the node waits abandons the cubes that are left; a label that nobody has
taken yet is then withdrawn (-1), before takeImage becomes False.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, MutableMapping, Optional, Tuple

import numpy as np

from tod_ros.detections import Detection, left_to_right
from tod_ros.errors import CameraError, ImageError, ModelError
from tod_ros.settings import InferenceSettings

OK = "ok"
NO_CUBES = "no_cubes"
CAMERA_FAILED = "camera_failed"
MODEL_FAILED = "model_failed"

REPEAT_S = 30.0  # how often a wait says that it goes on
NO_LABEL = -1
DEFAULTS = InferenceSettings()

log = logging.getLogger("rosout." + __name__)


@dataclass(frozen=True)
class Answer:
    """What became of one request; `detections` are left to right."""

    request: int
    status: str
    stamp: float
    detections: Tuple[Detection, ...] = ()
    picture: Optional[np.ndarray] = field(default=None, repr=False, compare=False)
    reason: str = ""

    def as_parameter(self) -> Dict[str, Any]:
        return {
            "stamp": self.stamp,
            "request": self.request,
            "status": self.status,
            "count": len(self.detections),
            "labels": [d.label for d in self.detections],
            "names": [d.name for d in self.detections],
            "scores": [round(d.score, 4) for d in self.detections],
            "boxes": [[round(v, 1) for v in d.xyxy] for d in self.detections],
        }


class Labeller:
    """Serves one request after the other; `sleep` may raise to end it."""

    def __init__(
        self,
        params: MutableMapping[str, Any],
        take_image: Callable[[], np.ndarray],
        detect: Callable[[np.ndarray], List[Detection]],
        settings: InferenceSettings = DEFAULTS,
        *,
        publish: Callable[[Answer], None] = lambda answer: None,
        result_param: str = "~result",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ):
        self.waiting_for = ""
        self.answer: Optional[Answer] = None
        self._untold: Optional[Answer] = None
        self._params = params
        self._take_image = take_image
        self._detect = detect
        self._settings = settings
        self._publish = publish
        self._result_param = result_param
        self._sleep, self._clock, self._now = sleep, clock, now
        self._hold_until = -float("inf")

    def run(self) -> None:
        while True:
            self.serve()

    def serve(self) -> Answer:
        """Wait for one request and see it through."""
        self._poll(self._is_asked, self._settings.take_image_param)
        self._params[self._settings.take_image_param] = False
        answer = self.answer = self._untold = self._look()
        self._params[self._result_param] = answer.as_parameter()
        try:
            self._hand_over(answer)
        except _Abandoned as reason:
            log.warning("request %d abandoned: %s", answer.request, reason)
        self._tell()
        return answer

    def _look(self) -> Answer:
        request, picture = self._next_request(), None
        try:
            picture = self._take_image()
            found = left_to_right(self._detect(picture), self._settings.max_objects)
        except (CameraError, ImageError) as error:
            return Answer(request, CAMERA_FAILED, self._now(), reason=str(error))
        except ModelError as error:
            return Answer(request, MODEL_FAILED, self._now(), (), picture, str(error))
        return Answer(request, OK if found else NO_CUBES, self._now(), tuple(found), picture)

    def _next_request(self) -> int:
        """Numbers go on where an earlier run of the node has stopped."""
        if self.answer is not None:
            return self.answer.request + 1
        last = self._params.get(self._result_param)
        number = last.get("request") if isinstance(last, dict) else None
        return number + 1 if isinstance(number, int) and 0 < number < 2**31 - 1 else 1

    def _hand_over(self, answer: Answer) -> None:
        """Offer each cube; what can wait, waits until the first label is out."""
        for detection in answer.detections:
            self._let_ready_be_seen()
            self._params[self._settings.robot_ready_param] = False
            self._params[self._settings.label_param] = detection.label
            self._tell()
            self._await_ready(detection.label)

    def _tell(self) -> None:
        """Log and publish the answer, once."""
        answer, self._untold = self._untold, None
        if answer is not None:
            log.info("request %d: %s", answer.request, _in_words(answer))
            self._publish(answer)

    def _let_ready_be_seen(self) -> None:
        """A second party polls RobotReady slowly: it stays true for a while, if it is."""

        def is_over() -> bool:
            self._abandon_if_asked()
            held = self._clock() >= self._hold_until
            return held or not _is_yes(self._params.get(self._settings.robot_ready_param))

        self._poll(is_over, "the end of ready_hold_s")

    def _await_ready(self, label: int) -> None:
        ready_param, timeout_s = self._settings.robot_ready_param, self._settings.ready_timeout_s

        def is_ready() -> bool:
            ready = self._params.get(ready_param)
            if _is_yes(ready):
                return True
            self._abandon_if_asked()
            if ready is None and self._params.get(self._settings.label_param) is None:
                raise _Abandoned("the parameters have vanished, was the ROS master restarted?")
            return False

        try:
            if not self._poll(is_ready, f"{ready_param} after label {label}", timeout_s):
                raise _Abandoned(f"{ready_param} did not become true in {timeout_s:g} s")
        except _Abandoned:
            self._withdraw(label)
            raise
        self._hold_until = self._clock() + self._settings.ready_hold_s

    def _withdraw(self, label: int) -> None:
        """Take back a label that nobody has taken, or the next request would get it."""
        current = self._params.get(self._settings.label_param)
        if type(current) is int and current == label:
            self._params[self._settings.label_param] = NO_LABEL

    def _is_asked(self) -> bool:
        return _is_yes(self._params.get(self._settings.take_image_param))

    def _abandon_if_asked(self) -> None:
        if self._is_asked():
            raise _Abandoned(f"a new {self._settings.take_image_param}")

    def _poll(self, is_over: Callable[[], bool], what: str, timeout_s: float = 0.0) -> bool:
        """Wait until `is_over`; False if that takes longer than `timeout_s` (0: never)."""
        self.waiting_for = what
        started = spoken = self._clock()
        while not is_over():
            now = self._clock()
            if timeout_s and now - started >= timeout_s:
                return False
            if now - spoken >= REPEAT_S:
                log.info("still waiting for %s", what)
                spoken = now
            self._sleep(1.0 / self._settings.poll_hz)
        self.waiting_for = ""
        return True


class _Abandoned(Exception):
    """Nobody wants the rest of this request any more."""


def _is_yes(value: Any) -> bool:
    """True or 1; what else a parameter may hold (-1, "yes", a list, a date) is not yet."""
    return isinstance(value, (bool, int, float)) and value == 1


def _in_words(answer: Answer) -> str:
    if answer.reason:
        return f"{answer.status}: {answer.reason}"
    if not answer.detections:
        return "no cubes seen"
    return ", ".join(f"{d.name} ({d.score:.2f})" for d in answer.detections) + " left to right"
