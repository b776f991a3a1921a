"""Marks taken from photographs of faces, to be written again (`handwriting.write_again`).

A captured mark is kept as a signed distance field: at each point, how far it is to the edge of
the ink, positive inside. A pen of another width is then another threshold, and what is bent stays
smooth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import cv2
import numpy as np

from tod_ros.scene.textures import as_pixels

FIELD_PX = 64  # height of a mark in its field, whose margin is half of that on each side
_FACE_PX = 160  # of a face in which ink is looked for
_MIDDLE = 0.07  # of the face's edge: what is in this border is no mark, as a rule
_LEAST_INSIDE = 0.8  # of a mark's ink is not in that border
_LEAST_CONTRAST = 14.0  # levels between ink and paper
_LEAST_STANDING_OUT = 3.0  # contrast of the ink, in that of all the rest
_LEAST_INK, _MOST_INK = 0.008, 0.34  # share of the face
_MOST_PARTS = 6  # that do not touch


@dataclass(frozen=True)
class CapturedMark:
    """One captured mark; lengths are parts of its height."""

    field: np.ndarray  # float32 [2*FIELD_PX, any], signed distances
    pen: float  # width of the stroke
    width: float


def capture_mark(bgr_face: np.ndarray) -> Optional[CapturedMark]:
    """The mark on a face (a picture of it, cut out); None where no ink stands out from paper."""
    ink = _ink(cv2.resize(bgr_face, (_FACE_PX, _FACE_PX), interpolation=cv2.INTER_CUBIC))
    return None if ink is None else mark_from_ink(ink)


def mark_from_ink(ink: np.ndarray) -> CapturedMark:
    """The mark whose ink is 255 in a picture that is 0 elsewhere."""
    x, y, width, height = cv2.boundingRect(ink)
    tight = ink[y : y + height, x : x + width]
    scale = FIELD_PX / max(height, 0.35 * width)
    size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
    grown = cv2.resize(tight, size_wh, interpolation=cv2.INTER_CUBIC)
    side = FIELD_PX // 2
    top = (2 * FIELD_PX - size_wh[1]) // 2
    bottom = 2 * FIELD_PX - size_wh[1] - top
    padded = cv2.copyMakeBorder(grown, top, bottom, side, side, cv2.BORDER_CONSTANT, value=0)
    inside = (padded > 127).astype(np.uint8)
    # OpenCV measures to the next pixel's centre, the edge lies half a pixel nearer
    near = np.where(inside > 0, _distance(inside) - 0.5, 0.5 - _distance(1 - inside))
    field = (near / FIELD_PX).astype(np.float32)
    middle = field[inside > 0]
    pen = 4.0 * float(middle.mean()) if middle.size else 0.1  # the mean over a stroke's profile
    return CapturedMark(field, float(np.clip(pen, 0.02, 0.5)), size_wh[0] / FIELD_PX)


def _ink(face: np.ndarray) -> Optional[np.ndarray]:
    """255 where ink is: what differs from the paper around, connected, in the middle."""
    lab = cv2.cvtColor(face, cv2.COLOR_BGR2LAB)
    paper = cv2.medianBlur(lab, 2 * int(_FACE_PX * 0.3) + 1)
    apart = np.sqrt(((lab.astype(np.float32) - paper) ** 2).sum(axis=2))
    apart = cv2.GaussianBlur(apart, (0, 0), 1.2)
    border = int(_MIDDLE * _FACE_PX)
    middle = apart[border:-border, border:-border]
    level, _ = cv2.threshold(as_pixels(middle), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    strong = middle[middle > max(level, _LEAST_CONTRAST)]
    if not strong.size or strong.mean() < _LEAST_STANDING_OUT * middle[middle <= level].mean():
        return None
    # half of full ink is the stroke's own edge, however blurred
    edge = max(0.5 * float(np.percentile(strong, 75)), _LEAST_CONTRAST)
    ink, count = _marks_own((apart > edge).astype(np.uint8), border)
    share = float(ink.mean())
    if not _LEAST_INK <= share <= _MOST_INK or count > _MOST_PARTS:
        return None
    return ink * np.uint8(255)


def _marks_own(found: np.ndarray, border: int) -> Tuple[np.ndarray, int]:
    """Of all that was found, what belongs to the mark, no edges of paper, no specks; its parts.

    A large mark reaches into the border, but most of its ink is not there, as an edge's is.
    """
    _, labels, stats, centres = cv2.connectedComponentsWithStats(found, connectivity=8)
    ink = np.zeros_like(found)
    areas = stats[1:, cv2.CC_STAT_AREA]
    parts = 0
    for number, area in enumerate(areas, start=1):
        x, y, width, height, _ = stats[number]
        reach = min(x, y, found.shape[1] - x - width, found.shape[0] - y - height)
        own = labels == number
        inside = np.count_nonzero(own[border:-border, border:-border]) / area
        off = np.abs(centres[number] / found.shape[0] - 0.5).max()
        is_whole = reach > 0 and inside >= _LEAST_INSIDE
        if is_whole and off < 0.36 and area >= 0.04 * areas.max():
            ink[own] = 1
            parts += 1
    return ink, parts


def _distance(mask: np.ndarray) -> np.ndarray:
    return cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
