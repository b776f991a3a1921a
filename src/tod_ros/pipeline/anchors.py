"""Anchors that fit the objects: the boxes that an SSD starts from.

An object is learnt by the anchors that overlap it. Anchors of other sizes and shapes than the
objects' leave each object with one poor anchor, whose box has far to move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Tuple

import numpy as np

LEAST_SCALE = 1.5  # anchors smaller than this many cells lie too far apart
LEAST_GAIN = 0.02  # of the mean overlap; for less, the network's own anchors stay
ONE_SHAPE = 1.35  # widest by narrowest of nine objects in ten: up to here one shape does


@dataclass(frozen=True)
class Anchors:
    """Of a multiscale generator: the smallest size in cells, and width by height."""

    scale: float
    ratios: Tuple[float, ...]


def fit_anchors(generator: Any, sizes_wh: np.ndarray) -> Optional[Tuple[Anchors, float, float]]:
    """Anchors for objects of `sizes_wh` [N,2] at the network's input, the overlap before and after.

    None where the network's own do as well. `generator` is a multiscale_anchor_generator.
    """
    if not len(sizes_wh):
        return None
    old = Anchors(generator.anchor_scale, tuple(generator.aspect_ratios))
    sides = np.sqrt(sizes_wh.prod(axis=1))
    finest = 2.0**generator.min_level
    most = 2.0**generator.max_level * 2 ** (1 - 1 / max(generator.scales_per_octave, 1))
    scale = float(np.clip(np.percentile(sides, 10) / finest, LEAST_SCALE, old.scale))
    scale = max(scale, float(np.percentile(sides, 95)) / most)
    new = Anchors(float(f"{scale:.2g}"), _ratios(sizes_wh, len(old.ratios)))
    before, after = (
        float(_overlaps(generator, anchors, sizes_wh).mean()) for anchors in (old, new)
    )
    return (new, before, after) if after >= before + LEAST_GAIN else None


def expected_overlaps(generator: Any, sizes_wh: np.ndarray) -> np.ndarray:
    """How far the best anchor overlaps each object that lies a quarter of a cell off, IoU [N]."""
    anchors = Anchors(generator.anchor_scale, tuple(generator.aspect_ratios))
    return _overlaps(generator, anchors, sizes_wh, 0.25)


def _ratios(sizes_wh: np.ndarray, most: int) -> Tuple[float, ...]:
    """Widths by heights that the objects have, at most as many as the network had."""
    logs = np.log(sizes_wh[:, 0] / sizes_wh[:, 1])
    low, high = np.percentile(logs, [5, 95])
    count = 1 if high - low < np.log(ONE_SHAPE) else min(max(most, 1), 3)
    places = (np.arange(count) + 0.5) * 100 / count
    return tuple(float(f"{ratio:.2g}") for ratio in np.exp(np.percentile(logs, places)))


def _overlaps(
    generator: Any, anchors: Anchors, sizes_wh: np.ndarray, off_cells: float = 0.0
) -> np.ndarray:
    """The IoU of each object with its best anchor, whose centre is `off_cells` away each way."""
    best = np.zeros(len(sizes_wh))
    per_octave = max(generator.scales_per_octave, 1)
    for level in range(generator.min_level, generator.max_level + 1):
        off = off_cells * 2.0**level
        for part in range(per_octave):
            side = 2.0**level * anchors.scale * 2 ** (part / per_octave)
            for ratio in anchors.ratios:
                anchor = np.array([side * np.sqrt(ratio), side / np.sqrt(ratio)])
                shared = np.clip(
                    np.minimum(np.minimum(anchor, sizes_wh), (anchor + sizes_wh) / 2 - off), 0, None
                ).prod(axis=1)
                union = anchor.prod() + sizes_wh.prod(axis=1) - shared
                best = np.maximum(best, shared / union)
    return best
