"""The course's own side of the conversation, written down from what its scripts do.

nn.py as it is handed out does not wait for RobotReady: that line is commented out. What
becomes of it with the line put back depends on whether the label or the flag is written first.
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from conversation import (
    CONTROLLER,
    LABEL,
    NAVIGATOR,
    NODE,
    NOT_SET,
    READY,
    TAKE,
    Notes,
    Rules,
    labels_of,
    navigator,
    node,
    take_picture,
)
from exploring import World
from programs import Op, Point, Program, Script


def nn_as_handed_out(is_strict: bool = False) -> Callable[[Script], None]:
    """Labels follow each other at once."""

    def nn(script: Script) -> None:
        labels = _labels_asked_for(script, is_strict)
        for label in labels:
            script[LABEL] = label
            script[READY] = False

    return nn


def nn_label_first(is_strict: bool = False) -> Callable[[Script], None]:
    """With the wait put back: label, RobotReady = False, wait."""

    def nn(script: Script) -> None:
        labels = _labels_asked_for(script, is_strict)
        for label in labels:
            script[LABEL] = label
            script[READY] = False
            _await_ready(script, is_strict)

    return nn


def nn_flag_first(is_strict: bool = False) -> Callable[[Script], None]:
    """The other way round: RobotReady = False, label, wait."""

    def nn(script: Script) -> None:
        labels = _labels_asked_for(script, is_strict)
        for label in labels:
            script[READY] = False
            script[LABEL] = label
            _await_ready(script, is_strict)

    return nn


def _labels_asked_for(script: Script, is_strict: bool) -> Sequence[int]:
    while not _is_yes(script, TAKE, is_strict):
        script.sleep(1.0)
    script[TAKE] = False
    return labels_of(*take_picture(script))


def _await_ready(script: Script, is_strict: bool) -> None:
    while not _is_yes(script, READY, is_strict):
        script.sleep(1.0)


def _is_yes(script: Script, name: str, is_strict: bool) -> bool:
    """As the scripts have it, -1 ("not set") is true and a parameter nobody has set a crash."""
    return script.get(name) in (True, 1) if is_strict else bool(script[name])


def manipulation(script: Script) -> None:
    """Goes by the label alone, and does not know how many will come."""
    for name in (LABEL, READY, TAKE):
        script[name] = NOT_SET
    script[TAKE] = True
    while True:
        script.sleep(0.1)
        label = script[LABEL]
        if label != NOT_SET:
            script[LABEL] = NOT_SET
            script.sleep(5.0)  # drives the cube away
            script[READY] = True


class LessonRules(Rules):
    """As the controller does not know the number of cubes, the end is seen from outside.

    With `is_node_quick` the controller's period is longer than the node's (0.1 s and 0.02 s): by
    the end of each of its waits the node has looked at everything, or is taking a picture.
    """

    def __init__(self, most_cubes: int, is_node_quick: bool):
        super().__init__(most_cubes, scenes=1)
        self._is_node_quick = is_node_quick

    def is_done(self, notes: Notes) -> bool:
        picture = len(notes.counts)
        if picture <= notes.asked_after:
            return False
        labels = tuple(labels_of(picture, notes.counts[-1]))
        return notes.taken == labels and notes.driven >= len(labels)

    def see(self, notes: Notes, party: str, op: Op, answer: Any) -> Notes:
        if party == CONTROLLER and op.kind != "sleep":
            notes = notes._replace(cycled=False)
        elif party == NODE and op.kind == "sleep":
            notes = notes._replace(cycled=True)
        return super().see(notes, party, op, answer)

    def may_step(self, notes: Notes, points: Sequence[Point], place: int) -> bool:
        if not self._is_node_quick or place != 1 or points[1].op.kind != "sleep":
            return True
        return points[0].op.kind in (
            ("sleep", "takes", "end") if notes.cycled else ("takes", "end")
        )


def lesson(
    nn: Callable[[Script], Any],
    most_cubes: int,
    kills: int = 0,
    mortal: Sequence[str] = (CONTROLLER,),
    is_node_quick: bool = False,
) -> World:
    """One of the course's nn.py, or the package's `node`, with the course's manipulation."""
    is_ours = nn is node
    programs = [
        Program(NODE, nn, lambda holds: not (is_node_quick or (is_ours and holds))),
        Program(CONTROLLER, manipulation, lambda _: not is_node_quick),
        Program(NAVIGATOR, navigator),
    ]
    return World(programs, LessonRules(most_cubes, is_node_quick), kills, mortal)
