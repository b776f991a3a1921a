"""Where a person's boxes and a model's proposals disagree: likely mistakes of either."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator, List, Mapping, Sequence

from tod_ros.annotation import Box
from tod_ros.detection import Detection, iou

SAME_PLACE_IOU = 0.5
TIGHT_IOU = 0.7
SURE = 0.7  # what the model is less sure of is no reason to doubt a person


@dataclass(frozen=True)
class Disagreement:
    """`code` is other_class, missed, loose or unseen; `weight` says how likely a mistake is."""

    code: str
    weight: float
    values: Mapping[str, Any] = field(default_factory=dict)


def compare(boxes: Sequence[Box], proposals: Sequence[Detection]) -> List[Disagreement]:
    sure = [proposal for proposal in proposals if proposal.score >= SURE]
    return [*_against_proposals(boxes, sure), *_without_proposal(boxes, proposals)]


def _against_proposals(
    boxes: Sequence[Box], proposals: Sequence[Detection]
) -> Iterator[Disagreement]:
    for proposal in proposals:
        values = {"proposed": proposal.name, "percent": round(100 * proposal.score)}
        nearest = max(boxes, key=lambda box: iou(box.xyxy, proposal.xyxy), default=None)
        shared = iou(nearest.xyxy, proposal.xyxy) if nearest else 0.0
        if nearest is None or shared < SAME_PLACE_IOU:
            yield Disagreement("missed", 1 + proposal.score, values)
        elif nearest.name != proposal.name:
            yield Disagreement("other_class", 2 + proposal.score, {**values, "name": nearest.name})
        elif shared < TIGHT_IOU:
            yield Disagreement("loose", TIGHT_IOU - shared, {**values, "name": nearest.name})


def _without_proposal(
    boxes: Sequence[Box], proposals: Sequence[Detection]
) -> Iterator[Disagreement]:
    for box in boxes:
        if not any(iou(box.xyxy, proposal.xyxy) >= SAME_PLACE_IOU for proposal in proposals):
            yield Disagreement("unseen", 0.1, {"name": box.name})
