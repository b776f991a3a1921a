"""Plays the lesson's two other nodes: manipulation asks and takes labels, navigation watches.

It keeps to what those nodes do: every parameter starts at -1, `label` goes back to -1 when a label
is taken, RobotReady becomes true when the cube has been driven away, and everything is polled.

One thing more, for the case that it was started anew in the middle of a request: the node may
still answer the earlier one, about a picture that was taken before. So it waits until takeImage is
false again, and then goes by the number that the node gave to the request, in ~handover.
"""

from __future__ import annotations

import posixpath
import time
from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, MutableMapping, Tuple

from tod_ros.errors import ConversationError
from tod_ros.settings import InferenceSettings

NOT_SET = -1
NAMES = InferenceSettings()


@dataclass(frozen=True)
class Taken:
    """One scene as the controller saw it: the labels it took, and the node's result."""

    labels: Tuple[int, ...]
    result: Mapping[str, Any]

    @property
    def names(self) -> Tuple[str, ...]:
        names = dict(zip(self.result["labels"], self.result["names"]))
        return tuple(names.get(label, str(label)) for label in self.labels)


class Controller:
    """Sorts scene after scene; every wait of it ends after `patience_s`.

    The node's `handover` is the parameter of that name beside its result.
    """

    def __init__(
        self,
        params: MutableMapping[str, Any],
        *,
        names: InferenceSettings = NAMES,
        result_param: str = "inference/result",
        poll_hz: float = 20.0,
        drive_s: float = 0.5,
        patience_s: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._params, self._names, self._result_param = params, names, result_param
        self._handover_param = posixpath.join(posixpath.dirname(result_param), "handover")
        self._poll_s, self._drive_s, self._patience_s = 1.0 / poll_hz, drive_s, patience_s
        self._sleep, self._clock = sleep, clock

    def ask(self) -> int:
        """Ask for a look, and return the number of the last request answered before this one."""
        before = _request_of(self._params.get(self._result_param))
        for name in (self._names.label_param, self._names.robot_ready_param):
            self._params[name] = NOT_SET
        self._params[self._names.take_image_param] = True
        return before

    def sort_scene(self) -> Taken:
        """Ask for a look and drive every cube of it away."""
        self.ask()
        self._wait(self._is_seen, "node that looks")
        number = max(_request_of(self._params.get(self._handover_param)), 1)
        told = self._result_param
        self._wait(lambda: _request_of(self._params.get(told)) >= number, "result of the node")
        result = dict(self._params[told])
        labels: List[int] = []
        while len(labels) < result["count"]:
            labels.append(self.take_label())
            self._sleep(self._drive_s)
            self._params[self._names.robot_ready_param] = True
        return Taken(tuple(labels), result)

    def take_label(self) -> int:
        """Wait for the next label and take it."""
        name = self._names.label_param
        self._wait(lambda: self._params.get(name, NOT_SET) != NOT_SET, f"{name}")
        label = self._params[name]
        self._params[name] = NOT_SET
        return label

    def _is_seen(self) -> bool:
        return self._params.get(self._names.take_image_param) not in (True, 1)

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        until = self._clock() + self._patience_s
        while not condition():
            if self._clock() > until:
                raise ConversationError(f"no {what} within {self._patience_s:g} s")
            self._sleep(self._poll_s)


def _request_of(value: Any) -> int:
    return value["request"] if isinstance(value, Mapping) else 0


def watch_ready(
    params: Mapping[str, Any],
    on_ready: Callable[[], None],
    *,
    names: InferenceSettings = NAMES,
    poll_hz: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Poll RobotReady as the lesson's navigation does, for ever; tell each time it turned true."""
    was_ready = False
    while True:
        is_ready = params.get(names.robot_ready_param) in (True, 1)
        if is_ready and not was_ready:
            on_ready()
        was_ready = is_ready
        sleep(1.0 / poll_hz)
