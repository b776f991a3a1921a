"""The cubes of one request, handed over one at a time: label out, wait for RobotReady, next.

`label` is written after RobotReady. A controller goes by the label. If it came first, a quick
controller could take it, drive and say ready before the node's False wiped that out, and both would
wait for ever.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import Any, Callable, Optional, Sequence

from tod_ros.protocol.handover import (
    NEXT,
    NO_LABEL,
    NOT_WRITTEN,
    OFFERED,
    OVER,
    Journal,
    is_taken,
)
from tod_ros.protocol.waiting import Flags, Waiting
from tod_ros.protocol.writing import WriteAll
from tod_ros.settings import InferenceSettings

log = logging.getLogger("rosout." + __name__)


class Abandoned(Exception):
    """Nobody wants the rest of this request any more."""


class AskedAnew(Abandoned):
    """A new request came. If the last label was taken already, nothing is lost."""


class Offers:
    """Offers labels through `label` and RobotReady; `on_offer` is called while the first one is.

    `exchange(name, old, new)` sets a parameter that holds `old`, exactly once, even where the
    parameter server's answer gets lost. `write_all`: see writing.py.
    """

    def __init__(
        self,
        params: Any,
        settings: InferenceSettings,
        *,
        journal: Journal,
        waiting: Waiting,
        flags: Flags,
        exchange: Callable[[str, Any, Any], None],
        write_all: WriteAll,
        clock: Callable[[], float],
        on_offer: Callable[[], None],
    ):
        self._params, self._settings, self._journal = params, settings, journal
        self._waiting, self._flags = waiting, flags
        self._exchange, self._write_all = exchange, write_all
        self._clock, self._on_offer = clock, on_offer
        self._hold_until = -float("inf")
        self._request, self._cancelled = 0, 0

    def cancel(self, request: int) -> None:
        """Abandon this request, at its next cube or wait; to be called from any thread."""
        self._cancelled = request

    def take_up(self, settings: InferenceSettings) -> None:
        """Go on with other times; the names of the parameters stay."""
        hold_s, timeout_s = settings.ready_hold_s, settings.ready_timeout_s
        self._settings = dataclasses.replace(
            self._settings, ready_hold_s=hold_s, ready_timeout_s=timeout_s
        )

    @property
    def is_holding(self) -> bool:
        """Whether RobotReady still has to stay as it is, for a second node that polls it."""
        return self._clock() < self._hold_until

    def hold(self) -> None:
        """Leave RobotReady true for ready_hold_s from now on."""
        self._hold_until = self._clock() + self._settings.ready_hold_s

    def hand_over(
        self, request: int, labels: Sequence[int], first: int = 0, was_written: bool = False
    ) -> None:
        """Offer each cube from the index `first` on; that one's label may be out already."""
        index, is_offered = first, was_written
        self._request = request
        try:
            for index in range(first, len(labels)):
                if not is_offered:
                    self._offer(request, index + 1, labels[index])
                    is_offered = True
                self._on_offer()
                self._await_ready(labels[index])
                if index + 1 < len(labels):
                    self._journal.write(request, NEXT, index + 2)
                    is_offered = False
        except Abandoned as reason:
            label = self.give_up(request, index + 1, labels)
            was_last = is_offered and index + 1 == len(labels)
            if isinstance(reason, AskedAnew) and was_last and is_taken(label):
                log.info("request %d is over: %s", request, reason)
            else:
                log.warning("request %d abandoned: %s", request, reason)
        else:
            self._journal.write(request, OVER)

    def give_up(self, request: int, cube: int, labels: Sequence[int]) -> Any:
        """End the request, and withdraw a label that nobody has taken; what `label` held.

        The journal is written first: a node that is killed in between withdraws the label when it
        is started again. A label left standing would be taken for one of the next request.
        """
        self._journal.write(request, OVER, cube)
        current = self._params.get(self._settings.label_param)
        is_on_offer = 0 < cube <= len(labels) and type(current) is int
        if is_on_offer and current == labels[cube - 1]:
            self._params[self._settings.label_param] = NO_LABEL
        return current

    def _offer(self, request: int, cube: int, label: int) -> None:
        self._let_ready_be_seen()
        self._write_all(
            (
                (self._settings.label_param, NOT_WRITTEN),
                self._journal.entry(request, OFFERED, cube),
                (self._settings.robot_ready_param, False),
            )
        )
        self._exchange(self._settings.label_param, NOT_WRITTEN, label)

    def _let_ready_be_seen(self) -> None:
        """A second node polls RobotReady slowly: once true, it stays true for ready_hold_s."""

        def is_over() -> bool:
            self._check_still_wanted()
            return not self.is_holding or not self._is_ready(self._ready_value())

        self._waiting.until(is_over, "the end of ready_hold_s")

    def _await_ready(self, label: int) -> None:
        ready_param, timeout_s = self._settings.robot_ready_param, self._settings.ready_timeout_s

        def is_ready() -> bool:
            ready = self._ready_value()
            if self._is_ready(ready):
                return True
            self._check_still_wanted()
            if ready is None and self._params.get(self._settings.label_param) is None:
                raise Abandoned("the parameters have vanished, was the ROS master restarted?")
            return False

        if not self._waiting.until(is_ready, f"{ready_param} after label {label}", timeout_s):
            raise Abandoned(f"{ready_param} did not become true in {timeout_s:g} s")
        self.hold()

    def _ready_value(self) -> Optional[Any]:
        return self._params.get(self._settings.robot_ready_param)

    def _is_ready(self, value: Any) -> bool:
        return self._flags.is_yes(self._settings.robot_ready_param, value)

    def _check_still_wanted(self) -> None:
        name = self._settings.take_image_param
        if self._flags.is_yes(name, self._params.get(name)):
            raise AskedAnew(f"a new {name}")
        if self._cancelled == self._request:
            raise Abandoned("cancelled")
