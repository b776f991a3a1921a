"""Where a conversation stands, kept on the parameter server: there it outlives the node.

{"request": 7, "state": "offered", "cube": 2, "stamp": 1700000000.0, "uptime": 5000.0}

looking   the request was seen, and has no result yet
next      this cube comes next; 1 is the first
offered   this cube is being offered: what `label` holds tells whether it was written
over      the request has ended, with this cube on offer if it was given up (0: none was)

A node that starts reads it and goes on from there. So that a label is neither written twice nor
left out, `label` holds NOT_WRITTEN, which is -1 for everybody but of another type than the -1 of a
controller, from before the state is `offered` until the label itself is written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, List, MutableMapping, Optional

from tod_ros.protocol.answer import is_request_number

LOOKING = "looking"
NEXT = "next"
OFFERED = "offered"
OVER = "over"
STATES = (LOOKING, NEXT, OFFERED, OVER)

NO_LABEL = -1
NOT_WRITTEN = -1.0


@dataclass(frozen=True)
class Handover:
    request: int
    state: str
    cube: int
    stamp: float  # of the wall clock
    uptime: float  # of a clock that goes on evenly while the machine is up

    def age_s(self, now: float, uptime: float) -> float:
        """The wall clock may have jumped, the machine may have been started anew; not both."""
        return min(abs(now - self.stamp), abs(uptime - self.uptime))

    @property
    def index(self) -> int:
        """Of the cube in a list of labels."""
        return max(self.cube, 1) - 1


class Journal:
    """Writes where the conversation stands under one parameter, and reads it again."""

    def __init__(
        self,
        params: MutableMapping[str, Any],
        name: str,
        now: Callable[[], float],
        clock: Callable[[], float],
    ):
        self._params, self._name, self._now, self._clock = params, name, now, clock

    def write(self, request: int, state: str, cube: int = 0) -> None:
        self._params[self._name] = {
            "request": request,
            "state": state,
            "cube": cube,
            "stamp": self._now(),
            "uptime": self._clock(),
        }

    def read(self) -> Optional[Handover]:
        """None where nothing was written, or somebody else has written over it."""
        value = self._params.get(self._name)
        if not isinstance(value, dict):
            return None
        keys = ("request", "state", "cube", "stamp", "uptime")
        values: List[Any] = [value.get(key) for key in keys]
        request, state, cube, *times = values
        is_sound = is_request_number(request) and state in STATES and type(cube) is int
        if not is_sound or not all(isinstance(t, float) and math.isfinite(t) for t in times):
            return None
        return Handover(request, state, cube, *times)


def is_not_written(label: Any) -> bool:
    """Whether `label` still holds NOT_WRITTEN."""
    return type(label) is float and label == NOT_WRITTEN
