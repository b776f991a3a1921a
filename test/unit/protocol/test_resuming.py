"""A node that is killed at any moment, and started again, goes on where it was."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import numpy as np
import pytest

from tod_ros.detection import Detection
from tod_ros.frame import Frame
from tod_ros.protocol.labeller import RESUME_WITHIN_S, Labeller
from tod_ros.settings import InferenceSettings

TAKE, READY, LABEL = "takeImage", "RobotReady", "label"
RESULT, HANDOVER = "~result", "~handover"
LABELS = [2, 1, 2]
SETTINGS = InferenceSettings(ready_hold_s=0.1, ready_timeout_s=60.0)


class Killed(Exception):
    pass


class Over(Exception):
    pass


class Params(Dict[str, Any]):
    """Kills the node at its n-th access, before it has an effect or after."""

    def __init__(self, **values: Any):
        super().__init__(values)
        self.kill_at: Optional[int] = None
        self.has_effect = False
        self.accesses = 0
        self.labels_written: List[int] = []

    def __setitem__(self, name: str, value: Any) -> None:
        self._access(lambda: self._write(name, value))

    def get(self, name: str, default: Any = None) -> Any:
        self._access(lambda: None)
        return super().get(name, default)

    def _write(self, name: str, value: Any) -> None:
        if name == LABEL and value > 0:
            self.labels_written.append(value)
        super().__setitem__(name, value)

    def _access(self, effect: Any) -> None:
        self.accesses += 1
        dies = self.accesses == self.kill_at
        if not dies or self.has_effect:
            effect()
        if dies:
            raise Killed


class World:
    """A node and a controller in virtual time; the controller drives on while the node is dead."""

    def __init__(self, params: Params, *, drive_moves: int, dead_moves: int):
        self.params, self.taken = params, []
        self.pictures = 0
        self.now = 1000.0
        self._drive_moves, self._dead_moves = drive_moves, dead_moves
        self._driving = 0
        self._until = self.now + 100.0

    def controller_moves(self) -> None:
        values = dict(self.params)
        if self._driving:
            self._driving -= 1
            if not self._driving:
                self.params.update({READY: True})
        elif values.get(LABEL, -1) != -1:
            self.taken.append(values[LABEL])
            self.params.update({LABEL: -1})
            self._driving = self._drive_moves

    def sleep(self, seconds: float) -> None:
        """Ends the play when the request is over, or nothing came of it for long."""
        self.now += seconds
        self.controller_moves()
        left = dict(self.params).get(HANDOVER)
        is_over = isinstance(left, dict) and left.get("state") == "over"
        if (is_over and not self._driving) or self.now > self._until:
            raise Over

    def node(self) -> Labeller:
        def take_image() -> np.ndarray:
            self.pictures += 1
            return Frame(np.zeros((2, 2, 3), np.uint8))

        found = [Detection(v, str(v), 0.9, x, 0, x + 5, 5) for x, v in enumerate(LABELS)]
        return Labeller(
            self.params,
            take_image,
            lambda _: list(found),
            SETTINGS,
            sleep=self.sleep,
            clock=lambda: self.now,
            now=lambda: self.now,
        )

    def play(self, kills: List[Any]) -> None:
        for kill_at, has_effect in [*kills, (None, False)]:
            self.params.kill_at, self.params.has_effect = kill_at, has_effect
            try:
                self.node().run()
            except Killed:
                for _ in range(self._dead_moves):
                    self.controller_moves()
            except Over:
                return


def asked() -> Params:
    return Params(**{TAKE: True, READY: -1, LABEL: -1})


def count_accesses() -> int:
    params = asked()
    World(params, drive_moves=2, dead_moves=0).play([])
    assert params.labels_written == LABELS
    return params.accesses


ACCESSES = count_accesses()


@pytest.mark.parametrize("dead_moves", [0, 1, 2, 9])
@pytest.mark.parametrize("has_effect", [False, True])
def test_killed_at_any_access_each_label_is_written_and_taken_once(has_effect, dead_moves):
    for kill_at in range(1, ACCESSES + 1):
        params = asked()
        world = World(params, drive_moves=2, dead_moves=dead_moves)
        world.play([(kill_at, has_effect)])
        assert (params.labels_written, world.taken) == (LABELS, LABELS), kill_at
        assert params[RESULT]["request"] == 1


@pytest.mark.parametrize("first", range(1, ACCESSES + 1, 2))
def test_killed_twice_each_label_still_comes_once(first):
    for later in range(1, 16):
        params = asked()
        world = World(params, drive_moves=2, dead_moves=1)
        world.play([(first, first % 4 == 1), (first + later, later % 2 == 0)])
        assert (params.labels_written, world.taken) == (LABELS, LABELS), later


def test_a_request_that_was_answered_is_not_looked_at_again():
    params = asked()
    world = World(params, drive_moves=1, dead_moves=1)
    world.play([(ACCESSES // 2, True)])
    assert world.pictures == 1


def left(state: str, cube: int = 0, stamp: float = 1000.0, request: int = 4) -> Dict[str, Any]:
    both = {"stamp": stamp, "uptime": stamp}
    return {"request": request, "state": state, "cube": cube, **both}


RESULT_4 = {"request": 4, "status": "ok", "count": 3, "labels": LABELS}


def resumed(**values: Any) -> Params:
    params = Params(**{TAKE: False, READY: False, LABEL: -1, **values})
    world = World(params, drive_moves=1, dead_moves=0)
    with pytest.raises(Over):
        world.node().run()
    return params


@pytest.mark.parametrize(
    "handover",
    [
        None,
        "odd",
        {},
        {"request": 4},
        left("gone"),
        left("offered", "two"),  # type: ignore[arg-type]
        left("offered", 2, float("nan")),
        left("next", 2, request=-3),
        left("over", 3),
    ],
)
def test_nothing_is_resumed_from_what_says_nothing(handover):
    params = resumed(**{RESULT: RESULT_4, HANDOVER: handover})
    assert params.labels_written == []
    assert params[RESULT] == RESULT_4


@pytest.mark.parametrize(
    "result",
    [None, "odd", {"request": 3, "labels": [1, 1, 1], "count": 3}, {"request": 4}]
    + [{**RESULT_4, "labels": labels} for labels in ("12", [1, 2], [1, "2", 1], [0, 1, 2])],
)
def test_no_label_is_invented_where_the_result_is_gone(result):
    params = resumed(**{RESULT: result, HANDOVER: left("next", 2)})
    assert params.labels_written == []
    assert params[HANDOVER]["state"] == "over"


def test_what_is_too_old_is_given_up_and_its_label_withdrawn():
    old = left("offered", 2, 1000.0 - RESUME_WITHIN_S - 1)
    params = resumed(**{RESULT: RESULT_4, HANDOVER: old, LABEL: LABELS[1]})
    assert (params.labels_written, params[LABEL]) == ([], -1)


@pytest.mark.parametrize("jumped", ["stamp", "uptime"])
def test_a_clock_that_jumped_makes_nothing_old(jumped):
    """The time came from the network just now, or the machine was started anew."""
    params = resumed(**{RESULT: RESULT_4, HANDOVER: {**left("next", 3), jumped: 1e9}})
    assert params.labels_written == LABELS[2:]


def test_a_label_given_up_by_a_node_that_died_is_withdrawn_by_the_next():
    params = resumed(**{RESULT: RESULT_4, HANDOVER: left("over", 2), LABEL: LABELS[1]})
    assert params[LABEL] == -1


def test_a_new_request_goes_before_what_was_left():
    params = Params(**{TAKE: True, READY: -1, LABEL: LABELS[1]})
    params.update({RESULT: RESULT_4, HANDOVER: left("offered", 2)})
    world = World(params, drive_moves=1, dead_moves=0)
    world.controller_moves = lambda: None  # type: ignore[method-assign]
    with pytest.raises(Over):
        world.node().run()
    assert params[RESULT]["request"] == 5


def test_a_number_is_given_to_one_answer_only():
    for handover, expected in [(left("over"), 5), (left("looking"), 4), (None, 1)]:
        params = asked()
        params.update({HANDOVER: handover})
        world = World(params, drive_moves=1, dead_moves=0)
        world.play([])
        assert params[RESULT]["request"] == expected
