"""The node's side of the protocol with the robot's controller, over any mapping of parameters.

A controller asks with takeImage. The node takes a picture, answers with ONE write of the result
parameter, and then hands the cubes over, left to right: each as `label`, one at a time.

    controller                         node
    takeImage = True         ------>   the old result is removed, takeImage = False
                                       picture, detection
                             <------   result
                             <------   RobotReady = False, label = 2
    label = -1, drives
    RobotReady = True        ------>   leaves it true for ready_hold_s
                             <------   RobotReady = False, label = 1        and so on

The old result is removed before takeImage becomes False: so a controller that has seen takeImage
False and then finds a result has the one of its own request.

A new takeImage while the node waits abandons the cubes that are left. A label that nobody has taken
yet is then withdrawn (-1), before takeImage becomes False.

A node that was killed and is started again goes on where it was (see handover.py). It never repeats
a label that may have been taken, leaves none out, and takes a new picture only where the request
was not answered yet. A request older than RESUME_WITHIN_S is given up: the cubes may have moved.

It is long because the protocol is told in full above.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from typing import Any, Callable, List, MutableMapping, Optional

import numpy as np

from tod_ros.detection import Detection, left_to_right
from tod_ros.errors import CameraError, ImageError, ModelError
from tod_ros.frame import Frame
from tod_ros.protocol.answer import (
    CAMERA_FAILED,
    MODEL_FAILED,
    NO_CUBES,
    OK,
    Answer,
    is_request_number,
    labels_told,
)
from tod_ros.protocol.handover import LOOKING, OFFERED, OVER, Handover, Journal, is_not_written
from tod_ros.protocol.offers import Offers
from tod_ros.protocol.waiting import Flags, Waiting
from tod_ros.protocol.writing import WriteAll, one_by_one
from tod_ros.settings import InferenceSettings

RESUME_WITHIN_S = 600.0
EAGER_S = 5.0  # so long after one request the next one is likely
DEFAULTS = InferenceSettings()

log = logging.getLogger("rosout." + __name__)


class Labeller:
    """Serves one request after the other; `sleep` may raise to end it.

    `exchange`: see Offers; `write_all`: see writing.py. `publish` gets each answer once, after the
    first label is out. `now` is the wall clock, `clock` goes on evenly. `stamp_s` is ROS's time,
    for a request that got no picture.
    """

    def __init__(
        self,
        params: MutableMapping[str, Any],
        take_image: Callable[[], Frame],
        detect: Callable[[np.ndarray], List[Detection]],
        settings: InferenceSettings = DEFAULTS,
        *,
        publish: Callable[[Answer], None] = lambda answer: None,
        result_param: str = "~result",
        handover_param: str = "~handover",
        exchange: Optional[Callable[[str, Any, Any], None]] = None,
        write_all: Optional[WriteAll] = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        stamp_s: Callable[[], float] = time.time,
    ):
        """It is long because everything it works on is handed in."""
        self.answer: Optional[Answer] = None
        self._untold: Optional[Answer] = None
        self._asked_at: Optional[float] = None
        self._params, self._settings = params, settings
        self._take_image, self._detect, self._publish = take_image, detect, publish
        self._result_param = result_param
        self._clock, self._now, self._stamp_s = clock, now, stamp_s
        self._flags = Flags()
        self._journal = Journal(params, handover_param, now, clock)
        self._waiting = Waiting(1.0 / settings.poll_hz, sleep, clock)
        self._write_all = write_all or one_by_one(params)
        self._offers = Offers(
            params,
            settings,
            journal=self._journal,
            waiting=self._waiting,
            flags=self._flags,
            exchange=exchange or (lambda name, _old, new: params.__setitem__(name, new)),
            write_all=self._write_all,
            clock=clock,
            on_offer=self._tell,
        )

    @property
    def waiting_for(self) -> str:
        return self._waiting.what

    @property
    def is_holding(self) -> bool:
        """Whether the next label waits for the end of ready_hold_s."""
        return self._offers.is_holding

    @property
    def request_age_s(self) -> Optional[float]:
        """How long ago the open request was seen; None when none is open."""
        asked_at = self._asked_at
        return None if asked_at is None else float(self._clock() - asked_at)

    def cancel(self, request: int) -> None:
        """Abandon the cubes that are left of this request; to be called from any thread."""
        self._offers.cancel(request)

    def take_up(self, settings: InferenceSettings) -> None:
        """Go on with other values; the names of the parameters and poll_hz stay."""
        self._settings = dataclasses.replace(
            self._settings, max_objects=settings.max_objects, unsure=settings.unsure
        )
        self._offers.take_up(settings)

    def run(self) -> None:
        self.resume()
        while True:
            self.serve()

    def serve(self) -> Answer:
        """Wait for one request and see it through."""
        take_image_param = self._settings.take_image_param
        self._waiting.until(self._is_asked, take_image_param, eager_s=EAGER_S)
        request = self._next_request()
        self._write_all(
            (
                self._journal.entry(request, LOOKING),
                (self._result_param, None),
                (take_image_param, False),
            )
        )
        return self._see_through(request)

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
            self._offers.give_up(left.request, left.cube, labels or ())
        elif labels is not None:
            cube, count = left.index + 1, len(labels)
            log.warning("going on with request %d at cube %d of %d", left.request, cube, count)
            self._offers.hold()
            self._offers.hand_over(left.request, labels, left.index, self._was_written(left))
        elif not self._is_asked():
            log.warning("request %d was not answered: looking again", left.request)
            self._see_through(left.request)

    def _see_through(self, request: int) -> Answer:
        self._asked_at = self._clock()
        answer = self.answer = self._untold = self._look(request)
        self._params[self._result_param] = answer.as_parameter()
        self._offers.hand_over(request, answer.labels)
        self._tell()
        self._asked_at = None
        return answer

    def _look(self, request: int) -> Answer:
        frame: Optional[Frame] = None
        try:
            frame = self._take_image()
            seen = self._detect(frame.bgr)
            if self._settings.unsure == "skip":
                seen = [detection for detection in seen if not detection.unsure]
            found = left_to_right(seen, self._settings.max_objects)
        except (CameraError, ImageError) as error:
            reason = str(error)
            return Answer(request, CAMERA_FAILED, reason=reason, failed_at=self._stamp_s())
        except ModelError as error:
            return Answer(request, MODEL_FAILED, frame, reason=str(error))
        asks = self._settings.unsure == "ask"
        return Answer(request, OK if found else NO_CUBES, frame, tuple(found), asks=asks)

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

    def _was_written(self, left: Handover) -> bool:
        label = self._params.get(self._settings.label_param)
        return left.state == OFFERED and not is_not_written(label)

    def _tell(self) -> None:
        """Log and publish the answer, once; what can wait, waits until the first label is out."""
        answer, self._untold = self._untold, None
        if answer is not None:
            log.info("request %d: %s", answer.request, answer.in_words())
            self._publish(answer)

    def _is_asked(self) -> bool:
        name = self._settings.take_image_param
        return self._flags.is_yes(name, self._params.get(name))
