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

A node that was killed and is started again goes on where it was (see handover.py): it never
repeats a label that may have been taken, leaves none out, and looks again only where the request
was not answered yet. What is older than RESUME_WITHIN_S is given up: the cubes may have moved.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Callable, List, MutableMapping, Optional, Sequence, Type

import numpy as np

from tod_ros.detection import Detection, left_to_right
from tod_ros.errors import CameraError, ImageError, ModelError
from tod_ros.protocol.answer import (
    CAMERA_FAILED,
    MODEL_FAILED,
    NO_CUBES,
    OK,
    Answer,
    is_request_number,
    labels_told,
)
from tod_ros.protocol.handover import (
    LOOKING,
    NEXT,
    NO_LABEL,
    NOT_WRITTEN,
    OFFERED,
    OVER,
    Handover,
    Journal,
    is_not_written,
)
from tod_ros.settings import InferenceSettings

REPEAT_S = 30.0  # how often a wait says that it goes on
RESUME_WITHIN_S = 600.0
DEFAULTS = InferenceSettings()

log = logging.getLogger("rosout." + __name__)


class Labeller:
    """Serves one request after the other; `sleep` may raise to end it.

    `exchange(name, old, new)` sets a parameter that holds `old`, so that it is set once also where
    the answer of the parameter server gets lost.
    """

    def __init__(
        self,
        params: MutableMapping[str, Any],
        take_image: Callable[[], np.ndarray],
        detect: Callable[[np.ndarray], List[Detection]],
        settings: InferenceSettings = DEFAULTS,
        *,
        publish: Callable[[Answer], None] = lambda answer: None,
        result_param: str = "~result",
        handover_param: str = "~handover",
        exchange: Optional[Callable[[str, Any, Any], None]] = None,
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
        self._journal = Journal(params, handover_param, now, clock)
        self._exchange = exchange or (lambda name, _old, new: params.__setitem__(name, new))
        self._sleep, self._clock, self._now = sleep, clock, now
        self._hold_until = -float("inf")

    def run(self) -> None:
        self.resume()
        while True:
            self.serve()

    def serve(self) -> Answer:
        """Wait for one request and see it through."""
        self._poll(self._is_asked, self._settings.take_image_param)
        request = self._next_request()
        self._journal.write(request, LOOKING)
        self._params[self._settings.take_image_param] = False
        return self._see_through(request)

    def _see_through(self, request: int) -> Answer:
        answer = self.answer = self._untold = self._look(request)
        self._params[self._result_param] = answer.as_parameter()
        self._hand_over(request, answer.labels)
        self._tell()
        return answer

    def resume(self) -> None:
        """Go on where an earlier run of the node was ended in the middle of a request."""
        left = self._journal.read()
        if left is None:
            return
        labels = labels_told(self._params.get(self._result_param), left.request)
        is_old = left.age_s(self._now(), self._clock()) > RESUME_WITHIN_S
        if left.state == OVER or is_old or (labels is None and left.state != LOOKING):
            if left.state != OVER:
                log.warning("request %d was left in the middle: given up", left.request)
            self._give_up(left.request, left.cube, labels or ())
        elif labels is not None:
            cube, count = left.index + 1, len(labels)
            log.warning("going on with request %d at cube %d of %d", left.request, cube, count)
            self._hold_until = self._clock() + self._settings.ready_hold_s
            self._hand_over(left.request, labels, left.index, self._was_written(left))
        elif not self._is_asked():
            log.warning("request %d was not answered: looking again", left.request)
            self._see_through(left.request)

    def _was_written(self, left: Handover) -> bool:
        label = self._params.get(self._settings.label_param)
        return left.state == OFFERED and not is_not_written(label)

    def _look(self, request: int) -> Answer:
        picture = None
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
        told = self._params.get(self._result_param)
        number = told.get("request") if isinstance(told, dict) else None
        last: int = number if is_request_number(number) else 0  # type: ignore[assignment]
        left = self._journal.read()
        if left is not None:  # its number is used again where nobody has seen it
            last = max(last, left.request - (left.state == LOOKING))
        return last + 1

    def _hand_over(
        self, request: int, labels: Sequence[int], first: int = 0, was_written: bool = False
    ) -> None:
        """Offer each cube from the index `first` on, of which one may be on offer already."""
        index = first
        try:
            for index in range(first, len(labels)):
                if not (was_written and index == first):
                    self._offer(request, index + 1, labels[index])
                self._tell()
                self._await_ready(labels[index])
                if index + 1 < len(labels):
                    self._journal.write(request, NEXT, index + 2)
        except _Abandoned as reason:
            label = self._give_up(request, index + 1, labels)
            if isinstance(reason, _AskedAnew) and index + 1 == len(labels) and _is_taken(label):
                log.info("request %d is over: %s", request, reason)
            else:
                log.warning("request %d abandoned: %s", request, reason)
        else:
            self._journal.write(request, OVER)

    def _offer(self, request: int, cube: int, label: int) -> None:
        self._let_ready_be_seen()
        self._params[self._settings.label_param] = NOT_WRITTEN
        self._journal.write(request, OFFERED, cube)
        self._params[self._settings.robot_ready_param] = False
        self._exchange(self._settings.label_param, NOT_WRITTEN, label)

    def _tell(self) -> None:
        """Log and publish the answer, once; what can wait, waits until the first label is out."""
        answer, self._untold = self._untold, None
        if answer is not None:
            log.info("request %d: %s", answer.request, answer.in_words())
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
            self._abandon_if_asked(_AskedAnew)
            if ready is None and self._params.get(self._settings.label_param) is None:
                raise _Abandoned("the parameters have vanished, was the ROS master restarted?")
            return False

        if not self._poll(is_ready, f"{ready_param} after label {label}", timeout_s):
            raise _Abandoned(f"{ready_param} did not become true in {timeout_s:g} s")
        self._hold_until = self._clock() + self._settings.ready_hold_s

    def _give_up(self, request: int, cube: int, labels: Sequence[int]) -> Any:
        """End the request; a label that nobody has taken is withdrawn: the next one would get it.

        Written down first, so that a node which is killed in between withdraws it when it starts.
        Returns what `label` held.
        """
        self._journal.write(request, OVER, cube)
        current = self._params.get(self._settings.label_param)
        is_on_offer = 0 < cube <= len(labels) and type(current) is int
        if is_on_offer and current == labels[cube - 1]:
            self._params[self._settings.label_param] = NO_LABEL
        return current

    def _is_asked(self) -> bool:
        return _is_yes(self._params.get(self._settings.take_image_param))

    def _abandon_if_asked(self, kind: Optional[Type[_Abandoned]] = None) -> None:
        if self._is_asked():
            raise (kind or _Abandoned)(f"a new {self._settings.take_image_param}")

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


class _AskedAnew(_Abandoned):
    """A new request came after a label was out: of the last one, once taken, nothing is lost."""


def _is_taken(label: Any) -> bool:
    """Whether a controller has written that it has the label; the node's own is a float."""
    return type(label) is int and label == NO_LABEL


def _is_yes(value: Any) -> bool:
    """True or 1; what else a parameter may hold (-1, "yes", a list, a date) is not yet."""
    return isinstance(value, (bool, int, float)) and value == 1
