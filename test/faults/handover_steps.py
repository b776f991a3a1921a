"""The steps of a request, as the calls of the inference node to the master show them."""

from __future__ import annotations

from typing import Any, Callable, Dict

from gate import Call


def _sets(name: str, fits: Callable[[Any], bool]) -> Callable[[Call], bool]:
    return lambda call: call.method == "setParam" and call.name == name and fits(call.value)


def _state(state: str) -> Callable[[Call], bool]:
    return _sets("/inference/handover", lambda v: isinstance(v, dict) and v.get("state") == state)


STEPS: Dict[str, Callable[[Call], bool]] = {
    "takeImage read": lambda c: (
        c.method == "getParam" and c.name == "/takeImage" and c.value is True
    ),
    "looking written": _state("looking"),
    "takeImage set": _sets("/takeImage", lambda v: v is False),
    "result": _sets("/inference/result", lambda v: True),
    "label cleared": _sets("/label", lambda v: type(v) is float),
    "offered written": _state("offered"),
    "RobotReady set": _sets("/RobotReady", lambda v: v is False),
    "label": _sets("/label", lambda v: type(v) is int and v > 0),
    "waiting for RobotReady": lambda c: (
        c.method == "getParam" and c.name == "/RobotReady" and c.value is False
    ),
    "RobotReady read": lambda c: (
        c.method == "getParam" and c.name == "/RobotReady" and c.value in (True, 1)
    ),
    "next written": _state("next"),
    "over written": _state("over"),
}
READS = ("takeImage read", "waiting for RobotReady", "RobotReady read")
