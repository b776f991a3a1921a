"""How good a detector is: whole sequences first, for that is what the robot acts on.

Beside them: precision and recall of each class, what is taken for what, and COCO's mAP. Every
annotated box counts, difficult ones too, as in the Object Detection API.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.errors import ModelError
from tod_ros.evaluation.coco_metrics import CocoMeter
from tod_ros.evaluation.verdict import Limits, Verdict, judge_picture

BACKGROUND = "background"
AS_THE_ROBOT = Limits()
# Detections under this hardly move the mAP, and some runtimes give hundreds of them a picture
MIN_SCORE_KEPT = 0.01


@dataclass(frozen=True)
class ClassFigures:
    """One class: how often it was annotated, found, and found where it was annotated."""

    name: str
    annotated: int
    found: int
    right: int
    average_precision: Optional[float]

    @property
    def precision(self) -> Optional[float]:
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> Optional[float]:
        return self.right / self.annotated if self.annotated else None


@dataclass(frozen=True)
class Evaluation:
    """The figures over all pictures.

    `confusion[row][column]` counts objects of class `row` taken for class `column`; the last row
    and column are the background: found where nothing is, and missed.
    """

    pictures: int
    exact: int
    limits: Limits
    classes: Tuple[ClassFigures, ...]
    confusion: Tuple[Tuple[int, ...], ...]
    coco: Mapping[str, Optional[float]]
    worst: Tuple[Verdict, ...]

    @property
    def exact_share(self) -> Optional[float]:
        return self.exact / self.pictures if self.pictures else None

    @property
    def exact_interval(self) -> Tuple[float, float]:
        return wilson_interval(self.exact, self.pictures)

    @property
    def mean_average_precision(self) -> Optional[float]:
        return self.coco["Precision/mAP"]


def evaluate(
    truths: Iterable[Annotation],
    predictions: Iterable[Sequence[Detection]],
    label_map: LabelMap,
    **options: Any,
) -> Evaluation:
    """Judge annotations and detections that come in the same order; neither is kept."""
    judge = Judge(label_map, **options)
    for annotation, detections in zip(truths, predictions):
        judge.add(annotation.filename, annotation.boxes, detections)
    return judge.evaluation()


class Judge:
    """Takes pictures one by one and keeps counts, not pictures; only the worst are remembered."""

    def __init__(self, label_map: LabelMap, limits: Limits = AS_THE_ROBOT, worst: int = 12):
        self._label_map = label_map
        self._limits = limits
        self._keep = worst
        self._names = list(label_map.names.values())
        self._index = {name: index for index, name in enumerate(self._names)}
        size = len(self._names) + 1
        self._confusion = [[0] * size for _ in range(size)]
        self._meter = CocoMeter(list(label_map.names))
        self._pictures = self._exact = 0
        self._worst: List[Tuple[Any, Verdict]] = []

    def add(self, picture: str, truths: Sequence[Box], detections: Sequence[Detection]) -> Verdict:
        """Judge one picture; `detections` are all there are, down to the faintest.

        The classes of `truths` are in the label map; who reads them has checked that.
        """
        self._check_known(detections)
        self._meter.add([(self._label_map.ids[box.name], box.xyxy) for box in truths], detections)
        verdict = judge_picture(picture, truths, detections, self._limits)
        nothing = len(self._names)
        for box, detection in verdict.pairs:
            self._confusion[self._index[box.name]][self._index[detection.name]] += 1
        for box in verdict.missed:
            self._confusion[self._index[box.name]][nothing] += 1
        for detection in verdict.false:
            self._confusion[nothing][self._index[detection.name]] += 1
        self._pictures += 1
        self._exact += verdict.is_exact
        self._remember(verdict)
        return verdict

    def _check_known(self, detections: Sequence[Detection]) -> None:
        for detection in detections:
            if self._label_map.names.get(detection.label) != detection.name:
                raise ModelError(
                    f"the model answers class {detection.label} ({detection.name!r}), which its"
                    " label map does not have; give the label map it was trained with"
                )

    def _remember(self, verdict: Verdict) -> None:
        self._worst.append((verdict.order, verdict))
        self._worst.sort(key=lambda ranked: ranked[0])
        del self._worst[self._keep :]

    def evaluation(self) -> Evaluation:
        coco = self._meter.figures()
        return Evaluation(
            pictures=self._pictures,
            exact=self._exact,
            limits=self._limits,
            classes=tuple(
                ClassFigures(
                    name,
                    annotated=sum(self._confusion[index]),
                    found=sum(row[index] for row in self._confusion),
                    right=self._confusion[index][index],
                    average_precision=coco.class_map[self._label_map.ids[name]],
                )
                for index, name in enumerate(self._names)
            ),
            confusion=tuple(tuple(row) for row in self._confusion),
            coco=coco.summary,
            worst=tuple(verdict for _, verdict in self._worst),
        )


def wilson_interval(right: int, total: int, z: float = 1.959963984540054) -> Tuple[float, float]:
    """Where a share lies, with 95 % confidence; honest for small sets and near 0 and 1."""
    if not total:
        return (0.0, 1.0)
    share = right / total
    scale = 1 + z * z / total
    centre = (share + z * z / (2 * total)) / scale
    spread = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (max(0.0, centre - spread), min(1.0, centre + spread))


def to_json(evaluation: Evaluation) -> Dict[str, Any]:
    """The evaluation as plain lists and dicts, without positions of boxes."""
    names = [figures.name for figures in evaluation.classes]
    return {
        "pictures": evaluation.pictures,
        "exact": evaluation.exact,
        "exact_share": evaluation.exact_share,
        "exact_interval_95": list(evaluation.exact_interval),
        "min_score": evaluation.limits.min_score,
        "max_objects": evaluation.limits.max_objects,
        "min_iou": evaluation.limits.min_iou,
        "classes": [
            {
                "name": figures.name,
                "annotated": figures.annotated,
                "found": figures.found,
                "right": figures.right,
                "precision": figures.precision,
                "recall": figures.recall,
                "average_precision": figures.average_precision,
            }
            for figures in evaluation.classes
        ],
        "confusion": {
            "rows_annotated_columns_found": names + [BACKGROUND],
            "counts": [list(row) for row in evaluation.confusion],
        },
        "coco": dict(evaluation.coco),
        "worst": [
            {
                "image": verdict.picture,
                "exact": verdict.is_exact,
                "annotated": list(verdict.truth_names),
                "found": list(verdict.found_names),
                "faults": verdict.faults,
            }
            for verdict in evaluation.worst
        ],
    }
