"""Explores the protocol for some minutes and prints what docs/protocol.md shows."""

from __future__ import annotations

import logging
import time
from typing import Callable, List, Tuple

from conversation import CONTROLLER, NODE, PARTIES, conversation
from conversation import node as our_node
from exploring import World
from lesson import lesson, nn_as_handed_out, nn_flag_first, nn_label_first
from student import students_conversation

WALKS = 500

Row = Tuple[str, Callable[[], World]]
OURS: List[Row] = [
    ("4 cubes, 2 scenes, nobody is killed", lambda: conversation(4, scenes=2)),
    ("4 cubes, any one of the three is killed, once", lambda: conversation(4, kills=1)),
    ("2 cubes, 2 scenes, one kill", lambda: conversation(2, scenes=2, kills=1)),
    ("4 cubes, the node is killed twice", lambda: conversation(4, kills=2, mortal=[NODE])),
    (
        "the node asks about an unsure cube: 4 cubes, any one of the three is killed, once",
        lambda: conversation(4, kills=1, asks=True),
    ),
    ("4 cubes, two kills of anybody", lambda: conversation(4, kills=2)),
    (
        "a student's controller: 4 cubes, 2 scenes, nobody is killed",
        lambda: students_conversation(4, scenes=2),
    ),
    (
        "a student's controller: 4 cubes, any one of the three is killed, once",
        lambda: students_conversation(4, kills=1),
    ),
    (
        "a student's controller: 2 cubes, 2 scenes, one kill",
        lambda: students_conversation(2, scenes=2, kills=1),
    ),
    (
        "the course's controller: 4 cubes, one kill",
        lambda: lesson(our_node, 4, kills=1, mortal=PARTIES, is_node_quick=True),
    ),
    (
        "the same, polling without any pause",
        lambda: lesson(our_node, 4, kills=1, mortal=[CONTROLLER]),
    ),
]
THEIRS: List[Row] = [
    ("nn.py as handed out", lambda: lesson(nn_as_handed_out(), 4)),
    ("with the wait put back", lambda: lesson(nn_label_first(), 4)),
    ('as handed out, -1 read as "not yet"', lambda: lesson(nn_as_handed_out(True), 4)),
    ('wait put back, -1 read as "not yet"', lambda: lesson(nn_label_first(True), 4)),
    ('flag before label, -1 read as "not yet"', lambda: lesson(nn_flag_first(True), 4)),
    (
        "the same, nn.py is killed once",
        lambda: lesson(nn_flag_first(True), 4, kills=1, mortal=[NODE]),
    ),
    (
        "the same, the controller is killed once",
        lambda: lesson(nn_flag_first(True), 4, kills=1, mortal=[CONTROLLER]),
    ),
]


def main() -> None:
    logging.disable(logging.CRITICAL)
    for title, rows in (("this package", OURS), ("the course's nn.py", THEIRS)):
        print(f"\n== {title}")
        for name, make in rows:
            started = time.process_time()
            world = make().explore()
            world.check_by_running(WALKS)
            _report(name, world, time.process_time() - started)


def _report(name: str, world: World, seconds: float) -> None:
    stuck, broken = world.stuck(), world.broken()
    print(f"{name}: {len(world.states)} states, {world.steps} steps, {seconds:.1f} s", flush=True)
    for found in broken:
        print(f"  BROKEN: {found.fault}\n    " + "\n    ".join(found.steps))
    if stuck:
        print(
            f"  STUCK in {len(stuck)} states: all wait for each other for ever, for example after"
        )
        print("    " + "\n    ".join(world.way_to(stuck[0])))
    if not stuck and not broken:
        print("  nothing wrong, nothing stuck")


if __name__ == "__main__":
    main()
