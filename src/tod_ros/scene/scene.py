"""A drawn picture and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple

import numpy as np

from tod_ros.annotation import Box
from tod_ros.detection import left_to_right_key


@dataclass(frozen=True)
class Scene:
    """A drawn picture (BGR) and the box of every front face that bears a class, left to right."""

    image: np.ndarray
    boxes: Tuple[Box, ...]
    others: Tuple[Box, ...] = ()  # the nameless front faces of cubes that bear no class


def left_to_right(boxes: Sequence[Box]) -> Tuple[Box, ...]:
    return tuple(sorted(boxes, key=left_to_right_key))
