"""The suppression of overlaps that belongs to a network, as the OD API does it.

A SavedModel suppresses overlaps inside its graph: it keeps the best boxes of each class, at most so
many, and cuts them at the border only afterwards. A model.tflite leaves that out, and model.json
tells how it is done:

    "suppression": {"max_iou": 0.6, "each": 48, "total": 48, "class_agnostic": false}

Only where the same is done here do both runtimes give the same boxes. Where it is left to the
detector alone, which keeps the best 300 anchors of a picture, the many anchors of a dozen sure
objects push out those of the less sure ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping, Optional

import numpy as np

from tod_ros.inference.network import Raw

LEAST_SCORE = 0.01  # below it boxes are noise, and there are hundreds
KEY = "suppression"


@dataclass(frozen=True)
class Suppression:
    """How many boxes are kept of each class and in all, and how far they may overlap."""

    max_iou: float
    each: int
    total: int
    class_agnostic: bool = False


def suppression_of(told: Mapping[str, Any]) -> Optional[Suppression]:
    """What model.json says of it; None where it says nothing, or nothing that makes sense."""
    values: Any = told.get(KEY)
    try:
        found = Suppression(
            float(values["max_iou"]),
            int(values["each"]),
            int(values["total"]),
            bool(values["class_agnostic"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return found if 0 <= found.max_iou <= 1 and found.each > 0 and found.total > 0 else None


def suppressed(boxes: np.ndarray, scores: np.ndarray, how: Suppression) -> Raw:
    """Of the boxes [N,4] those that are kept; `scores` [N,C] are those of the classes."""
    classes = scores.shape[1]
    columns = [scores[:, index] for index in range(classes)]
    labels: List[np.ndarray] = [np.full(len(boxes), index + 1) for index in range(classes)]
    if how.class_agnostic:
        columns, labels = [scores.max(axis=1)], [scores.argmax(axis=1) + 1]
    places, kept_labels, kept_scores = [], [], []
    for column, label in zip(columns, labels):
        kept = _keep_best(boxes, column, how.max_iou, how.each)
        places.append(kept)
        kept_labels.append(label[kept])
        kept_scores.append(column[kept])
    place, label, score = map(np.concatenate, (places, kept_labels, kept_scores))
    best = np.argsort(-score, kind="stable")
    cut = np.clip(boxes[place[best]], 0.0, 1.0)
    seen = (cut[:, 2] > cut[:, 0]) & (cut[:, 3] > cut[:, 1])
    best, cut = best[seen][: how.total], cut[seen][: how.total]
    return Raw(cut, label[best].astype(int), score[best], class_count=(classes, classes))


def _keep_best(boxes: np.ndarray, scores: np.ndarray, max_iou: float, most: int) -> np.ndarray:
    """The places of the boxes that no better one overlaps by more than `max_iou`, best first."""
    (left,) = np.nonzero(scores >= LEAST_SCORE)
    left = left[np.argsort(-scores[left], kind="stable")]
    kept: List[int] = []
    while len(left) and len(kept) < most:
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[_ious(boxes[best], boxes[left]) <= max_iou]
    return np.array(kept, int)


def _ious(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    return shared / np.maximum(areas - shared, 1e-12)
