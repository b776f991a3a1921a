"""Detections without a request, at a steady rate: always of the newest picture, none queued."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Callable

import rospy

from tod_ros.errors import TodError
from tod_ros.frame import Frame

log = logging.getLogger("rosout." + __name__)


class Continuous:
    """Looks at most `rate_hz` times a second; a fault is told once until it has gone."""

    def __init__(
        self,
        take_image: Callable[[], Frame],
        detect: Callable[[Frame], Any],
        rate_hz: float,
        sleep: Callable[[float], None],
    ):
        self._take_image, self._detect = take_image, detect
        self._period_s, self._sleep = 1.0 / rate_hz, sleep
        self._fault = ""

    def start(self) -> None:
        threading.Thread(target=self._run, name="continuous", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                started = time.monotonic()
                self.look()
                self._sleep(max(self._period_s - (time.monotonic() - started), 0.001))
        except rospy.ROSInterruptException:
            pass

    def look(self) -> None:
        try:
            self._detect(self._take_image())
        except TodError as error:
            if not self._fault:
                log.warning("no continuous detections: %s", error)
            self._fault = str(error)
        else:
            self._fault = ""
