"""How far two sets of detections on the same pictures are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence

from tod_ros.detection import Detection, iou
from tod_ros.mask import iou as mask_iou

SURE = 0.2  # under it, a box more or less is noise


@dataclass(frozen=True)
class Difference:
    """The largest differences over all pictures; `other` counts boxes only one of them has.

    `masks` is the least IoU of two masks, where both have them.
    """

    pixels: float
    score: float
    boxes: int
    other: int
    masks: Optional[float] = None

    def __str__(self) -> str:
        text = f"{self.boxes} boxes, at most {self.pixels:.2g} pixels and {self.score:.2g} apart"
        if self.masks is not None:
            text += f", masks overlap by {self.masks:.3f} at least"
        return text + (f", and {self.other} that only one of them has" if self.other else "")


def compare(
    expected: Sequence[Sequence[Detection]], actual: Sequence[Sequence[Detection]]
) -> Difference:
    """Match the boxes of each picture. Boxes below score SURE are allowed to be missing."""
    pixels, scores, pairs, other = 0.0, 0.0, 0, 0
    overlaps: List[float] = []
    for ours, theirs in zip(expected, actual):
        left = list(theirs)
        for box in ours:
            twin = _twin(box, left)
            if twin is None:
                other += box.score >= SURE
                continue
            left.remove(twin)
            if max(box.score, twin.score) < SURE:
                continue
            pairs += 1
            pixels = max([pixels] + [abs(a - b) for a, b in zip(box.xyxy, twin.xyxy)])
            scores = max(scores, abs(box.score - twin.score))
            if box.mask is not None and twin.mask is not None:
                overlaps.append(mask_iou(box.mask.pixels(), twin.mask.pixels()))
        other += sum(box.score >= SURE for box in left)
    return Difference(pixels, scores, pairs, other, min(overlaps, default=None))


def _twin(box: Detection, among: List[Detection]) -> Optional[Detection]:
    candidates = [other for other in among if other.label == box.label]
    best = max(candidates, key=lambda other: iou(box.xyxy, other.xyxy), default=None)
    return best if best is not None and iou(box.xyxy, best.xyxy) > 0.5 else None
