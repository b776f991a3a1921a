"""The `segmentation` of an object in COCO's JSON: polygons, or run lengths.

    "segmentation": [[31, 118, 180, 118, 180, 270, 31, 270]]                  polygons, x and y
    "segmentation": {"size": [480, 640], "counts": [14998, 152, 328, ...]}    run lengths
    "segmentation": {"size": [480, 640], "counts": "Zm_51h>6K4M2N1N3N..."}    the same, compressed

A pixel is the object's where half of it lies in one of the polygons.
"""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from tod_ros.annotation import Box
from tod_ros.dataset.formats.masks_json import LEAST_OVERLAP
from tod_ros.detection import iou
from tod_ros.images.limits import MAX_PIXELS
from tod_ros.mask import Mask, from_part, from_runs, from_text

MOST_RUNS = 3_000_000  # of all masks of a file, or letters: Python needs some 40 bytes for each
MOST_FILLED = 500_000_000  # pixels that all polygons of a file may reach over


class MaskReader:
    """Reads the masks of one file, which may come from anybody, within a bound for all of them."""

    def __init__(self) -> None:
        self._runs = self._filled = 0

    def read(self, segmentation: Any, box: Box, size_wh: Tuple[int, int]) -> Optional[Mask]:
        """None where there is none; ValueError says what is wrong."""
        if not segmentation:
            return None
        if size_wh[0] * size_wh[1] > MAX_PIXELS:
            raise ValueError(f"a mask of {size_wh[0]}x{size_wh[1]} pixels is too large")
        mask = self._from_polygons(segmentation, size_wh)
        if isinstance(segmentation, dict):
            self._count(segmentation.get("counts"))
            mask = _from_run_lengths(segmentation, size_wh)
        elif mask is not None:
            self._count(mask.runs)
        if mask is not None and iou(mask.xyxy, box.xyxy) < LEAST_OVERLAP:
            raise ValueError("'segmentation' is elsewhere than 'bbox'")
        return mask

    def _count(self, runs: Any) -> None:
        self._runs += len(runs) if isinstance(runs, (str, list, tuple)) else 0
        if self._runs > MOST_RUNS:
            raise ValueError("the masks of this file are too many, bring in less at once")

    def _from_polygons(self, polygons: Any, size_wh: Tuple[int, int]) -> Optional[Mask]:
        if isinstance(polygons, dict):
            return None
        points = [_points(polygon, size_wh) for polygon in _listed(polygons)]
        xs, ys = ([xy[axis] for polygon in points for xy in polygon] for axis in (0, 1))
        self._filled += int((max(xs) - min(xs) + 1) * (max(ys) - min(ys) + 1) * len(points))
        if self._filled > MOST_FILLED:
            raise ValueError("the polygons of this file are too many, bring in less at once")
        return _filled(points, size_wh)


def to_segmentation(mask: Optional[Mask]) -> Any:
    """What COCO's JSON holds of a mask."""
    return [] if mask is None else mask.to_json()


def _from_run_lengths(told: Any, size_wh: Tuple[int, int]) -> Mask:
    counts = told.get("counts")
    if told.get("size") != [size_wh[1], size_wh[0]]:
        raise ValueError("'size' of 'segmentation' is not the picture's height and width")
    if isinstance(counts, str):
        return from_text(size_wh, counts)
    if isinstance(counts, list):
        return from_runs(size_wh, counts)
    raise ValueError("'segmentation' holds no proper 'counts'")


def _listed(polygons: Any) -> List[Any]:
    if not isinstance(polygons, list):
        raise ValueError("'segmentation' is neither polygons nor run lengths")
    return polygons


def _points(polygon: Any, size_wh: Tuple[int, int]) -> List[Tuple[float, float]]:
    """A polygon's corners, cut at the border of the picture by what rounding put outside."""
    is_even = isinstance(polygon, list) and len(polygon) >= 6 and len(polygon) % 2 == 0
    if not is_even or any(type(value) not in (int, float) for value in polygon):
        raise ValueError("'segmentation' is no polygon: x and y of three corners or more")
    corners = list(zip(polygon[::2], polygon[1::2]))
    for corner in corners:
        if not all(-1 < value < side + 1 for value, side in zip(corner, size_wh)):
            raise ValueError("'segmentation' leaves the picture")
    return [
        (min(max(x, 0.0), float(size_wh[0])), min(max(y, 0.0), float(size_wh[1])))
        for x, y in corners
    ]


def _filled(points: List[List[Tuple[float, float]]], size_wh: Tuple[int, int]) -> Optional[Mask]:
    import numpy as np

    # brings OpenCV, whose import takes longer than reading a file without polygons
    from tod_ros.images.polygons import HALF, covered

    shares, at_xy = covered([np.array(polygon) for polygon in points], size_wh)
    least = min(HALF, int(shares.max(initial=0)))  # a sliver never fills half a pixel
    return from_part(shares >= least, at_xy, size_wh) if least else None
