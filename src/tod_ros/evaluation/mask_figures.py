"""How well the masks of detections fit those of annotated objects, picture by picture."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

from tod_ros.annotation import Box
from tod_ros.detection import Detection
from tod_ros.evaluation.coco_metrics import CocoMeter
from tod_ros.evaluation.figures import MaskFigures
from tod_ros.evaluation.verdict import Verdict
from tod_ros.mask import iou


class MaskJudge:
    """Takes pictures one by one; without masks on either side it does nothing."""

    def __init__(self, ids: Mapping[str, int]):
        self._ids = ids
        self._meter = CocoMeter(list(ids.values()), of_masks=True)
        self._are_annotated = self._are_found = False
        self._ious = 0.0
        self._pairs = 0

    def add(self, truths: Sequence[Box], detections: Sequence[Detection], verdict: Verdict) -> None:
        """`detections` are all there are, the verdict's pairs those that the robot acts on."""
        there = [(self._ids[box.name], box.mask) for box in truths if box.mask is not None]
        found = [detection for detection in detections if detection.mask is not None]
        if not there and not found:
            return
        self._are_annotated |= bool(there)
        self._are_found |= bool(found)
        self._meter.add_masks(there, found)
        for box, detection in verdict.pairs:
            if box.mask is not None and detection.mask is not None:
                self._ious += iou(box.mask.pixels(), detection.mask.pixels())
                self._pairs += 1

    def figures(self) -> Optional[MaskFigures]:
        """None where the pictures have no masks, or the detector gives none."""
        if not (self._are_annotated and self._are_found):
            return None
        summary = self._meter.figures().summary
        return MaskFigures(
            summary["Precision/mAP"],
            summary["Precision/mAP@.50IOU"],
            self._ious / self._pairs if self._pairs else None,
            self._pairs,
        )
