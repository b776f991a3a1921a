"""Marks taken from photographs of faces, and written again: another pen, slant, width, wobble.

A captured mark is kept as a signed distance field: at each point, how far it is to the edge of
the ink, positive inside. A pen of another width is then another threshold, and what is bent stays
smooth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import cv2
import numpy as np

from tod_ros.scene.faces import Paper, inked, mark_height, placed, plain_face
from tod_ros.scene.handwriting import Hand
from tod_ros.scene.textures import as_pixels, smooth_noise

FIELD_PX = 64  # height of a mark in its field, whose margin is half of that on each side
_FACE_PX = 160  # of a face in which ink is looked for
_MIDDLE = 0.07  # of the face's edge: what is in this border is no mark, as a rule
_LEAST_INSIDE = 0.8  # of a mark's ink is not in that border
_LEAST_CONTRAST = 14.0  # levels between ink and paper
_LEAST_STANDING_OUT = 3.0  # contrast of the ink, in that of all the rest
_LEAST_INK, _MOST_INK = 0.008, 0.34  # share of the face
_MOST_PARTS = 6  # that do not touch


@dataclass(frozen=True)
class Mark:
    """One captured mark; lengths are parts of its height."""

    field: np.ndarray  # float32 [2*FIELD_PX, any], signed distances
    pen: float  # width of the stroke
    width: float


def capture_mark(bgr_face: np.ndarray) -> Optional[Mark]:
    """The mark on a face (a picture of it, cut out); None where no ink stands out from paper."""
    ink = _ink(cv2.resize(bgr_face, (_FACE_PX, _FACE_PX), interpolation=cv2.INTER_CUBIC))
    return None if ink is None else mark_of(ink)


def mark_of(ink: np.ndarray) -> Mark:
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
    return Mark(field, float(np.clip(pen, 0.02, 0.5)), size_wh[0] / FIELD_PX)


def marked_again(
    paper: Paper,
    mark: Mark,
    hand: Hand,
    rng: np.random.Generator,
    size: int,
    least_pen: float = 1.0,
) -> np.ndarray:
    """A face of `size` pixels that bears the mark; what faces.marked_face is for symbols."""
    face = plain_face(paper, rng, size)
    height, at = placed(rng, size, mark_height(hand, rng, size), mark.width * hand.width)
    pen = max(hand.pen * height, least_pen)
    return inked(face, paper, _write(mark, hand, rng, size, height, pen, at), 1.0)


def _write(
    mark: Mark,
    hand: Hand,
    rng: np.random.Generator,
    size: int,
    height: float,
    pen: float,
    at: Tuple[float, float],
) -> np.ndarray:
    """How far each pixel of a face is covered, 0..1."""
    turn = rng.normal(0.0, 0.07)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    # the captured hand has a slant and a width of its own: half of another hand's is added
    shear = np.array([[hand.width**0.7, -0.7 * hand.slant], [0.0, 1.0]])
    stretch = np.diag(np.exp(rng.normal(0.0, 0.08, 2)))
    back = np.linalg.inv(turned @ stretch @ shear) / height * FIELD_PX
    x, y = np.meshgrid(np.arange(size) - at[0], np.arange(size) - at[1])
    u = back[0, 0] * x + back[0, 1] * y + mark.field.shape[1] / 2
    v = back[1, 0] * x + back[1, 1] * y + mark.field.shape[0] / 2
    for cells, reach in ((3, 0.055), (5, 0.025)):
        bend = smooth_noise(rng, (size, size), (cells, cells), 2)
        u = u + bend[..., 0] * np.float32(reach * FIELD_PX * rng.random())
        v = v + bend[..., 1] * np.float32(reach * FIELD_PX * rng.random())
    field = cv2.remap(
        mark.field,
        u.astype(np.float32),
        v.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=-1.0,
    )
    thinnest = -0.3 * mark.pen * height  # a stroke thinned further falls to pieces
    grow = max((pen - mark.pen * height) / 2, thinnest)
    return np.clip(field * np.float32(height) + np.float32(grow + 0.5), 0, 1)


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
