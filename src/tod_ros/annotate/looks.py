"""What a picture looks like, in three figures that a whole set can be searched by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Tuple

import cv2
import numpy as np

SMALL_WH = (32, 24)
SHARPNESS_WIDTH = 320
# Two takes of a scene that stands still differ by the sensor's noise, a moved cube by much more
DUPLICATE_LEVELS = 10
BLOCK_ROWS = 500


@dataclass(frozen=True)
class Look:
    """Mean brightness 0..255; sharpness, the variance of the Laplacian; the picture in small."""

    brightness: float
    sharpness: float
    small: bytes


def look_at(bgr: np.ndarray) -> Look:
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    height = max(1, round(SHARPNESS_WIDTH * grey.shape[0] / grey.shape[1]))
    # At one size for all, or large pictures would count as sharp for their size alone
    middling = cv2.resize(grey, (SHARPNESS_WIDTH, height), interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey, SMALL_WH, interpolation=cv2.INTER_AREA)
    sharpness = float(cv2.Laplacian(middling, cv2.CV_32F).var())
    return Look(float(grey.mean()), sharpness, small.tobytes())


def near_duplicates(looks: Mapping[str, Look]) -> List[List[str]]:
    """Groups of pictures that show the same scene from the same place."""
    keys = sorted(looks)
    if len(keys) < 2:
        return []
    rows = np.stack([np.frombuffer(looks[key].small, np.uint8) for key in keys]).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)  # a lamp that flickers makes no other scene
    leader: Dict[int, int] = {}
    for first, second in _likely_pairs(rows):
        if np.abs(rows[first] - rows[second]).max() < DUPLICATE_LEVELS:
            leader.setdefault(second, _leader_of(first, leader))
    groups: Dict[int, List[str]] = {}
    for number in sorted(leader):
        first = _leader_of(number, leader)
        groups.setdefault(first, [keys[first]]).append(keys[number])
    return list(groups.values())


def _likely_pairs(rows: np.ndarray) -> Iterator[Tuple[int, int]]:
    """The pairs that are alike in a picture of 8x6; few, and cheap to find among thousands."""
    width, height = SMALL_WH
    cells = rows.reshape(len(rows), height // 4, 4, width // 4, 4).mean(axis=(2, 4))
    coarse = cells.reshape(len(rows), -1)
    squares = (coarse**2).sum(axis=1)
    for start in range(0, len(rows), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        distances = squares[block, None] + squares[None, :] - 2 * coarse[block] @ coarse.T
        for first, second in np.argwhere(distances < coarse.shape[1] * DUPLICATE_LEVELS**2 / 4):
            if start + first < second:
                yield int(start + first), int(second)


def _leader_of(number: int, leader: Mapping[int, int]) -> int:
    while number in leader:
        number = leader[number]
    return number
