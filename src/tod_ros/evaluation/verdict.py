"""One picture judged: what is there, what was found, and where the two differ.

A picture is right when the class names that were found, left to right, are the annotated ones, all
of them and nothing more: that is what the robot acts on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

from tod_ros.annotation import Box
from tod_ros.detection import Detection, iou, left_to_right, left_to_right_key


@dataclass(frozen=True)
class Limits:
    """Which detections the robot would act on, and when one counts as an annotated object."""

    min_score: float = 0.5
    max_objects: int = 0
    min_iou: float = 0.5


@dataclass(frozen=True)
class Verdict:
    """One picture: what is there, what was found, and where the two differ."""

    picture: str
    truths: Tuple[Box, ...]
    found: Tuple[Detection, ...]
    missed: Tuple[Box, ...]
    false: Tuple[Detection, ...]
    pairs: Tuple[Tuple[Box, Detection], ...]

    @property
    def truth_names(self) -> Tuple[str, ...]:
        return tuple(box.name for box in self.truths)

    @property
    def found_names(self) -> Tuple[str, ...]:
        return tuple(detection.name for detection in self.found)

    @property
    def is_exact(self) -> bool:
        return self.truth_names == self.found_names

    @property
    def confused(self) -> Tuple[Tuple[Box, Detection], ...]:
        return tuple(pair for pair in self.pairs if pair[0].name != pair[1].name)

    @property
    def faults(self) -> int:
        return len(self.missed) + len(self.false) + len(self.confused)

    @property
    def right(self) -> int:
        """The number of objects found in their place and with their class."""
        return len(self.pairs) - len(self.confused)

    @property
    def order(self) -> Tuple[bool, int, float, str]:
        """Worst first: a wrong sequence, then many faults, then the least certain detection."""
        surest = min((detection.score for detection in self.found), default=1.0)
        return (self.is_exact, -self.faults, surest, self.picture)


def judge_picture(
    picture: str, truths: Sequence[Box], detections: Sequence[Detection], limits: Limits
) -> Verdict:
    acted_on = [detection for detection in detections if detection.score >= limits.min_score]
    found = left_to_right(acted_on, limits.max_objects)
    there = sorted(truths, key=left_to_right_key)
    pairs = match(there, found, limits.min_iou)
    hit, used = {t for t, _ in pairs}, {f for _, f in pairs}
    return Verdict(
        picture,
        tuple(there),
        tuple(found),
        missed=tuple(box for index, box in enumerate(there) if index not in hit),
        false=tuple(one for index, one in enumerate(found) if index not in used),
        pairs=tuple((there[t], found[f]) for t, f in pairs),
    )


def match(
    truths: Sequence[Box], found: Sequence[Detection], min_iou: float = 0.5
) -> List[Tuple[int, int]]:
    """Pairs of indices, whatever the classes: the best overlap first, each used once.

    Of equal overlaps the one whose classes agree comes first.
    """
    overlaps = [
        (-iou(box.xyxy, detection.xyxy), box.name != detection.name, t, f)
        for t, box in enumerate(truths)
        for f, detection in enumerate(found)
    ]
    pairs: List[Tuple[int, int]] = []
    for overlap, _, t, f in sorted(overlaps):
        is_free = all(t != taken and f != used for taken, used in pairs)
        if -overlap >= min_iou and -overlap > 0 and is_free:
            pairs.append((t, f))
    return sorted(pairs)
