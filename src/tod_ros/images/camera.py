"""A camera that is asked again when it fails, and trusted only when it shows something."""

from __future__ import annotations

import logging
from typing import Any, Callable, Optional, Union

import numpy as np

from tod_ros.errors import CameraError, ImageError
from tod_ros.images.message import check_not_blind, from_message

# A sound camera asked twice within one of its frames answers the same picture: let a frame pass
PAUSE_S = 0.3

log = logging.getLogger("rosout." + __name__)


class Camera:
    """Called, it answers a picture that shows something; the last failure is raised otherwise.

    `ask` gives anything shaped like sensor_msgs/Image or raises CameraError; `sleep` gets seconds.
    """

    def __init__(self, ask: Callable[[], Any], attempts: int, sleep: Callable[[float], None]):
        self._ask = ask
        self._attempts = attempts
        self._sleep = sleep
        self._previous: Optional[np.ndarray] = None

    def __call__(self) -> np.ndarray:
        for attempt in range(1, self._attempts + 1):
            try:
                return self._look()
            except (CameraError, ImageError) as error:
                fault: Union[CameraError, ImageError] = error
            if attempt < self._attempts:
                log.warning("attempt %d of %d failed: %s", attempt, self._attempts, fault)
                self._sleep(PAUSE_S)
        raise fault

    def _look(self) -> np.ndarray:
        picture = from_message(self._ask())
        previous, self._previous = self._previous, picture
        check_not_blind(picture, previous)
        return picture
