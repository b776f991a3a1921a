"""What a file of another tool says of one picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Tuple

from tod_ros.annotation import Annotation, Box


@dataclass(frozen=True)
class ImportedPicture:
    """One picture of another tool: what it calls it, where it may be, and what is in it.

    `given` is the folder that the user named: no link leads us out of it.
    """

    name: Path
    places: Tuple[Path, ...]
    annotation: Annotation
    given: Path


def inside(box: Box, size_wh: Tuple[int, int]) -> Box:
    """`box` without what rounding (under a pixel) put outside; more than that stays, a fault."""
    limits = (size_wh[0], size_wh[1], size_wh[0], size_wh[1])
    cut = [
        min(max(value, 0.0), float(limit)) if -1 < value < limit + 1 else value
        for value, limit in zip(box.xyxy, limits)
    ]
    return replace(box, xmin=cut[0], ymin=cut[1], xmax=cut[2], ymax=cut[3])
