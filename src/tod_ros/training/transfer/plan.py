"""What is known about each class of a project, before a network learns it.

A class is drawn if its name says what it looks like (`one`, `A`, `star`) and its captured marks
look like that. Otherwise it is known from its captured faces alone. The classes that the starting
network knows give each new class its first weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros.scene.handwriting import can_be_drawn, mark_of_class
from tod_ros.scene.likeness import ranked
from tod_ros.scene.mark_styles import MARKS, lookalikes
from tod_ros.training.transfer.captured_faces import Captured

# Ranks, in the list of all known marks from the most alike: a class's name is believed where the
# mark of that name is among the first NEAREST for its captured marks.
NEAREST = 8
# The first NEVER_WRONG marks of that list look like the class: no cube without a class bears one.
NEVER_WRONG = 6
# The share of a known class in a new one's start falls to 1/e where its mark is farther from the
# captured marks than the nearest mark by this distance, in parts of a mark's height.
SOFTNESS = 0.008
LEAST_SHARE = 1e-3  # of a known class; smaller ones are left out
MANY = 10  # classes: a start that knows more has seen enough marks to tell them apart
Weights = Mapping[str, float]


@dataclass(frozen=True)
class Plan:
    """Per class of the project how it is shown, and what its column of the network starts as."""

    classes: Tuple[str, ...]
    drawn: Tuple[str, ...]  # classes that can be drawn
    captured: Captured
    wrong_marks: Tuple[str, ...]  # may stand on cubes without a class
    weights: Mapping[str, Weights]  # class -> known class of the start -> its share

    @property
    def shown(self) -> Tuple[str, ...]:
        """The classes that can stand in a drawn scene."""
        return tuple(name for name in self.classes if name in self.drawn or self._is_captured(name))

    @property
    def only_captured(self) -> Tuple[str, ...]:
        return tuple(name for name in self.classes if name not in self.drawn)

    def _is_captured(self, name: str) -> bool:
        return bool(self.captured.faces.get(name))


def make_plan(classes: Sequence[str], captured: Captured, known: Sequence[str]) -> Plan:
    """`known` are the classes of the network to start from."""
    likeness = {name: ranked(marks, list(MARKS)) for name, marks in captured.marks.items()}
    drawn = tuple(name for name in classes if _is_drawn(name, captured, likeness))
    taken = _taken(classes, drawn, likeness)
    may_be_wrong = known_marks(known) if len(known) > MANY else tuple(MARKS)
    return Plan(
        tuple(classes),
        drawn,
        captured,
        tuple(mark for mark in may_be_wrong if mark in MARKS and mark not in taken),
        {name: start_weights(name, name in drawn, likeness.get(name), known) for name in classes},
    )


def known_marks(known: Sequence[str]) -> Tuple[str, ...]:
    return tuple(mark_of_class(name) for name in known if can_be_drawn(name))


def start_weights(
    name: str,
    is_drawn: bool,
    likeness: Optional[Sequence[Tuple[str, float]]],
    known: Sequence[str],
) -> Dict[str, float]:
    """The known class itself, else those that the captured marks look like, else all alike."""
    by_mark = {mark_of_class(other): other for other in known if can_be_drawn(other)}
    if is_drawn and mark_of_class(name) in by_mark:
        return {by_mark[mark_of_class(name)]: 1.0}
    near = [(by_mark[mark], apart) for mark, apart in likeness or () if mark in by_mark]
    if not near:
        return {other: 1 / len(known) for other in known}
    closeness = np.exp(-(np.array([apart for _, apart in near]) - near[0][1]) / SOFTNESS)
    shares = closeness / closeness.sum()
    return {other: float(share) for (other, _), share in zip(near, shares) if share > LEAST_SHARE}


def _is_drawn(
    name: str, captured: Captured, likeness: Mapping[str, Sequence[Tuple[str, float]]]
) -> bool:
    """Whether its mark is what the captured faces show; without any, its name is believed."""
    if not can_be_drawn(name):
        return False
    if not captured.faces.get(name):
        return True
    nearest = [mark for mark, _ in likeness.get(name, ())[:NEAREST]]
    return mark_of_class(name) in nearest


def _taken(
    classes: Sequence[str],
    drawn: Sequence[str],
    likeness: Mapping[str, Sequence[Tuple[str, float]]],
) -> List[str]:
    """Marks that must not stand for a wrong mark: they are, or look like, one of the classes."""
    taken: List[str] = []
    for name in classes:
        if name in drawn:
            taken += lookalikes(mark_of_class(name))
        elif name in likeness:
            near = [mark for mark, _ in likeness[name][:NEVER_WRONG]]
            taken += near
            taken += [alike for mark in near[:1] for alike in lookalikes(mark)]
    return taken
