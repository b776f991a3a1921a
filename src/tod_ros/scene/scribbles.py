"""Strokes at random, never twice the same, that pass for no mark: waves, zigzags, bars, rings.

A straight or bent stroke alone may be somebody's 1 or 7: none is drawn so. They are
others than those of invented_marks.py, by which a network that has learnt from these is judged.
"""

from __future__ import annotations

from typing import Callable, List, Tuple

import cv2
import numpy as np

from tod_ros.scene.captured_marks import CapturedMark, mark_from_ink

_INK_PX, _MARGIN_PX = 128, 24
_CURVE_POINTS = 40
Stroke = np.ndarray  # [N,2] in parts of the mark's height


def scribble(rng: np.random.Generator) -> CapturedMark:
    """One to four strokes in a square, drawn with any pen."""
    begin, stands_alone = _FIRST[int(rng.integers(len(_FIRST)))]
    more = int(rng.choice(4, p=(0.25, 0.35, 0.25, 0.15))) or (0 if stands_alone else 1)
    drawn = [begin(rng), *(_MORE[int(rng.integers(len(_MORE)))](rng) for _ in range(more))]
    ink = np.zeros((_INK_PX + 2 * _MARGIN_PX,) * 2, np.uint8)
    thick = max(int(round(float(np.exp(rng.uniform(np.log(0.03), np.log(0.14)))) * _INK_PX)), 2)
    for stroke in drawn:
        points = np.clip(stroke, 0, 1) * _INK_PX + _MARGIN_PX
        cv2.polylines(ink, [np.round(points).astype(np.int32)], False, 255, thick)
    return mark_from_ink(ink)


def _bar(rng: np.random.Generator) -> Stroke:
    return rng.uniform(0, 1, (2, 2))


def _hook(rng: np.random.Generator) -> Stroke:
    return rng.uniform(0, 1, (3, 2))


def _zigzag(rng: np.random.Generator) -> Stroke:
    """Three turns at least: with fewer it may be a Z or an N."""
    count = int(rng.integers(5, 8))
    along, across = np.linspace(0, 1, count), np.arange(count) % 2 * rng.uniform(0.3, 1.0)
    points = np.stack([along, across + rng.normal(0, 0.08, count)], axis=1)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points - points.mean(axis=0)) @ turn.T + 0.5


def _ring(rng: np.random.Generator) -> Stroke:
    """Nearly round, nearly closed."""
    angles = rng.uniform(0, 2 * np.pi) + np.linspace(
        0, rng.uniform(1.3, 2.2) * np.pi, _CURVE_POINTS
    )
    radii = rng.uniform(0.15, 0.5, 2)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii + rng.uniform(0.3, 0.7, 2)


def _spiral(rng: np.random.Generator) -> Stroke:
    angles = rng.choice([-1, 1]) * np.linspace(0, rng.uniform(2.6, 5) * np.pi, _CURVE_POINTS)
    out = np.linspace(0.05, rng.uniform(0.3, 0.5), _CURVE_POINTS)
    angles += rng.uniform(0, 2 * np.pi)
    return np.stack([out * np.cos(angles), out * np.sin(angles)], axis=1) + rng.uniform(0.4, 0.6, 2)


def _wave(rng: np.random.Generator) -> Stroke:
    """A smooth way that crosses the square twice or more, in both directions."""
    way = np.linspace(0, 2 * np.pi, _CURVE_POINTS)[:, None]
    paces, starts = rng.uniform(0.5, 2.2, 2), rng.uniform(0, 2 * np.pi, 2)
    return 0.5 + rng.uniform(0.25, 0.5, 2) * np.sin(way * paces + starts)


_FIRST: Tuple[Tuple[Callable[[np.random.Generator], Stroke], bool], ...] = (
    *((_zigzag, True), (_spiral, True)),
    *((_wave, False), (_wave, False), (_ring, False), (_hook, False)),
)
_MORE: List[Callable[[np.random.Generator], Stroke]] = [_bar, _hook, _wave, _ring, _zigzag]
