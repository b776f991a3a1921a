"""The controller that a student writes from the README's table: twenty lines, no care."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence

from conversation import (
    CONTROLLER,
    LABEL,
    NAVIGATOR,
    NODE,
    NOT_SET,
    PARTIES,
    READY,
    RESULT,
    TAKE,
    Rules,
    navigator,
    node,
)
from exploring import World
from programs import Program, Script


def student(scenes: int) -> Callable[[Script], None]:
    def run(script: Script) -> None:
        for _ in range(scenes):
            script[LABEL] = NOT_SET
            script[READY] = NOT_SET
            script[TAKE] = True
            while script.get(TAKE) is not False:
                script.sleep(0.1)
            result = _wait_for_result(script)
            labels: List[int] = []
            while len(labels) < result["count"]:
                label = script.get(LABEL, NOT_SET)
                while label == NOT_SET:
                    script.sleep(0.1)
                    label = script.get(LABEL, NOT_SET)
                labels.append(label)
                script[LABEL] = NOT_SET
                script.sleep(1.0)  # drives the cube away
                script[READY] = True
            told = (tuple(labels), int(result["stamp"]), result["count"])
            script.act("finishes", "a scene", told)

    return run


def _wait_for_result(script: Script) -> Dict[str, Any]:
    result: Optional[Dict[str, Any]] = script.get(RESULT)
    while result is None:
        script.sleep(0.1)
        result = script.get(RESULT)
    return result


def students_conversation(
    most_cubes: int,
    scenes: int = 1,
    kills: int = 0,
    mortal: Sequence[str] = PARTIES,
    run_node: Callable[[Script], None] = node,
) -> World:
    """The package's node with the student's controller and the package's navigator."""
    programs = [
        Program(NODE, run_node, skips_waits=lambda is_holding: not is_holding),
        Program(CONTROLLER, student(scenes)),
        Program(NAVIGATOR, navigator),
    ]
    return World(programs, Rules(most_cubes, scenes), kills, mortal)
