"""What harm is: something with a name that is done to the running system, and taken away again.

It gets the world and a source of chance, and returns when the cause was gone (time.monotonic): from
then on the system has to recover. What is written down as a problem is a defect by itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random
from typing import Any, Callable, List

from calling import call
from oracle import Pictures
from world import World

from tod_ros.srv import Capture

FAIR_S = 60.0  # nothing that the campaign itself waits for takes longer, however busy the machine


@dataclass
class Scene:
    """What every kind of harm gets."""

    world: World
    random: Random
    pictures: Pictures
    problems: List[str] = field(default_factory=list)

    def rest(self, most_s: float) -> None:
        time.sleep(self.random.uniform(0.0, most_s))

    def capture(self) -> Any:
        answer = call("/capture/capture", Capture, 10.0)
        self.world.answers.new()
        if answer.success:
            self.pictures.note(answer.path, self.world.answers.lines)
        return answer


@dataclass(frozen=True)
class Harm:
    name: str
    do: Callable[[Scene], float]
    destroys: bool = False  # parameters are lost by it: a request may end with them
