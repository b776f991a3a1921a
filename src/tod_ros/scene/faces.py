"""The faces of a cube: paper with a mark on it, seen in its place."""

from __future__ import annotations

import math
from typing import Optional, Tuple, Union

import cv2
import numpy as np

from tod_ros.scene.captured_marks import CapturedMark
from tod_ros.scene.handwriting import Hand, ink, write, write_again
from tod_ros.scene.paper import Paper, plain_face
from tod_ros.scene.textures import as_pixels, for_each_channel

SMALLEST_TEXTURE_PX = 64
Mark = Union[str, CapturedMark]  # "" is none


def marked_face(
    paper: Paper,
    mark: Mark,
    hand: Hand,
    rng: np.random.Generator,
    size: int,
    least_pen: float = 1.0,
) -> np.ndarray:
    """A face of `size` pixels with a written mark; `least_pen` is the thinnest line in pixels."""
    face = plain_face(paper, rng, size)
    if not mark:
        return face
    wished = mark_height(hand, rng, size)
    if isinstance(mark, CapturedMark):
        height, at = placed(rng, size, wished, mark.width * hand.width, hand.astray)
        pen = max(hand.pen * height, least_pen)
        return inked(face, paper, write_again(mark, hand, rng, size, height, pen, at), 1.0)
    strokes = write(mark, hand, rng)
    width = float(np.ptp(np.concatenate(strokes)[:, 0]))
    height, at = placed(rng, size, wished, width, hand.astray)
    pen = max(hand.pen * height, least_pen)
    return inked(face, paper, ink(strokes, size, height, pen, at), 255.0)


def mark_height(hand: Hand, rng: np.random.Generator, size: int) -> float:
    """How high this hand writes a mark this time, in pixels of a face of `size`."""
    return min(max(rng.normal(hand.height, 0.03), 0.36), 0.84) * size


def placed(
    rng: np.random.Generator, size: int, wished: float, width: float, astray: float = 0.045
) -> Tuple[float, Tuple[float, float]]:
    """The height and the middle of a mark that stays on its face; `width` is in heights."""
    height = min(wished, 0.8 * size / max(width, 0.01))
    at = []
    for extent in (width * height, height):
        spare = max(0.42 * size - extent / 2, 0.0)
        at.append(size / 2 + min(max(rng.normal(0, astray) * size, -spare), spare))
    return height, (at[0], at[1])


def inked(face: np.ndarray, paper: Paper, cover: np.ndarray, full: float) -> np.ndarray:
    """The face under ink; a `cover` of `full` is where the pen went over a whole pixel."""
    share = for_each_channel(cover * np.float32(paper.ink_cover / full))
    missing = cv2.subtract((*paper.ink_bgr.tolist(), 0), face, dtype=cv2.CV_32F)
    return as_pixels(face + missing * share)


def texture_size(corners: np.ndarray) -> int:
    """Pixels of a face's picture that suit the quadrilateral it will be seen in."""
    ends = corners.tolist()
    sides = [(bx - ax, by - ay) for (ax, ay), (bx, by) in zip(ends, ends[1:] + ends[:1])]
    longest = math.sqrt(max(x * x + y * y for x, y in sides))
    return int(min(max(longest * 1.1 + 2, 8), 400))


def paste(
    image: np.ndarray,
    face: np.ndarray,
    corners: np.ndarray,
    brightness: float = 1.0,
    cover: float = 1.0,
) -> None:
    """Draw a square face into the quadrilateral `corners` (upper left, then clockwise)."""
    xs, ys = corners.T.tolist()
    x0, y0 = max(math.floor(min(xs)) - 1, 0), max(math.floor(min(ys)) - 1, 0)
    x1 = min(math.ceil(max(xs)) + 2, image.shape[1])
    y1 = min(math.ceil(max(ys)) + 2, image.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    wanted = texture_size(corners)
    if face.shape[0] > 1.5 * wanted:
        face = cv2.resize(face, (wanted, wanted), interpolation=cv2.INTER_AREA)
    size, window = face.shape[0], (x1 - x0, y1 - y0)
    local = (corners - (x0, y0) - 0.5).astype(np.float32)
    own = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32) - np.float32(0.5)
    warp = cv2.getPerspectiveTransform(own, local)
    drawn = cv2.warpPerspective(
        face, warp, window, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = np.zeros(window[::-1], np.uint8)
    cv2.fillConvexPoly(mask, np.round(local * 16).astype(np.int32), 255, cv2.LINE_AA, shift=4)
    share = for_each_channel(mask * np.float32(cover / 255.0))
    behind = image[y0:y1, x0:x1].astype(np.float32)
    image[y0:y1, x0:x1] = as_pixels(behind + (drawn * np.float32(brightness) - behind) * share)


def photographed_face(photo: Optional[np.ndarray], size: int) -> np.ndarray:
    """A photograph of a face, square."""
    return cv2.resize(photo, (size, size), interpolation=cv2.INTER_AREA)
