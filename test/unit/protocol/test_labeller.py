"""The conversation, with a dict and lambdas, and in every order that two parties can act in."""

from __future__ import annotations

import dataclasses
import logging
from random import Random
from typing import Any, Callable, Dict, Iterator, List, MutableMapping, Optional, Set

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tod_ros.detection import Detection
from tod_ros.errors import BlindImageError, CameraError, ModelError
from tod_ros.frame import Frame
from tod_ros.protocol.labeller import Labeller
from tod_ros.settings import InferenceSettings

TAKE, READY, LABEL, RESULT = "takeImage", "RobotReady", "label", "~result"
HANDOVER = "~handover"
PICTURE = np.zeros((4, 9, 3), np.uint8)
FRAME = Frame(PICTURE, 12_500_000_000, "desk")


class Over(Exception):
    """Raised by a test's sleep to end the labeller."""


def cube(label: int, x: float, score: float = 0.9) -> Detection:
    return Detection(label, f"class {label}", score, x - 5, 10, x + 5, 20)


def serve(
    params: Dict[str, Any],
    *,
    found: Any = (),
    react: Callable[[Dict[str, Any]], None] = lambda params: None,
    publish: Callable[[Any], None] = lambda answer: None,
    patience_s: float = 200.0,
    **options: Any,
):
    """One request in virtual time; `react` is what others do in each of the node's sleeps."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        react(params)
        if now[0] > patience_s:
            raise Over

    def detect(_picture: np.ndarray) -> List[Detection]:
        return list(found)

    take_image = options.pop("take_image", lambda: FRAME)
    labeller = Labeller(
        params,
        take_image,
        options.pop("detect", detect),
        InferenceSettings(**options),
        publish=publish,
        sleep=sleep,
        clock=lambda: now[0],
        now=lambda: 12.5,
        stamp_s=lambda: 99.5,
    )
    return labeller, labeller.serve()


def test_each_cube_is_handed_over_left_to_right():
    taken = []

    def react(params):
        if params.get(LABEL, -1) != -1:
            assert params[READY] is False
            taken.append(params[LABEL])
            params.update({LABEL: -1, READY: True})

    found = [cube(1, 300), cube(2, 80), cube(2, 500), cube(1, 150)]
    params = {TAKE: True}
    serve(params, found=found, react=react)
    assert taken == [2, 1, 1, 2]
    assert params[TAKE] is False
    assert params[RESULT]["labels"] == [2, 1, 1, 2]


@pytest.mark.parametrize(
    "unsure, expected, told", [("tell", [1, 2, 1], 3), ("skip", [1, 1], 2), ("ask", [1, -2, 1], 3)]
)
def test_what_becomes_of_an_unsure_cube_is_a_setting(unsure, expected, told):
    taken = []

    def react(params):
        if params.get(LABEL, -1) != -1:
            taken.append(params[LABEL])
            params.update({LABEL: -1, READY: True})

    found = [cube(1, 80), dataclasses.replace(cube(2, 200), unsure=True), cube(1, 300)]
    params = {TAKE: True}
    serve(params, found=found, react=react, unsure=unsure)
    assert taken == expected
    assert params[RESULT]["labels"] == expected and params[RESULT]["count"] == told
    assert params[RESULT]["unsure"] == [False, True, False] if told == 3 else [False, False]


def test_the_result_is_written_once_and_before_the_first_label():
    writes = []

    class Recording(dict):
        def __setitem__(self, name, value):
            writes.append((name, value))
            super().__setitem__(name, value)

    serve(Recording({TAKE: 1}), found=[cube(2, 80)], react=lambda p: p.update({READY: True}))
    told = [write for write in writes if write[0] != HANDOVER]
    assert [name for name, _ in told] == [TAKE, RESULT, LABEL, READY, LABEL]
    assert [value for name, value in told if name == LABEL] == [-1, 2]
    assert told[1][1] == {
        "stamp": 12.5,
        "frame_id": "desk",
        "request": 1,
        "status": "ok",
        "count": 1,
        "labels": [2],
        "names": ["class 2"],
        "scores": [0.9],
        "unsure": [False],
        "boxes": [[75.0, 10.0, 85.0, 20.0]],
    }


def test_the_old_result_is_gone_before_take_image_becomes_false():
    seen = []

    class Watched(dict):
        def __setitem__(self, name, value):
            if name == TAKE:
                seen.append(RESULT in self)
            super().__setitem__(name, value)

    params = Watched({TAKE: True, RESULT: {"request": 7, "count": 0, "labels": []}})
    serve(params)
    assert seen == [False]
    assert params[RESULT]["request"] == 1 or params[RESULT]["request"] == 8


@pytest.mark.parametrize(
    ("value", "warnings"),
    [("yes", 1), (2, 1), ([True], 1), ("", 1), (0, 0), (-1, 0), (False, 0), (-1.0, 0)],
)
def test_a_value_that_means_nothing_is_told_once(caplog, value, warnings):
    caplog.set_level(logging.WARNING, "rosout.tod_ros")
    params = {TAKE: value}
    waits = []

    def react(params):
        waits.append(1)
        if len(waits) == 5:
            params[TAKE] = True

    serve(params, react=react)
    told = [r.getMessage() for r in caplog.records if "means nothing" in r.getMessage()]
    assert len(told) == warnings
    assert all("True or 1 mean yes" in line and TAKE in line for line in told)


def test_each_answer_is_published_once_and_after_the_first_label():
    events: List[str] = []

    class Recording(dict):
        def __setitem__(self, name, value):
            events.append(name)
            super().__setitem__(name, value)

    def take_image_asked_again():
        params[TAKE] = True
        return FRAME

    for found, take_image, expected in [
        ([cube(2, 80), cube(1, 90)], lambda: FRAME, [READY, LABEL, "published"]),
        ([], lambda: FRAME, [RESULT, "published"]),
        ([cube(2, 80)], take_image_asked_again, [RESULT, "published"]),
    ]:
        params = Recording({TAKE: True})
        serve(
            params,
            found=found,
            take_image=take_image,
            react=lambda p: p.update({READY: True}),
            publish=lambda answer: events.append("published"),
        )
        seen = [event for event in events if event != HANDOVER]
        start = seen.index(expected[0])
        assert seen[start : start + len(expected)] == expected
        assert seen.count("published") == 1
        events.clear()


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    "status, options",
    [
        ("no_cubes", {}),
        ("camera_failed", {"take_image": raising(CameraError("off"))}),
        ("camera_failed", {"take_image": raising(BlindImageError("black"))}),
        ("model_failed", {"detect": raising(ModelError("broken"))}),
    ],
)
def test_a_request_without_cubes_sets_no_label(status, options):
    params = {TAKE: True}
    serve(params, **options)
    assert params[RESULT]["status"] == status
    assert params[RESULT]["count"] == 0
    assert set(params) == {TAKE, RESULT, HANDOVER}


NOT_YET = [None, False, 0, -1, 2, "True", "1", "", [], [1], {}, {"a": 1}, 0.5, float("nan"), b"1"]


@pytest.mark.parametrize("value", NOT_YET)
def test_odd_values_of_take_image_are_not_yet(value):
    with pytest.raises(Over):
        serve({TAKE: value}, patience_s=2)


@pytest.mark.parametrize("value", NOT_YET)
def test_odd_values_of_robot_ready_are_not_yet(value):
    params = {TAKE: True}
    with pytest.raises(Over):
        serve(params, found=[cube(1, 5)], react=lambda p: p.update({READY: value}), patience_s=2)
    assert params[LABEL] == 1


@pytest.mark.parametrize("value", [True, 1, 1.0])
def test_true_and_one_are_yes(value):
    params = {TAKE: value}
    serve(params, found=[cube(1, 5)], react=lambda p: p.update({READY: value}))
    assert params[RESULT]["status"] == "ok"


def test_robot_ready_left_over_from_before_counts_for_nothing():
    """The node takes it back before it says a label, and waits for the next one."""
    params = {TAKE: True, READY: True}
    with pytest.raises(Over):
        serve(params, found=[cube(2, 5)], patience_s=3)
    assert (params[LABEL], params[READY]) == (2, False)


def test_robot_ready_stays_true_for_the_hold_between_cubes():
    seen = []

    def react(params):
        seen.append(params[READY])
        if params[LABEL] != -1:
            params.update({LABEL: -1, READY: True})

    serve({TAKE: True}, found=[cube(1, 5), cube(2, 50)], react=react, ready_hold_s=1.5, poll_hz=50)
    assert sum(1 for value in seen if value is True) >= 75


def test_the_hold_goes_on_into_the_next_request():
    """The last cube's RobotReady must be seen too, even when the controller asks at once."""
    params: Dict[str, Any] = {TAKE: True}
    now, trues = [0.0], []

    def sleep(seconds):
        now[0] += seconds
        trues.append(params.get(READY) is True)
        if params.get(LABEL, -1) != -1:
            params.update({LABEL: -1, READY: True})
            params[TAKE] = len(trues) < 2
        if now[0] > 20:
            raise Over

    labeller = Labeller(
        params, lambda: FRAME, lambda _: [cube(1, 5)], sleep=sleep, clock=lambda: now[0]
    )
    labeller.serve()
    labeller.serve()
    assert sum(trues) >= 74


def test_a_new_request_abandons_the_cubes_left_and_withdraws_the_label():
    params = {TAKE: True}

    def react(params):
        if params.get(LABEL) == 2:
            params[TAKE] = True

    _, answer = serve(params, found=[cube(2, 5), cube(1, 50)], react=react)
    assert answer.status == "ok"
    assert params[LABEL] == -1
    assert params[TAKE] is True


def test_a_label_that_was_taken_is_not_touched_when_the_request_is_abandoned():
    params = {TAKE: True}
    serve(params, found=[cube(2, 5), cube(1, 50)], react=lambda p: p.update({LABEL: 7, TAKE: 1}))
    assert params[LABEL] == 7


TAKEN, ASKED = {LABEL: -1}, {TAKE: True}


@pytest.mark.parametrize(
    "at_label, then, level, told",
    [
        (1, {**TAKEN, **ASKED}, "INFO", "request 1 is over: a new takeImage"),
        (1, {**TAKEN, **ASKED, READY: -1}, "INFO", "request 1 is over: a new takeImage"),
        (1, ASKED, "WARNING", "request 1 abandoned: a new takeImage"),
        (1, {LABEL: 7, **ASKED}, "WARNING", "request 1 abandoned: a new takeImage"),
        (2, {**TAKEN, **ASKED}, "WARNING", "request 1 abandoned: a new takeImage"),
        (2, {**TAKEN, **ASKED, READY: True}, "WARNING", "request 1 abandoned: a new takeImage"),
    ],
)
def test_a_new_request_is_a_warning_only_where_labels_are_left(caplog, at_label, then, level, told):
    """Of two cubes, 2 and 1: the last label, once it was taken, leaves nothing to be lost."""
    caplog.set_level(logging.INFO)

    def react(params):
        if params.get(LABEL) == at_label:
            params.update(then)
        elif params.get(LABEL, -1) != -1:
            params.update({LABEL: -1, READY: True})

    serve({TAKE: True}, found=[cube(2, 5), cube(1, 50)], react=react)
    ends = [(r.levelname, r.getMessage()) for r in caplog.records if "a new" in r.getMessage()]
    assert ends == [(level, told)]


def test_a_new_request_during_the_hold_abandons_the_cubes_left():
    params = {TAKE: True}

    def react(params):
        if params[READY] is True:
            params[TAKE] = True
        params.update({LABEL: -1, READY: True})

    serve(params, found=[cube(2, 5), cube(1, 50)], react=react)
    assert (params[TAKE], params[LABEL]) == (True, -1)


def test_a_new_request_while_the_picture_is_taken_leaves_no_label_of_the_old_one():
    params: Dict[str, Any] = {TAKE: True}

    def take_image():
        params[TAKE] = True
        return FRAME

    serve(params, found=[cube(2, 5)], take_image=take_image)
    assert LABEL not in params
    assert params[RESULT]["count"] == 1


def test_ready_timeout_ends_the_wait():
    params = {TAKE: True}
    serve(params, found=[cube(2, 5), cube(1, 50)], ready_timeout_s=4.0)
    assert params[LABEL] == -1


def test_parameters_that_vanish_end_the_request():
    """The master was restarted: nobody knows any more what was said."""
    params = {TAKE: True}
    serve(params, found=[cube(2, 5), cube(1, 50)], react=lambda p: p.clear())
    assert set(params) == {HANDOVER}


@pytest.mark.parametrize(
    "left, first",
    [({"request": 41}, 42), ({"request": "x"}, 1), ("odd", 1), (None, 1), ({"request": 2**31}, 1)],
)
def test_request_numbers_go_on_after_a_restart(left, first):
    assert serve({TAKE: True, RESULT: left})[1].request == first


def test_no_more_than_max_objects_and_those_the_best():
    found = [cube(1, 10, 0.6), cube(2, 20, 0.9), cube(2, 30, 0.95), cube(1, 40, 0.7)]
    react = lambda p: p.update({READY: True})  # noqa: E731
    params = {TAKE: True}
    serve(params, found=found, max_objects=2, react=react)
    assert params[RESULT]["labels"] == [2, 2]


def test_names_of_the_parameters_can_be_changed():
    params = {"/cam/go": True}
    names = {"take_image_param": "/cam/go", "robot_ready_param": "/robotReady", "label_param": "/l"}
    serve(params, found=[cube(2, 5)], react=lambda p: p.update({"/robotReady": True}), **names)
    assert set(params) == {"/cam/go", RESULT, HANDOVER, "/robotReady", "/l"}


def test_no_wait_is_silent(caplog):
    caplog.set_level(logging.INFO)
    with pytest.raises(Over):
        serve({}, patience_s=95)
    with pytest.raises(Over):
        serve({TAKE: True}, found=[cube(2, 5)], patience_s=65)
    lines = [r.getMessage() for r in caplog.records if "still waiting" in r.getMessage()]
    assert (
        lines
        == ["still waiting for takeImage"] * 3 + ["still waiting for RobotReady after label 2"] * 2
    )


class World(MutableMapping):
    """Parameters that others may change before every single access of the node.

    Each party is a generator: it makes one access, then yields how long it rests. `random` says
    how many of those that are due get their turn. A party that dies starts anew.
    """

    def __init__(self, random: Random, op_s: float):
        self.now = 0.0
        self.values: Dict[str, Any] = {}
        self.parties: List[Iterator[float]] = []
        self.due: List[float] = []
        self._random, self._op_s = random, op_s

    def join(self, party: Iterator[float]) -> None:
        self.parties.append(party)
        self.due.append(self.now)

    def let_others_act(self) -> None:
        for _ in range(self._random.randrange(4)):
            ready = [i for i, due in enumerate(self.due) if due <= self.now]
            if not ready:
                return
            chosen = self._random.choice(ready)
            self.due[chosen] = self.now + next(self.parties[chosen], float("inf"))

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = min([until, *(due for due in self.due if due > self.now)])
            self.let_others_act()
        if self.now > 3000:
            raise AssertionError("the conversation is stuck")

    def __getitem__(self, name: str) -> Any:
        self._access()
        return self.values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._access()
        self.values[name] = value

    def _access(self) -> None:
        self.now += self._op_s
        self.let_others_act()

    def __delitem__(self, name: str) -> None:
        del self.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)


class Controller:
    """Plays the lesson's manipulation node; may break off anywhere and start a new request."""

    def __init__(self, world: World, random: Random, requests: int, poll_s: float, is_hasty: bool):
        self.taken: List[List[int]] = []
        self.finished: List[bool] = []
        self.asked_at_picture: List[int] = []
        self.pictures = 0
        self._world, self._random = world, random
        self._requests, self._poll_s, self._is_hasty = requests, poll_s, is_hasty

    def play(self) -> Iterator[float]:
        for number in range(self._requests):
            # the last request is never broken off: the conversation must come to its end
            breaks_off_after = self._random.choice([None, self._random.randrange(40)])
            if number == self._requests - 1:
                breaks_off_after = None
            self.taken.append([])
            self.finished.append(False)
            self.asked_at_picture.append(self.pictures)
            for moves, rest_s in enumerate(self._one_request()):
                yield rest_s
                if moves == breaks_off_after:
                    break
        raise Over

    def _one_request(self) -> Iterator[float]:
        values = self._world.values
        for name in (LABEL, READY, TAKE):
            if self._random.random() < 0.9 or name == LABEL:
                values[name] = -1
            yield 0.0
        before = values.get(RESULT, {}).get("request", 0)
        self.asked_at_picture[-1] = self.pictures
        values[TAKE] = True
        yield self._poll_s
        while not self._is_hasty and values[TAKE] is True:
            yield self._poll_s
        yield from self._take_labels(values, before)
        self.finished[-1] = True

    def _take_labels(self, values: Dict[str, Any], before: int) -> Iterator[float]:
        while True:
            label = values[LABEL]
            if label != -1:
                yield 0.0
                self.taken[-1].append(label)
                values[LABEL] = -1
                yield self._random.choice([0.0, 0.001, 0.5, 7.0])
                values[READY] = self._random.choice([True, 1])
            result = values.get(RESULT, {"request": 0})
            if result["request"] > before and len(self.taken[-1]) >= result["count"]:
                return
            yield self._poll_s


class Navigator:
    """Polls RobotReady at 1 Hz; `seen` are the cubes after which it found it true."""

    def __init__(self, world: World, controller: Controller):
        self.seen: Set[int] = set()
        self._world, self._controller = world, controller

    def play(self) -> Iterator[float]:
        while True:
            if self._world.values.get(READY, 0) == 1:
                self.seen.add(len(self._controller.taken[-1]))
            yield 1.0


def labels_of(picture: int, count: int) -> List[int]:
    """Labels that tell which picture they are from: one of another request would be noticed."""
    return [picture * 10 + position for position in range(1, count + 1)]


def converse(random: Random, counts: List[int], *, op_s: float, poll_s: float, is_hasty: bool):
    """Play it to its end: what the controller got, request by request, and the pictures taken."""
    world = World(random, op_s)
    controller = Controller(world, random, len(counts), poll_s, is_hasty)
    navigator = Navigator(world, controller)
    world.join(controller.play())
    world.join(navigator.play())

    def take_image() -> np.ndarray:
        controller.pictures += 1
        world.sleep(random.choice([0.001, 0.1, 3.0]))
        return FRAME

    def detect(_: Optional[np.ndarray]) -> List[Detection]:
        labels = labels_of(controller.pictures, counts[controller.pictures % len(counts)])
        found = [cube(label, 20.0 * position) for position, label in enumerate(labels)]
        random.shuffle(found)
        return found

    labeller = Labeller(
        world, take_image, detect, sleep=world.sleep, clock=lambda: world.now, now=lambda: world.now
    )
    with pytest.raises(Over):
        labeller.run()
    return controller, navigator


CONVERSATIONS = {
    "random": st.integers(0, 2**32 - 1).map(Random),
    "counts": st.lists(st.integers(0, 4), min_size=1, max_size=4),
}
THOROUGHLY = settings(max_examples=300)


@THOROUGHLY
@given(**CONVERSATIONS, poll_s=st.sampled_from([0.0001, 0.005, 0.02, 1.0]))
def test_in_any_order_of_moves_each_label_comes_once_and_in_order(random, counts, poll_s):
    controller, _ = converse(random, counts, op_s=0.0002, poll_s=poll_s, is_hasty=False)
    check_labels(controller, counts)


@THOROUGHLY
@given(**CONVERSATIONS, poll_s=st.sampled_from([0.01, 0.1, 1.0]))
def test_also_for_a_controller_that_only_looks_at_the_label(random, counts, poll_s):
    """As the lesson's: it polls at 100 Hz at the most, an access of the node takes 0.2 ms."""
    controller, _ = converse(random, counts, op_s=0.0002, poll_s=poll_s, is_hasty=True)
    check_labels(controller, counts)


def check_labels(controller: Controller, counts: List[int]) -> None:
    assert controller.finished[-1]
    for taken, finished, asked_at in zip(
        controller.taken, controller.finished, controller.asked_at_picture
    ):
        if not taken:
            continue
        picture = taken[0] // 10
        assert picture > asked_at, "a label of a picture taken before the request"
        expected = labels_of(picture, counts[picture % len(counts)])
        assert taken == (expected if finished else expected[: len(taken)])


@settings(max_examples=60)
@given(random=st.integers(0, 2**32 - 1).map(Random), cubes=st.integers(1, 4))
def test_a_second_party_at_1_hz_sees_every_robot_ready(random, cubes):
    controller, navigator = converse(random, [cubes], op_s=0.0002, poll_s=0.02, is_hasty=False)
    assert len(controller.taken[-1]) == cubes
    # the run ends with the last RobotReady, which the second party then has not yet looked at
    assert navigator.seen >= set(range(1, cubes))
