"""Which of the marks that can be drawn a captured one looks like.

Two marks are laid over one another, middle on middle and equally high: how far is the ink of each
from the ink of the other, on average and in parts of their height?
"""

from __future__ import annotations

import functools
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.scene.captured_marks import FIELD_PX, CapturedMark, mark_from_ink
from tod_ros.scene.handwriting import ink
from tod_ros.scene.pen_strokes import drawn_styles

_GRID_WH = (48, 32)  # of a field two heights high and three wide
_PEN = 0.1
_LEAST_LIMIT = 0.02  # marks as near as this are the same, written twice


def distances(mark: CapturedMark, names: Sequence[str]) -> Dict[str, float]:
    """How far the mark is from the nearest style of each named mark; 0 is the same ink."""
    own = _laid_out(mark)
    return {name: min(_apart(own, other) for other in _styles(name)) for name in names}


def ranked(marks: Sequence[CapturedMark], names: Sequence[str]) -> Tuple[Tuple[str, float], ...]:
    """The named marks with their median distance from several marks of a class, nearest first."""
    told = [distances(mark, names) for mark in marks]
    medians = {name: float(np.median([one[name] for one in told])) for name in names}
    return tuple(sorted(medians.items(), key=lambda pair: (pair[1], pair[0])))


def alike(marks: Sequence[CapturedMark]) -> List[CapturedMark]:
    """Of the marks of a class those that resemble the others: a badly cut one does not."""
    if len(marks) < 4:
        return list(marks)
    laid = [_laid_out(mark) for mark in marks]
    apart = np.array([[_apart(one, other) for other in laid] for one in laid])
    usual = np.median(apart, axis=1)
    limit = max(2.0 * float(np.median(usual)), _LEAST_LIMIT)
    return [mark for mark, distance in zip(marks, usual) if distance <= limit]


@functools.lru_cache(maxsize=None)
def _styles(name: str) -> Tuple[np.ndarray, ...]:
    size = 256
    drawn = (
        ink(strokes, size, 0.45 * size, _PEN * 0.45 * size, (size / 2, size / 2))
        for strokes in drawn_styles(name)
    )
    return tuple(_laid_out(mark_from_ink(picture)) for picture in drawn)


def _laid_out(mark: CapturedMark) -> np.ndarray:
    """Distances to the ink's edge on the common grid, a stroke of the common width."""
    field = mark.field + np.float32((_PEN - mark.pen) / 2)
    width, wide = field.shape[1], 3 * FIELD_PX
    left = max((wide - width) // 2, 0)
    padded = cv2.copyMakeBorder(
        field, 0, 0, left, max(wide - width - left, 0), cv2.BORDER_CONSTANT, value=-0.7
    )
    start = (padded.shape[1] - wide) // 2
    return cv2.resize(padded[:, start : start + wide], _GRID_WH, interpolation=cv2.INTER_AREA)


def _apart(first: np.ndarray, second: np.ndarray) -> float:
    def one_way(ink_of: np.ndarray, to: np.ndarray) -> float:
        there = ink_of > 0
        return float(np.maximum(-to[there], 0).mean()) if there.any() else 1.0

    return (one_way(first, second) + one_way(second, first)) / 2
