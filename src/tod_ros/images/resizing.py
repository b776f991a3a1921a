"""A picture at the size a network takes, sampled as the Object Detection API samples.

Its pixels are points on a grid that starts in the corner; cv2.resize takes them for squares, which
moves every box by a part of a pixel of the network's. And this is numpy alone, as fast as OpenCV
for what cameras send: the inference node starts a quarter of a second sooner, and is a hundred
megabytes smaller, where OpenCV need not be loaded.
"""

from __future__ import annotations

import functools
from typing import Any, Tuple

import numpy as np


def network_input(bgr: np.ndarray, size_wh: Tuple[int, int]) -> np.ndarray:
    """The picture as float32 [height, width, 3] of 0..255, red first, at `size_wh`."""
    width, height = size_wh
    rows = _blend(_columns(bgr, width), *_places(bgr.shape[0], height))
    return rows.reshape(height, width, 3)


def averaged(bgr: np.ndarray, least_wh: Tuple[int, int]) -> Tuple[np.ndarray, Tuple[int, int]]:
    """The picture made smaller, by the means of whole blocks of pixels, to `least_wh` or above.

    Also the part of the picture, width and height, that the blocks cover.
    """
    height, width = bgr.shape[:2]
    across, down = max(width // least_wh[0], 1), max(height // least_wh[1], 1)
    covered = width // across * across, height // down * down
    count = across * down
    if count == 1:
        return bgr, covered
    kind: Any = np.uint32 if count > 256 else np.uint16
    rows = np.zeros((height // down, covered[0], 3), kind)
    for first in range(down):
        np.add(rows, bgr[first : covered[1] : down, : covered[0]], out=rows)
    means = np.empty((height // down, width // across, 3), np.uint8)
    for channel in range(3):  # numpy is several times slower where the last axis is that short
        means[..., channel] = _block_means(rows[..., channel], across, count)
    return means, covered


def _block_means(rows: np.ndarray, across: int, count: int) -> np.ndarray:
    """The rounded means of `across` sums side by side, each of `count` / `across` pixels."""
    sums = rows[:, ::across].copy()
    for first in range(1, across):
        sums += rows[:, first::across]
    sums += count // 2
    sums //= count
    return sums


def _columns(bgr: np.ndarray, width: int) -> np.ndarray:
    """Rows of `width` pixels, red first, as [height, width * 3]."""
    height, given = bgr.shape[:2]
    if given % width == 0:  # nothing lies between two pixels: as from a camera's 640 to 320
        picked = np.empty((height, width, 3), np.uint8)
        for channel in range(3):
            picked[..., 2 - channel] = bgr[:, :: given // width, channel]
        return picked.reshape(height, width * 3)
    low, high, share = _places(given, width)
    flat = np.ascontiguousarray(bgr).reshape(height, given * 3)
    left, right = (
        flat.take(((at * 3)[:, np.newaxis] + (2, 1, 0)).ravel(), axis=1) for at in (low, high)
    )
    return _mix(left, right, np.repeat(share, 3))


def _blend(rows: np.ndarray, low: np.ndarray, high: np.ndarray, share: np.ndarray) -> np.ndarray:
    if not share.any():
        return rows[low].astype(np.float32)
    return _mix(rows[low], rows[high], share[:, np.newaxis])


def _mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """first + (second - first) * share, in place where it can be."""
    mixed = first.astype(np.float32)
    difference = second.astype(np.float32)
    difference -= mixed
    difference *= share
    mixed += difference
    return mixed


@functools.lru_cache(maxsize=64)
def _places(given: int, wanted: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of `wanted` samples: the pixel before it, the one after, the share of the second."""
    at = np.arange(wanted) * (given / wanted)
    low = at.astype(int)
    return low, np.minimum(low + 1, given - 1), (at - low).astype(np.float32)
