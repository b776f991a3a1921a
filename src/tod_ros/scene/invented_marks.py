"""Marks that nobody has seen yet: strokes at random, so that a network learns to look at any.

In the notation of mark_styles.py, each in a few styles: the same strokes, their points moved a
little.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

import numpy as np

COUNT, STYLES = 12, 3
STEP, LEAST_WAY = 55.0, 30.0  # of the pen from point to point, on the grid of 100


def _invent(number: int) -> Tuple[str, ...]:
    rng = np.random.default_rng(7_000 + number)
    strokes = [_stroke(rng) for _ in range(int(rng.integers(1, 4)))]
    corners = [[rng.random() < 0.4 for _ in stroke] for stroke in strokes]
    styles = []
    for _ in range(STYLES):
        moved = [stroke + rng.normal(0, 4, stroke.shape) for stroke in strokes]
        styles.append(_as_text(moved, corners))
    return tuple(styles)


def _stroke(rng: np.random.Generator) -> np.ndarray:
    at = rng.uniform((0, 0), (80, 100))
    points = [at]
    for _ in range(int(rng.integers(1, 5))):
        for _ in range(20):
            to = np.clip(at + rng.normal(0, STEP, 2), (0, 0), (80, 100))
            if np.linalg.norm(to - at) >= LEAST_WAY:
                break
        points.append(to)
        at = to
    return np.array(points)


def _as_text(strokes: List[np.ndarray], corners: List[List[bool]]) -> str:
    return " | ".join(
        " ".join(f"{x:.0f},{y:.0f}{'!' if corner else ''}" for (x, y), corner in zip(stroke, sharp))
        for stroke, sharp in zip(strokes, corners)
    )


INVENTED: Dict[str, Tuple[str, ...]] = {
    f"invented{number:02d}": _invent(number) for number in range(1, COUNT + 1)
}
