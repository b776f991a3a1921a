"""The conversation of docs/protocol.md: who takes part in it, and the rules that must hold."""

from __future__ import annotations

import functools
from typing import Any, Callable, List, NamedTuple, Sequence, Tuple

import numpy as np
from exploring import Broken, Watch, World
from programs import LONG, LONG_S, SHORT, Op, Point, Program, Script

from tod_ros.detection import Detection
from tod_ros.frame import Frame
from tod_ros.protocol.answer import ASK
from tod_ros.protocol.controller import Controller, watch_ready
from tod_ros.protocol.labeller import Labeller
from tod_ros.settings import InferenceSettings

TAKE, READY, LABEL = "takeImage", "RobotReady", "label"
RESULT, HANDOVER = "/inference/result", "/inference/handover"
NODE, CONTROLLER, NAVIGATOR = "node", "controller", "navigator"
PARTIES = (NODE, CONTROLLER, NAVIGATOR)
NOT_SET = -1
PICTURE = np.zeros((4, 9, 3), np.uint8)


def labels_of(picture: int, count: int, asks: bool = False) -> List[int]:
    """Labels that tell their picture and the cube in it; where it asks, the second is unsure."""
    labels = [picture * 10 + cube for cube in range(1, count + 1)]
    if asks and count > 1:
        labels[1] = ASK
    return labels


def take_picture(script: Script) -> Tuple[int, int]:
    """The picture's number, and how many cubes are in it; it may take any time."""
    number, count, how_long = script.act("takes", "a picture")
    if how_long == LONG:
        script.time += LONG_S
    return number, count


def node(script: Script, asks: bool = False) -> None:
    """The package's own Labeller; where it asks, the second cube of each picture is unsure."""
    seen = [0, 0]

    def take_image() -> Frame:
        seen[:] = take_picture(script)
        return Frame(PICTURE, seen[0] * 1_000_000_000)

    def detect(_: np.ndarray) -> List[Detection]:
        found = [
            Detection(
                *(label, f"class {label}", 0.9, 20.0 * place, 10.0, 20.0 * place + 9, 20.0),
                unsure=asks and place == 1,
            )
            for place, label in enumerate(labels_of(*seen))
        ]
        return found[::-1]

    labeller = Labeller(
        script,
        take_image,
        detect,
        InferenceSettings(unsure="ask" if asks else "tell"),
        result_param=RESULT,
        handover_param=HANDOVER,
        sleep=script.sleep,
        clock=script.clock,
        now=lambda: float(seen[0]),
    )
    script.probe = lambda: labeller.is_holding
    labeller.run()


def controller(scenes: int) -> Callable[[Script], None]:
    """The package's own Controller, which plays the lesson's manipulation."""

    def run(script: Script) -> None:
        patience_s = float("inf")
        parts = {"sleep": script.sleep, "clock": script.clock, "result_param": RESULT}
        plays = Controller(script, patience_s=patience_s, **parts)
        for _ in range(scenes):
            done = plays.sort_scene()
            told = (done.labels, int(done.result["stamp"]), done.result["count"])
            script.act("finishes", "a scene", told)

    return run


def navigator(script: Script) -> None:
    """The package's own watch_ready, which plays the lesson's navigation."""
    watch_ready(script, lambda: None, sleep=script.sleep)


class Notes(NamedTuple):
    counts: Tuple[int, ...] = ()  # cubes in each of the pictures taken so far
    asked_after: int = 0  # pictures taken when the controller asked
    read: int = NOT_SET  # the label that the controller has read and not yet taken
    taken: Tuple[int, ...] = ()  # labels of this request
    driven: int = 0  # cubes of it driven away
    looked: bool = True  # the navigator has looked since the node last saw RobotReady true
    saw: int = 0  # bit k: the navigator saw RobotReady true after k cubes
    scenes: int = 0  # finished
    cycled: bool = False  # the node has looked at everything since the controller acted


class Rules(Watch):
    """Each label once and in order, of a picture taken after the request.

    Time is in it in one place only: the node holds RobotReady for longer than the navigator's
    period, so the hold is not over before the navigator has looked.
    """

    start = Notes()

    def __init__(self, most_cubes: int, scenes: int, asks: bool = False):
        self._most, self._scenes, self._asks = most_cubes, scenes, asks

    def is_done(self, notes: Notes) -> bool:
        return notes.scenes >= self._scenes

    def killed(self, notes: Notes, party: str) -> Notes:
        if party == CONTROLLER:
            return notes._replace(read=NOT_SET, taken=(), driven=0, saw=0, scenes=0)
        return notes

    def answers(self, notes: Notes, party: str, point: Point) -> Sequence[Any]:
        waits = (SHORT, LONG) if point.probed and notes.looked else (SHORT,)
        if point.op.kind == "sleep":
            return waits
        if point.op.kind == "takes":
            number = len(notes.counts) + 1
            return [(number, n, wait) for n in range(self._most + 1) for wait in waits]
        return (None,)

    def see(self, notes: Notes, party: str, op: Op, answer: Any) -> Notes:
        if party == NODE:
            if op.kind == "takes":
                return notes._replace(counts=(*notes.counts, answer[1]))
            if op.kind == "get" and op.name == READY and answer in (True, 1):
                return notes._replace(looked=False)
        elif party == NAVIGATOR:
            if op.kind == "get" and op.name == READY:
                after = 1 << len(notes.taken) if answer in (True, 1) else 0
                return notes._replace(looked=True, saw=notes.saw | after)
        elif op.kind == "set":
            return self._see_write(notes, op)
        elif op.kind == "get" and op.name == LABEL:
            return notes._replace(read=answer if type(answer) is int else NOT_SET)
        elif op.kind == "finishes":
            _check_finished(notes, *op.value, self._asks)
            return notes._replace(scenes=notes.scenes + 1)
        return notes

    def _see_write(self, notes: Notes, op: Op) -> Notes:
        if op.name == TAKE:
            pictures = len(notes.counts)
            return notes._replace(asked_after=pictures, read=NOT_SET, taken=(), driven=0, saw=0)
        if op.name == READY and op.value in (True, 1):
            return notes._replace(driven=notes.driven + 1)
        if op.name == LABEL and notes.read != NOT_SET:
            return _take(notes, self._asks)
        return notes


def _take(notes: Notes, asks: bool) -> Notes:
    if notes.read == ASK and not notes.taken:
        raise Broken("the first cube was never unsure")
    named = notes.taken[0] if notes.read == ASK else notes.read
    picture, cube = named // 10, len(notes.taken) + 1
    taken = (*notes.taken, notes.read)
    if picture <= notes.asked_after:
        raise Broken("a label is of a picture taken before the request")
    if taken != tuple(labels_of(picture, cube, asks)):
        raise Broken("a label is missing, or came twice")
    before = len(notes.taken)
    if before and not notes.saw & 1 << before:
        raise Broken("the navigator never saw RobotReady true after a cube")
    return notes._replace(taken=taken, read=NOT_SET)


def _check_finished(
    notes: Notes, labels: Tuple[int, ...], picture: int, count: int, asks: bool
) -> None:
    if picture <= notes.asked_after:
        raise Broken("a result is of a picture taken before the request")
    if labels != tuple(labels_of(picture, notes.counts[picture - 1], asks)) or len(labels) != count:
        raise Broken("the controller has finished with cubes left over")


def conversation(
    most_cubes: int,
    scenes: int = 1,
    kills: int = 0,
    mortal: Sequence[str] = PARTIES,
    *,
    asks: bool = False,
) -> World:
    """The package's node with the package's controller and navigator."""
    programs = [
        Program(
            NODE, functools.partial(node, asks=asks), skips_waits=lambda is_holding: not is_holding
        ),
        Program(CONTROLLER, controller(scenes)),
        Program(NAVIGATOR, navigator),
    ]
    return World(programs, Rules(most_cubes, scenes, asks), kills, mortal)
