"""Small, medium and large objects apart, with COCO's limits between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional

from tod_ros.annotation import Box


@dataclass(frozen=True)
class Area:
    """A range of areas, width times height in pixels of the picture, from `from_px` to the next."""

    name: str
    from_px: int
    extent: str


AREAS = (
    Area("small", 0, "under 32x32 pixels"),
    Area("medium", 32**2, "32x32 to 96x96 pixels"),
    Area("large", 96**2, "96x96 pixels and more"),
)


def area_index(box: Box) -> int:
    """The place in AREAS of the range that holds the box."""
    area_px = (box.xmax - box.xmin) * (box.ymax - box.ymin)
    return sum(area_px >= area.from_px for area in AREAS[1:])


@dataclass(frozen=True)
class SizeFigures:
    """The annotated objects of one range of areas, and its COCO mAP."""

    area: Area
    annotated: int
    right: int
    average_precision: Optional[float]

    @property
    def recall(self) -> Optional[float]:
        return self.right / self.annotated if self.annotated else None

    def to_json(self) -> Dict[str, Any]:
        return {
            "name": self.area.name,
            "annotated": self.annotated,
            "right": self.right,
            "recall": self.recall,
            "average_precision": self.average_precision,
        }
