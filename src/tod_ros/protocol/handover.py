"""How far a request has got, kept on the parameter server, where it outlives the node.

{"request": 7, "state": "offered", "cube": 2, "stamp": 1700000000.0, "uptime": 5000.0}

looking   the request was seen, and has no result yet
next      this cube comes next; 1 is the first
offered   this cube is being offered; `label` tells whether its label was written already
over      the request has ended; if it was given up, this cube was on offer (0: none was)

A node that starts reads this and goes on from there. It must neither write a label twice nor leave
one out. So before the state becomes `offered`, the node writes NOT_WRITTEN into `label`, and the
label itself afterwards. NOT_WRITTEN equals -1, but it is a float, while a controller writes an int.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, List, MutableMapping, Optional, Tuple

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
        """The smaller age of two: the wall clock may jump, `uptime` begins anew at a reboot."""
        return min(abs(now - self.stamp), abs(uptime - self.uptime))

    @property
    def index(self) -> int:
        """Of the cube in a list of labels."""
        return max(self.cube, 1) - 1


class Journal:
    """Writes how far a request has got into one parameter, and reads it again."""

    def __init__(
        self,
        params: MutableMapping[str, Any],
        name: str,
        now: Callable[[], float],
        clock: Callable[[], float],
    ):
        self._params, self._name, self._now, self._clock = params, name, now, clock

    def write(self, request: int, state: str, cube: int = 0) -> None:
        name, value = self.entry(request, state, cube)
        self._params[name] = value

    def entry(self, request: int, state: str, cube: int = 0) -> Tuple[str, Any]:
        """The parameter's name and value, to be written together with others."""
        return self._name, {
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
    """Whether `label` still holds the node's own NOT_WRITTEN, a float."""
    return type(label) is float and label == NOT_WRITTEN


def is_taken(label: Any) -> bool:
    """Whether a controller has written that it took the label: -1, a whole number."""
    return type(label) is int and label == NO_LABEL
