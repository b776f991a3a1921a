"""Waiting by polling, with a line every 30 s that says for what.

Each look costs the parameter server time. So a wait looks oftener only where its end is likely to
come soon, and then, too, spends no more than a tenth of its time looking.
"""

from __future__ import annotations

import logging
from typing import Any, Callable, Dict

REPEAT_S = 30.0  # how often a wait says that it goes on
EAGER_TIMES = 5  # how many times as often an eager wait looks
REST_TIMES = 10  # an eager wait rests at least so many times as long as its look took

log = logging.getLogger("rosout." + __name__)


class Waiting:
    """Polls until something holds; `what` tells what it waits for, "" when it does not wait."""

    def __init__(self, period_s: float, sleep: Callable[[float], None], clock: Callable[[], float]):
        self.what = ""
        self._period_s, self._sleep, self._clock = period_s, sleep, clock

    def until(
        self, is_over: Callable[[], bool], what: str, timeout_s: float = 0.0, eager_s: float = 0.0
    ) -> bool:
        """Wait until `is_over`; False if that takes longer than `timeout_s` (0: wait for ever).

        For the first `eager_s` it looks EAGER_TIMES as often.
        """
        self.what = what
        started = spoken = looked = self._clock()
        while not is_over():
            now = self._clock()
            if timeout_s and now - started >= timeout_s:
                return False
            if now - spoken >= REPEAT_S:
                log.info("still waiting for %s", what)
                spoken = now
            self._sleep(self._rest_s(now - looked, now - started < eager_s))
            looked = self._clock()
        self.what = ""
        return True

    def _rest_s(self, look_s: float, is_eager: bool) -> float:
        """How long to rest after a look that took `look_s`."""
        if not is_eager:
            return self._period_s
        return min(self._period_s, max(self._period_s / EAGER_TIMES, REST_TIMES * look_s))


class Flags:
    """Reads takeImage and RobotReady: True and 1 mean yes.

    Unset, False, 0 and -1 mean "not yet". Anything else ("yes", 2, a list) means "not yet" too, and
    one warning says so.
    """

    def __init__(self) -> None:
        self._odd: Dict[str, str] = {}  # the last value of each parameter that means nothing

    def is_yes(self, name: str, value: Any) -> bool:
        if isinstance(value, (bool, int, float)) and value in (1, 0, -1):
            return value == 1
        if value is not None and self._odd.get(name) != repr(value):
            self._odd[name] = repr(value)
            log.warning(
                "parameter %s is %.80r, which means nothing here: True or 1 mean yes;"
                " False, 0, -1 or unset mean not yet",
                *(name, value),
            )
        return False
