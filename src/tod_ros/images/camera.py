"""A camera that is asked again when it fails, and trusted only when it shows something."""

from __future__ import annotations

import logging
import time
from typing import Any, Callable, Optional, Tuple, Union

import numpy as np

from tod_ros.errors import CameraError, ImageError, WrongTypeError
from tod_ros.frame import Frame
from tod_ros.images.message import check_not_blind, from_message, stamp_ns_of

# A sound camera asked twice within one of its frames answers the same picture: let a frame pass
PAUSE_S = 0.3

log = logging.getLogger("rosout." + __name__)


class Camera:
    """Called, it answers a picture that shows something; the last failure is raised otherwise.

    `ask` gives anything shaped like sensor_msgs/Image or CompressedImage, or raises CameraError.
    `sleep` gets seconds. A picture without a stamp gets the time at which it was asked for, from
    `now_ns`. `last_fault` is what was wrong at the last attempt, "" if nothing was.
    """

    def __init__(
        self,
        ask: Callable[[], Any],
        attempts: int,
        sleep: Callable[[float], None],
        *,
        now_ns: Callable[[], int] = time.time_ns,
        check_frozen: bool = True,
    ):
        self.last_fault = ""
        self._ask, self._attempts, self._sleep = ask, attempts, sleep
        self._now_ns, self._check_frozen = now_ns, check_frozen
        self._previous: Optional[Tuple[int, np.ndarray]] = None

    def __call__(self) -> Frame:
        for attempt in range(1, self._attempts + 1):
            try:
                frame = self._look()
            except (CameraError, ImageError) as error:
                fault: Union[CameraError, ImageError] = error
                self.last_fault = str(error)
            else:
                self.last_fault = ""
                return frame
            if isinstance(fault, WrongTypeError):
                break  # it will be of that type the next time, too
            if attempt < self._attempts:
                log.warning("attempt %d of %d failed: %s", attempt, self._attempts, fault)
                self._sleep(PAUSE_S)
        raise fault

    def _look(self) -> Frame:
        asked_ns = self._now_ns()
        message = self._ask()
        bgr, stamp_ns = from_message(message), stamp_ns_of(message)
        previous, self._previous = self._previous, (stamp_ns, bgr)
        # a new stamp on the same bytes is a still picture of a camera that is alive
        is_comparable = self._check_frozen and previous is not None and previous[0] == stamp_ns
        check_not_blind(bgr, previous[1] if previous is not None and is_comparable else None)
        return Frame(bgr, stamp_ns or asked_ns, frame_id_of(message))


def frame_id_of(message: Any) -> str:
    return str(getattr(getattr(message, "header", None), "frame_id", ""))
