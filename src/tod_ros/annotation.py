"""What is in a picture, as a person says: boxes with their classes, and masks where there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from tod_ros.mask import Mask


@dataclass(frozen=True)
class Box:
    """One object: its class and its box in pixels, xmin < xmax, ymin < ymax."""

    name: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    difficult: bool = False
    truncated: bool = False
    mask: Optional[Mask] = None

    @property
    def xyxy(self) -> Tuple[float, float, float, float]:
        return (self.xmin, self.ymin, self.xmax, self.ymax)


@dataclass(frozen=True)
class Annotation:
    """The objects of one picture; none at all is a statement too: the picture is a negative."""

    filename: str
    size_wh: Tuple[int, int]
    boxes: Tuple[Box, ...] = ()
    depth: int = 3
    # Who drew it, where that was no person: VOC's <source><annotation>, which labelImg never writes
    annotator: str = ""
