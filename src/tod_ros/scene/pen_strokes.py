"""The strokes of a mark as smooth curves, read from the table of styles."""

from __future__ import annotations

import functools
from typing import List, Tuple

import numpy as np

from tod_ros.scene.invented_marks import INVENTED
from tod_ros.scene.mark_styles import MARKS

Strokes = Tuple[np.ndarray, ...]
Stroke = Tuple[np.ndarray, Tuple[int, ...]]  # its points, and which of them are corners
FARTHEST_STYLE = 0.22  # mean distance in heights of a mark: styles further apart do not mix
MIXED_POINTS = 48


def drawn_styles(mark: str) -> Tuple[Strokes, ...]:
    """Each style of a mark as it stands in the table; 1 high, centred on 0,0."""
    return tuple(
        centred([smooth(points, corners) for points, corners in strokes])
        for strokes in styles_of(mark)
    )


@functools.lru_cache(maxsize=None)
def styles_of(mark: str) -> Tuple[Tuple[Stroke, ...], ...]:
    return tuple(
        tuple(_read_stroke(stroke) for stroke in style.split("|"))
        for style in (MARKS.get(mark) or INVENTED[mark])
    )


@functools.lru_cache(maxsize=None)
def even_styles(mark: str) -> Tuple[Strokes, ...]:
    return tuple(
        tuple(evenly(smooth(points, corners)) for points, corners in strokes)
        for strokes in styles_of(mark)
    )


def _read_stroke(text: str) -> Stroke:
    words = text.split()
    corners = tuple(i for i, word in enumerate(words) if word.endswith("!"))
    points = [[float(part) / 100 for part in word.rstrip("!").split(",")] for word in words]
    return np.array(points), corners


def smooth(points: np.ndarray, corners: Tuple[int, ...]) -> np.ndarray:
    """A curve through the points, broken at the corners (Catmull-Rom)."""
    ends = [0, *(c for c in corners if 0 < c < len(points) - 1), len(points) - 1]
    pieces = [_catmull_rom(points[a : b + 1]) for a, b in zip(ends, ends[1:])]
    return np.concatenate(pieces)


def _catmull_rom(points: np.ndarray) -> np.ndarray:
    if len(points) == 2:
        return points
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    p0, p1, p2, p3 = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = _STEPS[:, None, None]
    curve = p1 + 0.5 * t * (
        p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))
    )
    return np.concatenate([curve.transpose(1, 0, 2).reshape(-1, 2), points[-1:]])


_STEPS = np.arange(6) / 6


def centred(way: List[np.ndarray]) -> Strokes:
    everything = np.concatenate(way)
    low, high = everything.min(axis=0), everything.max(axis=0)
    return tuple((points - (low + high) / 2) / max(high[1] - low[1], 0.3) for points in way)


def mix(strokes: List[np.ndarray], others: Strokes, share: float) -> List[np.ndarray]:
    """Between two styles that run the same way, the other's points even; else the first one."""
    if len(strokes) != len(others):
        return strokes
    pairs = [(evenly(a), b) for a, b in zip(strokes, others)]
    distances = [np.linalg.norm(a - b, axis=1).mean() for a, b in pairs]
    if sum(distances) / len(distances) > FARTHEST_STYLE:
        return strokes
    return [a + share * (b - a) for a, b in pairs]


def evenly(points: np.ndarray) -> np.ndarray:
    """The same curve as points at equal distances along it."""
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0.0, way[-1], MIXED_POINTS)
    return np.stack([np.interp(at, way, points[:, axis]) for axis in (0, 1)], axis=1)
