"""The figures of an evaluation, as values: of whole pictures, objects, classes and sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

from tod_ros.evaluation.sizes import SizeFigures
from tod_ros.evaluation.verdict import Limits, Verdict

BACKGROUND = "background"
# Mean number of annotated objects a picture, from which recall and precision tell more than the
# whole sequence: a detector that finds 98 % of the objects reads 12 of them exactly in 78 %.
MANY_OBJECTS = 6.0


@dataclass(frozen=True)
class Counts:
    """How often objects were annotated, found, and found where they were annotated."""

    annotated: int
    found: int
    right: int

    @property
    def precision(self) -> Optional[float]:
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> Optional[float]:
        return self.right / self.annotated if self.annotated else None

    def to_json(self) -> Dict[str, Any]:
        return {
            "annotated": self.annotated,
            "found": self.found,
            "right": self.right,
            "precision": self.precision,
            "recall": self.recall,
        }


@dataclass(frozen=True)
class ClassFigures(Counts):
    """One class, and its COCO mAP."""

    name: str
    average_precision: Optional[float]

    def to_json(self) -> Dict[str, Any]:
        return {
            "name": self.name,
            **super().to_json(),
            "average_precision": self.average_precision,
        }


@dataclass(frozen=True)
class Mistake:
    """`count` objects of class `annotated` taken for class `found`.

    Without `annotated` nothing is there; without `found` the object was missed.
    """

    annotated: Optional[str]
    found: Optional[str]
    count: int

    @property
    def names(self) -> Tuple[str, ...]:
        """The classes concerned."""
        return tuple(name for name in (self.annotated, self.found) if name is not None)

    def __str__(self) -> str:
        if self.annotated is None:
            return f"{self.found} where nothing is"
        if self.found is None:
            return f"{self.annotated} missed"
        return f"{self.annotated} taken for {self.found}"


@dataclass(frozen=True)
class MaskFigures:
    """How well masks fit: COCO's mAP of masks, and the mean IoU with those of annotated objects.

    The IoU is over the `pairs` of an object and a detection in its place, whatever its class; what
    was missed counts for the mAP only.
    """

    average_precision: Optional[float]
    loose_precision: Optional[float]  # at IoU .50
    mean_iou: Optional[float]
    pairs: int

    def to_json(self) -> Dict[str, Any]:
        return {
            "average_precision": self.average_precision,
            "average_precision_50": self.loose_precision,
            "mean_iou": self.mean_iou,
            "pairs": self.pairs,
        }


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
    sizes: Tuple[SizeFigures, ...]
    worst: Tuple[Verdict, ...]
    masks: Optional[MaskFigures] = None  # where both objects and detections have them

    @property
    def exact_share(self) -> Optional[float]:
        return self.exact / self.pictures if self.pictures else None

    @property
    def exact_interval(self) -> Tuple[float, float]:
        return wilson_interval(self.exact, self.pictures)

    @property
    def mean_average_precision(self) -> Optional[float]:
        return self.coco["Precision/mAP"]

    @property
    def objects(self) -> Counts:
        """Over all classes together."""
        return Counts(
            annotated=sum(one.annotated for one in self.classes),
            found=sum(one.found for one in self.classes),
            right=sum(one.right for one in self.classes),
        )

    @property
    def leads_with_objects(self) -> bool:
        """Whether recall and precision are told first, and the whole sequences second."""
        return self.objects.annotated > MANY_OBJECTS * self.pictures

    @property
    def shown_classes(self) -> Tuple[ClassFigures, ...]:
        """Of many classes only those that occur: COCO's other 80 would bury them."""
        occurring = tuple(one for one in self.classes if one.annotated or one.found)
        return occurring or self.classes[:10]

    def mistakes(self) -> Tuple[Mistake, ...]:
        """Each kind of mistake, the most frequent first."""
        names: List[Optional[str]] = [*(one.name for one in self.classes), None]
        made = [
            Mistake(names[row], names[column], count)
            for row, counts in enumerate(self.confusion)
            for column, count in enumerate(counts)
            if count and row != column
        ]
        return tuple(sorted(made, key=lambda mistake: (-mistake.count, str(mistake))))


def wilson_interval(right: int, total: int, z: float = 1.959963984540054) -> Tuple[float, float]:
    """Where a share lies, with 95 % confidence; honest for small sets and near 0 and 1."""
    if not total:
        return (0.0, 1.0)
    share = right / total
    scale = 1 + z * z / total
    centre = (share + z * z / (2 * total)) / scale
    spread = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (max(0.0, centre - spread), min(1.0, centre + spread))
