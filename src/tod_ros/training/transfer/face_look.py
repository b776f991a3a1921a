"""Whether boxes hold what can be drawn: faces of cubes, seen from in front.

A face fills the corners of its box: just inside of them is paper, just outside the room. Other
objects are round, or have edges at all angles: in the corners of their boxes the background shows.
"""

from __future__ import annotations

from statistics import median
from typing import List, Optional, Sequence

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.dataset.samples import Sample
from tod_ros.images.image_file import read_image

MOST_PICTURES = 12  # more would say the same, and a phone's pictures take long to read
# Of the contrast inside a box. Medians seen: .06 for printed balls, cubes and stars (240 boxes of
# real pictures), 1.9 for the faces of 7 real pictures, 1.3 for the hardest drawn ones.
FACES_STAND_OUT = 0.35
PATCH, INSIDE, OUTSIDE = 0.06, 0.1, 0.12  # in parts of a box's sides: half a patch, its distances
LEAST_CONTRAST = 2.0  # levels, of noise alone


def look_like_faces(samples: Sequence[Sample]) -> Optional[bool]:
    """Whether most boxes are filled to their corners; None without any box to look at."""
    found: List[float] = []
    for sample in samples[:MOST_PICTURES]:
        if sample.annotation.boxes:
            grey = cv2.cvtColor(read_image(sample.picture), cv2.COLOR_BGR2GRAY).astype(np.float32)
            stands_out = (corner_contrast(grey, box) for box in sample.annotation.boxes)
            found += [value for value in stands_out if value is not None]
    return median(found) >= FACES_STAND_OUT if found else None


def corner_contrast(grey: np.ndarray, box: Box) -> Optional[float]:
    """How the corners of a box differ from what is around it, in parts of the contrast inside."""
    wide, high = box.xmax - box.xmin, box.ymax - box.ymin
    apart = []
    for x, inward_x in ((box.xmin, wide), (box.xmax, -wide)):
        for y, inward_y in ((box.ymin, high), (box.ymax, -high)):
            inside = _patch(grey, x + INSIDE * inward_x, y + INSIDE * inward_y, wide, high)
            outside = _patch(grey, x - OUTSIDE * inward_x, y - OUTSIDE * inward_y, wide, high)
            if inside.size and outside.size:
                apart.append(abs(float(inside.mean() - outside.mean())))
    whole = grey[
        max(int(box.ymin), 0) : int(box.ymax) + 1, max(int(box.xmin), 0) : int(box.xmax) + 1
    ]
    if not apart or not whole.size:
        return None
    return median(apart) / (float(whole.std()) + LEAST_CONTRAST)


def _patch(grey: np.ndarray, x: float, y: float, wide: float, high: float) -> np.ndarray:
    """Around a point; empty outside of the picture."""
    left, right = x - wide * PATCH, x + wide * PATCH
    top, bottom = y - high * PATCH, y + high * PATCH
    return grey[
        max(int(top), 0) : max(int(bottom) + 1, 0), max(int(left), 0) : max(int(right) + 1, 0)
    ]
