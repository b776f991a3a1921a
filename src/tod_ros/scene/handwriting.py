"""A pen's strokes: a symbol, a hand and a seed become ink, never twice the same."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import List, Tuple

import cv2
import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene.glyphs import GLYPHS, NUMBER_WORDS
from tod_ros.scene.invented_marks import INVENTED
from tod_ros.text import did_you_mean

Strokes = Tuple[np.ndarray, ...]
MOST_MIXED = 0.5  # of the way from one style to another
FARTHEST_STYLE = 0.22  # mean distance in heights of a mark: styles further apart do not mix
MIXED_POINTS = 48


@dataclass(frozen=True)
class Hand:
    """How one person writes: the same for all marks of a scene, within `wobble`."""

    style: float  # 0..1 picks the style of each symbol
    slant: float  # shear, positive leans to the right
    width: float  # of the letters, 1 = as in the glyph table
    wobble: float  # jitter of the points, in parts of the height
    pen: float  # width of the pen in parts of the height
    height: float  # of a mark in parts of a face's edge
    faithful: float = 0.6  # share of the marks that are in this hand's own style
    mixed: float = 0.0  # how far a mark may go from its style towards another one


def random_hand(rng: np.random.Generator, calm: bool = False) -> Hand:
    spread = 0.4 if calm else 1.0
    return Hand(
        style=rng.random(),
        slant=rng.normal(0.06, 0.14 * spread),
        width=float(np.exp(rng.normal(0.0, 0.16 * spread))),
        wobble=rng.uniform(0.004, 0.045) * spread,
        pen=float(np.exp(rng.uniform(np.log(0.055), np.log(0.20)))),
        height=rng.uniform(0.5, 0.65) if calm else rng.uniform(0.42, 0.82),
        mixed=0.0 if calm or rng.random() < 0.4 else MOST_MIXED,
    )


def can_be_drawn(class_name: str) -> bool:
    try:
        symbol_of(class_name)
    except SceneError:
        return False
    return True


def symbol_of(class_name: str) -> str:
    """The symbol of a class: `one` and `1` are the digit, `star` the star, `A` the letter."""
    name = class_name.strip()
    lower = name.lower()
    if lower in NUMBER_WORDS:
        return str(NUMBER_WORDS.index(lower))
    for candidate in (name, lower, name.upper()):
        if candidate in GLYPHS or candidate in INVENTED:
            return candidate
    known = list(GLYPHS) + NUMBER_WORDS
    raise SceneError(f"class {class_name!r} cannot be drawn{did_you_mean(class_name, known)}")


def write(symbol: str, hand: Hand, rng: np.random.Generator) -> Strokes:
    """The pen's way as polylines; the mark is 1 high and centred on 0,0."""
    styles = _styles(symbol)
    style = int(hand.style * 997) if rng.random() < hand.faithful else int(rng.integers(997))
    shear = np.array([[hand.width, -hand.slant], [0.0, 1.0]])
    turn = rng.normal(0.0, 0.05)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    stretch = np.diag(np.exp(rng.normal(0.0, 0.06, 2)))
    strokes = [
        _smooth(points + rng.normal(0.0, hand.wobble, points.shape), corners)
        for points, corners in styles[style % len(styles)]
    ]
    if hand.mixed:
        other = _even_styles(symbol)[int(rng.integers(len(styles)))]
        strokes = _mix(strokes, other, rng.uniform(0, hand.mixed))
    return _centred([stroke @ (turned @ stretch @ shear).T for stroke in strokes])


def _mix(strokes: List[np.ndarray], others: Strokes, share: float) -> List[np.ndarray]:
    """Between two styles that run the same way, the other's points even; else the first one."""
    if len(strokes) != len(others):
        return strokes
    pairs = [(_evenly(a), b) for a, b in zip(strokes, others)]
    distances = [np.linalg.norm(a - b, axis=1).mean() for a, b in pairs]
    if sum(distances) / len(distances) > FARTHEST_STYLE:
        return strokes
    return [a + share * (b - a) for a, b in pairs]


def _evenly(points: np.ndarray) -> np.ndarray:
    """The same curve as points at equal distances along it."""
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0.0, way[-1], MIXED_POINTS)
    return np.stack([np.interp(at, way, points[:, axis]) for axis in (0, 1)], axis=1)


def drawn_styles(symbol: str) -> Tuple[Strokes, ...]:
    """Each style of a symbol as it stands in the table of glyphs; 1 high, centred on 0,0."""
    return tuple(
        _centred([_smooth(points, corners) for points, corners in strokes])
        for strokes in _styles(symbol)
    )


def ink(
    strokes: Strokes, size: int, height: float, pen: float, at_xy: Tuple[float, float]
) -> np.ndarray:
    """The strokes as a picture 0..255 of `size` pixels; `height`, `pen` and `at_xy` in pixels."""
    mask = np.zeros((size, size), np.uint8)
    thickness = max(1, int(round(pen)))
    lines = [_fixed_point(points * height + at_xy) for points in strokes]
    cv2.polylines(mask, lines, False, 255, thickness, cv2.LINE_AA, shift=_SHIFT)
    return mask


_SHIFT = 4


def _fixed_point(points: np.ndarray) -> np.ndarray:
    return np.round(points * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2)


@functools.lru_cache(maxsize=None)
def _styles(symbol: str) -> Tuple[Tuple[Tuple[np.ndarray, Tuple[int, ...]], ...], ...]:
    return tuple(
        tuple(_read_stroke(stroke) for stroke in style.split("|"))
        for style in (GLYPHS.get(symbol) or INVENTED[symbol])
    )


@functools.lru_cache(maxsize=None)
def _even_styles(symbol: str) -> Tuple[Strokes, ...]:
    return tuple(
        tuple(_evenly(_smooth(points, corners)) for points, corners in strokes)
        for strokes in _styles(symbol)
    )


def _read_stroke(text: str) -> Tuple[np.ndarray, Tuple[int, ...]]:
    words = text.split()
    corners = tuple(i for i, word in enumerate(words) if word.endswith("!"))
    points = [[float(part) / 100 for part in word.rstrip("!").split(",")] for word in words]
    return np.array(points), corners


def _smooth(points: np.ndarray, corners: Tuple[int, ...]) -> np.ndarray:
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


def _centred(way: List[np.ndarray]) -> Strokes:
    everything = np.concatenate(way)
    low, high = everything.min(axis=0), everything.max(axis=0)
    return tuple((points - (low + high) / 2) / max(high[1] - low[1], 0.3) for points in way)
