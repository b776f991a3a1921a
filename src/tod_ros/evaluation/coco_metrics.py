"""COCO's average precision and recall, counted by pycocotools picture by picture.

Only a few bytes a detection are kept (its score, its rank, the thresholds it was matched at), so
ten thousand pictures need no more memory than their scores.

It is long because boxes and masks are counted by the same meter, which pycocotools has not.
"""

from __future__ import annotations

import contextlib
import io
from array import array
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tod_ros.detection import Detection
from tod_ros.mask import Mask

# The Object Detection API's names, in the order of pycocotools' figures
FIGURES = (
    "Precision/mAP",
    "Precision/mAP@.50IOU",
    "Precision/mAP@.75IOU",
    "Precision/mAP (small)",
    "Precision/mAP (medium)",
    "Precision/mAP (large)",
    "Recall/AR@1",
    "Recall/AR@10",
    "Recall/AR@100",
    "Recall/AR@100 (small)",
    "Recall/AR@100 (medium)",
    "Recall/AR@100 (large)",
)

XYXY = Tuple[float, float, float, float]


@dataclass(frozen=True)
class CocoFigures:
    """The twelve figures by name, and the mAP of each class id; None where nothing is there."""

    summary: Mapping[str, Optional[float]]
    class_map: Mapping[int, Optional[float]]


@dataclass
class _Matches:
    """What is kept of one class in one range of areas: an entry a detection, and the truths."""

    scores: array = field(default_factory=lambda: array("d"))
    ranks: array = field(default_factory=lambda: array("B"))
    matched: array = field(default_factory=lambda: array("H"))  # a bit for each IoU threshold
    ignored: array = field(default_factory=lambda: array("H"))
    truths: int = 0

    def add(self, result: Mapping[str, Any]) -> None:
        self.scores.extend(result["dtScores"])
        self.ranks.extend(range(len(result["dtScores"])))
        self.matched.extend(_to_bits(result["dtMatches"] > 0))
        self.ignored.extend(_to_bits(result["dtIgnore"]))
        self.truths += int(np.count_nonzero(result["gtIgnore"] == 0))

    def of_rank_under(self, limit: int, thresholds: int) -> Dict[str, np.ndarray]:
        """One result as of a single picture, from the best `limit` detections of each."""
        chosen = np.array(self.ranks, np.uint8) < limit
        return {
            "dtScores": np.array(self.scores, float)[chosen],
            "dtMatches": _from_bits(np.array(self.matched, np.uint16)[chosen], thresholds),
            "dtIgnore": _from_bits(np.array(self.ignored, np.uint16)[chosen], thresholds),
            "gtIgnore": np.zeros(self.truths, np.uint8),
        }


class CocoMeter:
    """Takes pictures one by one, then tells COCO's figures over all of them.

    `of_masks`: of the objects' masks, and not of their boxes.
    """

    def __init__(self, class_ids: Sequence[int], of_masks: bool = False):
        self._class_ids = sorted(class_ids)
        self._kind = "segm" if of_masks else "bbox"
        self._params = COCOeval(iouType=self._kind).params
        self._matches: Dict[Tuple[int, int], _Matches] = {}

    def add(self, truths: Sequence[Tuple[int, XYXY]], detections: Sequence[Detection]) -> None:
        """Count one picture; classes that the meter does not know are left out."""
        self._count(
            [_entry(label, box) for label, box in truths],
            [dict(_entry(d.label, d.xyxy), score=d.score) for d in detections],
        )

    def add_masks(
        self, truths: Sequence[Tuple[int, Mask]], detections: Sequence[Detection]
    ) -> None:
        """Count the masks of one picture."""
        self._count(
            [_mask_entry(label, mask) for label, mask in truths],
            [
                dict(_mask_entry(d.label, d.mask), score=d.score)
                for d in detections
                if d.mask is not None
            ],
        )

    def _count(self, truths: List[Dict[str, Any]], detections: List[Dict[str, Any]]) -> None:
        known = set(self._class_ids)
        annotated = [entry for entry in truths if entry["category_id"] in known]
        found = [entry for entry in detections if entry["category_id"] in known]
        classes = sorted({entry["category_id"] for entry in annotated + found})
        evaluator = COCOeval(iouType=self._kind)
        with _silenced():
            evaluator.cocoGt = _as_coco(annotated, classes)
            evaluator.cocoDt = _as_coco(found, classes)
            evaluator.params.imgIds, evaluator.params.catIds = [1], classes
            evaluator.evaluate()
        areas = range(len(self._params.areaRng))
        keys = ((label, area) for label in classes for area in areas)
        for key, result in zip(keys, evaluator.evalImgs):
            if result is not None:
                self._matches.setdefault(key, _Matches()).add(result)

    def figures(self) -> CocoFigures:
        parts = [self._accumulate(limit) for limit in self._params.maxDets]
        evaluator = COCOeval(iouType=self._kind)
        evaluator.eval = {
            name: np.concatenate([part[name] for part in parts], axis=-1)
            for name in ("precision", "recall")
        }
        with _silenced():
            evaluator.summarize()
        return CocoFigures(
            {name: _figure(value) for name, value in zip(FIGURES, evaluator.stats)},
            {
                label: _mean(evaluator.eval["precision"][:, :, index, 0, -1])
                for index, label in enumerate(self._class_ids)
            },
        )

    def _accumulate(self, limit: int) -> Dict[str, np.ndarray]:
        """pycocotools' precision and recall with at most `limit` detections a picture."""
        evaluator = COCOeval(iouType=self._kind)
        params = evaluator.params
        params.imgIds, params.catIds = [1], list(self._class_ids)
        params.maxDets = [sum(len(kept.scores) for kept in self._matches.values()) + 1]
        evaluator._paramsEval = params
        evaluator.evalImgs = [
            self._matches[label, area].of_rank_under(limit, len(params.iouThrs))
            if (label, area) in self._matches
            else None
            for label in self._class_ids
            for area in range(len(params.areaRng))
        ]
        with _silenced():
            evaluator.accumulate()
        return evaluator.eval


def _entry(label: int, box: XYXY) -> Dict[str, Any]:
    width, height = box[2] - box[0], box[3] - box[1]
    return {
        "image_id": 1,
        "category_id": label,
        "bbox": [box[0], box[1], width, height],
        "area": width * height,
        "iscrowd": 0,
    }


def _mask_entry(label: int, mask: Mask) -> Dict[str, Any]:
    told = mask.to_json()
    told["counts"] = told["counts"].encode()  # pycocotools wants bytes
    return dict(_entry(label, mask.xyxy), segmentation=told, area=mask.area)


def _as_coco(entries: List[Dict[str, Any]], classes: Sequence[int]) -> COCO:
    coco = COCO()
    coco.dataset = {
        "images": [{"id": 1, "width": 0, "height": 0}],  # a mask tells its own size
        "categories": [{"id": label} for label in classes],
        # from 1: pycocotools takes a match with id 0 for no match
        "annotations": [dict(entry, id=number) for number, entry in enumerate(entries, start=1)],
    }
    coco.createIndex()
    return coco


def _to_bits(flags: np.ndarray) -> List[int]:
    """Columns of flags [thresholds, detections] as one whole number a detection."""
    weights = 1 << np.arange(len(flags), dtype=np.uint16)
    return (weights @ flags.astype(np.uint16)).tolist()


def _from_bits(numbers: np.ndarray, thresholds: int) -> np.ndarray:
    return (numbers[np.newaxis, :] >> np.arange(thresholds, dtype=np.uint16)[:, np.newaxis]) & 1 > 0


def _mean(values: np.ndarray) -> Optional[float]:
    counted = values[values > -1]
    return float(counted.mean()) if counted.size else None


def _figure(value: float) -> Optional[float]:
    return None if value < 0 else float(value)


def _silenced() -> contextlib.AbstractContextManager:
    """pycocotools tells its progress on standard output, which is the caller's."""
    return contextlib.redirect_stdout(io.StringIO())
