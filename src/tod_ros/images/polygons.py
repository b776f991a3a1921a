"""Which pixels lie in polygons: how much of each one does."""

from __future__ import annotations

import math
from typing import Sequence, Tuple

import cv2
import numpy as np

FINER = 4  # so many parts of a pixel's side are looked at
LARGE = 2_000_000  # pixels, from which on whole ones are: of so many, those at the border are few
_SHIFT = 4  # bits of a part's fraction
HALF = 128  # of 255


def covered(
    polygons: Sequence[np.ndarray], size_wh: Tuple[int, int]
) -> Tuple[np.ndarray, Tuple[int, int]]:
    """The shares [h,w] (255 is the whole pixel) of the part of a picture around all polygons.

    A polygon is its corners [N,2], x and y. The part begins at the x and y that come with it.
    """
    corners = np.concatenate(polygons)
    x0, y0 = (max(math.floor(low), 0) for low in corners.min(axis=0))
    x1, y1 = (min(math.ceil(high), end) for high, end in zip(corners.max(axis=0), size_wh))
    if x1 <= x0 or y1 <= y0:
        return np.zeros((0, 0), np.uint8), (0, 0)
    finer = FINER if (y1 - y0) * (x1 - x0) <= LARGE else 1
    fine = np.zeros(((y1 - y0) * finer, (x1 - x0) * finer), np.uint8)
    for polygon in polygons:  # one by one: together, what two of them share would be outside
        ends = ((np.asarray(polygon) - (x0, y0)) * finer - 0.5) * (1 << _SHIFT)
        cv2.fillPoly(fine, [np.round(ends).astype(np.int32)], 255, cv2.LINE_8, _SHIFT)
    if finer > 1:
        fine = cv2.resize(fine, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    return fine, (x0, y0)
