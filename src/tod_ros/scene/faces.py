"""The faces of a cube: paper, its edges, and a mark in its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Tuple

import cv2
import numpy as np

from tod_ros.scene.handwriting import Hand, ink, write
from tod_ros.scene.textures import as_pixels, colour, for_each_channel, smooth_noise, tinted

SMALLEST_TEXTURE_PX = 64


@dataclass(frozen=True)
class Paper:
    """What the cubes of a scene are made of, as a rule all alike. Lengths are parts of an edge."""

    colour_bgr: np.ndarray
    ink_bgr: np.ndarray
    ink_cover: float  # 1 hides the paper altogether
    crumple: float  # unevenness of the paper's brightness
    dents: float  # share of the faces that are bent along a side
    edge: str  # none, dashes, dots, line
    edge_bgr: np.ndarray
    edge_width: float
    edge_inset: float
    dash: float
    dash_pitch: float


def random_paper(rng: np.random.Generator, calm: bool = False) -> Paper:
    paper = (
        colour(rng, 205, 250, 0.05) if calm or rng.random() < 0.8 else colour(rng, 150, 250, 0.5)
    )
    pen = colour(rng, 10, 60, 0.3) if calm or rng.random() < 0.75 else colour(rng, 60, 150, 1.0)
    if not calm and rng.random() < 0.04:
        paper, pen = colour(rng, 20, 70, 0.6), colour(rng, 190, 250, 0.2)
    edges = ("none",) if calm else ("none", "dashes", "dashes", "dots", "line")
    dash = rng.uniform(0.02, 0.08)
    return Paper(
        colour_bgr=paper,
        ink_bgr=pen,
        ink_cover=1.0 if calm else rng.uniform(0.8, 1.0),
        crumple=0.02 if calm else rng.uniform(0.0, 0.09),
        dents=0.0 if calm else rng.uniform(0.0, 0.3),
        edge=edges[int(rng.integers(len(edges)))],
        edge_bgr=(paper * rng.uniform(0.1, 0.75)).astype(np.float32),
        edge_width=rng.uniform(0.008, 0.035),
        edge_inset=rng.uniform(0.0, 0.03),
        dash=dash,
        dash_pitch=dash * rng.uniform(1.4, 2.6),
    )


def plain_face(paper: Paper, rng: np.random.Generator, size: int) -> np.ndarray:
    """A face without a mark, uint8."""
    shade = np.ones((size, size), np.float32)
    if paper.crumple > 0:
        shade += smooth_noise(rng, (size, size), (3, 3))[..., 0] * np.float32(paper.crumple)
    face = tinted(shade, paper.colour_bgr)
    if paper.dents > 0 and rng.random() < paper.dents:
        face *= for_each_channel(_dent(rng, size))
    pixels = as_pixels(face)
    if rng.random() < paper.crumple * 2:
        _fold(pixels, rng)
    if paper.edge != "none":
        _edges(pixels, paper)
    return pixels


def marked_face(
    paper: Paper,
    symbol: str,
    hand: Hand,
    rng: np.random.Generator,
    size: int,
    least_pen: float = 1.0,
) -> np.ndarray:
    """A face of `size` pixels with a written mark; `least_pen` is the thinnest line in pixels."""
    face = plain_face(paper, rng, size)
    wished = mark_height(hand, rng, size)
    strokes = write(symbol, hand, rng)
    height, at = placed(rng, size, wished, float(np.ptp(np.concatenate(strokes)[:, 0])))
    pen = max(hand.pen * height, least_pen)
    cover = ink(strokes, size, height, pen, at)
    return inked(face, paper, cover, 255.0)


def mark_height(hand: Hand, rng: np.random.Generator, size: int) -> float:
    """How high this hand writes a mark this time, in pixels of a face of `size`."""
    return min(max(rng.normal(hand.height, 0.03), 0.36), 0.84) * size


def placed(
    rng: np.random.Generator, size: int, wished: float, width: float
) -> Tuple[float, Tuple[float, float]]:
    """The height and the middle of a mark that stays on its face; `width` is in heights."""
    height = min(wished, 0.8 * size / max(width, 0.01))
    at = []
    for extent in (width * height, height):
        spare = max(0.42 * size - extent / 2, 0.0)
        at.append(size / 2 + min(max(rng.normal(0, 0.045) * size, -spare), spare))
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


def _dent(rng: np.random.Generator, size: int) -> np.ndarray:
    """The brightness of paper bent along a side: a rim in other light, and a shadow beside it."""
    along = np.linspace(0, 1, size, dtype=np.float32)
    across = along[:, None]
    beyond = across - np.float32(rng.uniform(0.03, 0.2)) - along * np.float32(rng.normal(0, 0.05))
    rim = np.float32(rng.normal(0.02, 0.04)) / (1 + np.exp(beyond * np.float32(60)))
    depth, width = np.float32(rng.uniform(0.05, 0.3)), np.float32(rng.uniform(0.02, 0.1))
    shadow = depth * np.exp(-np.abs(beyond) / np.where(beyond < 0, np.float32(0.01), width))
    middle, reach = np.float32(rng.uniform(0, 1)), np.float32(rng.uniform(0.15, 0.6))
    bent = np.exp(-(((along - middle) / reach) ** 2))
    return np.rot90(1 + (rim - shadow) * bent, int(rng.choice((0, 0, 1, 2, 3))))


def _fold(face: np.ndarray, rng: np.random.Generator) -> None:
    """A crease: one side of a line is a little darker."""
    size = face.shape[0]
    ends = rng.uniform(0, size, (2, 2)).astype(int)
    darker = (face[size // 2, size // 2] * rng.uniform(0.8, 0.95)).tolist()
    cv2.line(
        face,
        tuple(ends[0].tolist()),
        tuple(ends[1].tolist()),
        darker,
        max(1, size // 50),
        cv2.LINE_AA,
    )


def _edges(face: np.ndarray, paper: Paper) -> None:
    """The printed or sewn outline of the paper net."""
    size = face.shape[0]
    inset = int(paper.edge_inset * size)
    far = size - 1 - inset
    thickness = max(1, int(round(paper.edge_width * size)))
    shade = paper.edge_bgr.tolist()
    if paper.edge == "line":
        cv2.rectangle(face, (inset, inset), (far, far), shade, thickness, cv2.LINE_AA)
        return
    length = 0.0 if paper.edge == "dots" else paper.dash
    dashes = []
    for start in np.arange(0.01, 1.0 - length, max(paper.dash_pitch, 0.03)).tolist():
        a, b = int(start * size), int((start + length) * size)
        dashes += [
            ((a, inset), (b, inset)),
            ((a, far), (b, far)),
            ((inset, a), (inset, b)),
            ((far, a), (far, b)),
        ]
    cv2.polylines(face, np.array(dashes, np.int32), False, shade, thickness, cv2.LINE_AA)


def photographed_face(photo: Optional[np.ndarray], size: int) -> np.ndarray:
    """A photograph of a face, square."""
    return cv2.resize(photo, (size, size), interpolation=cv2.INTER_AREA)
