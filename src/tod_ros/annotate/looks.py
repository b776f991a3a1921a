"""What a picture looks like, in three figures that a whole set can be searched by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Tuple

import numpy as np
from PIL import Image

from tod_ros.images.pillow_reader import read_grey

SMALL_WH = (32, 24)
SHARPNESS_WIDTH = 320
# Two takes of a scene that stands still differ by the sensor's noise, a moved cube by much more
DUPLICATE_LEVELS = 10
BLOCK_ROWS = 500


@dataclass(frozen=True)
class Appearance:
    """Mean brightness 0..255; sharpness, the variance of the Laplacian; the picture in small."""

    brightness: float
    sharpness: float
    small: bytes


def look_at(path: Path) -> Appearance:
    grey = Image.fromarray(read_grey(path, SHARPNESS_WIDTH))
    height = max(3, round(SHARPNESS_WIDTH * grey.height / grey.width))
    # At one size for all, or large pictures would count as sharp for their size alone
    middling = np.asarray(grey.resize((SHARPNESS_WIDTH, height), Image.Resampling.BOX), np.float32)
    small = np.asarray(grey.resize(SMALL_WH, Image.Resampling.BOX))
    laplacian = (
        middling[:-2, 1:-1] + middling[2:, 1:-1] + middling[1:-1, :-2] + middling[1:-1, 2:]
    ) - 4 * middling[1:-1, 1:-1]
    return Appearance(float(middling.mean()), float(laplacian.var()), small.tobytes())


def near_duplicates(looks: Mapping[str, Appearance]) -> List[List[str]]:
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
