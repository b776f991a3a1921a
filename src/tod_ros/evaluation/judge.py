"""Judges a detector picture by picture: whole sequences first, for the robot acts on those.

Beside them: precision and recall of each class, what is taken for what, and COCO's mAP. Every
annotated box counts, difficult ones too, as in the Object Detection API.
"""

from __future__ import annotations

from typing import Any, Iterable, List, Sequence, Tuple

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.errors import ModelError
from tod_ros.evaluation.coco_metrics import CocoFigures, CocoMeter
from tod_ros.evaluation.figures import ClassFigures, Evaluation
from tod_ros.evaluation.mask_figures import MaskJudge
from tod_ros.evaluation.sizes import AREAS, SizeFigures, area_index
from tod_ros.evaluation.verdict import Limits, Verdict, judge_picture

AS_THE_ROBOT = Limits()
# Detections under this hardly move the mAP, and some runtimes give hundreds of them a picture
MIN_SCORE_KEPT = 0.01


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
        self._masks = MaskJudge(label_map.ids)
        self._of_size = [0] * len(AREAS)
        self._right_of_size = [0] * len(AREAS)
        self._pictures = self._exact = 0
        self._worst: List[Tuple[Any, Verdict]] = []

    def add(self, picture: str, truths: Sequence[Box], detections: Sequence[Detection]) -> Verdict:
        """Judge one picture; `detections` are all there are, down to the faintest.

        The classes of `truths` are in the label map; who reads them has checked that.
        """
        self._check_known(detections)
        self._meter.add([(self._label_map.ids[box.name], box.xyxy) for box in truths], detections)
        verdict = judge_picture(picture, truths, detections, self._limits)
        self._masks.add(truths, detections, verdict)
        nothing = len(self._names)
        for box, detection in verdict.pairs:
            self._confusion[self._index[box.name]][self._index[detection.name]] += 1
        for box in verdict.missed:
            self._confusion[self._index[box.name]][nothing] += 1
        for detection in verdict.false:
            self._confusion[nothing][self._index[detection.name]] += 1
        self._count_sizes(verdict)
        self._pictures += 1
        self._exact += verdict.is_exact
        self._remember(verdict)
        return verdict

    def _count_sizes(self, verdict: Verdict) -> None:
        for box in verdict.truths:
            self._of_size[area_index(box)] += 1
        for box, detection in verdict.pairs:
            self._right_of_size[area_index(box)] += box.name == detection.name

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
            classes=self._class_figures(coco),
            confusion=tuple(tuple(row) for row in self._confusion),
            coco=coco.summary,
            sizes=self._size_figures(coco),
            worst=tuple(verdict for _, verdict in self._worst),
            masks=self._masks.figures(),
        )

    def _class_figures(self, coco: CocoFigures) -> Tuple[ClassFigures, ...]:
        return tuple(
            ClassFigures(
                name=name,
                annotated=sum(self._confusion[index]),
                found=sum(row[index] for row in self._confusion),
                right=self._confusion[index][index],
                average_precision=coco.class_map[self._label_map.ids[name]],
            )
            for index, name in enumerate(self._names)
        )

    def _size_figures(self, coco: CocoFigures) -> Tuple[SizeFigures, ...]:
        return tuple(
            SizeFigures(
                area,
                self._of_size[index],
                self._right_of_size[index],
                average_precision=coco.summary[f"Precision/mAP ({area.name})"],
            )
            for index, area in enumerate(AREAS)
        )
