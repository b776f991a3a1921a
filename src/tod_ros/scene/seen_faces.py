"""Which pixels of a picture are a cube's marked face: the mask of its box."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Protocol, Sequence, Tuple

import numpy as np

from tod_ros.annotation import Box
from tod_ros.images.polygons import HALF, covered
from tod_ros.mask import from_pixels


class _Sight(Protocol):
    @property
    def faces(self) -> Dict[str, np.ndarray]: ...


class _Cube(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def sight(self) -> _Sight: ...


def with_masks(boxes: Sequence[Box], cubes: Sequence[_Cube], size_wh: Tuple[int, int]) -> List[Box]:
    """The boxes of those cubes that have a name, with their masks; far cubes come first."""
    owner = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    for number, cube in enumerate(cubes, start=1):
        for side, corners in cube.sight.faces.items():
            shares, (x0, y0) = covered([corners], size_wh)
            part = owner[y0 : y0 + shares.shape[0], x0 : x0 + shares.shape[1]]
            part[shares >= HALF] = number if side == "front" else 0
    named = [number for number, cube in enumerate(cubes, start=1) if cube.name]
    return [replace(b, mask=from_pixels(owner == number)) for b, number in zip(boxes, named)]
