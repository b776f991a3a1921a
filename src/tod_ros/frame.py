"""A picture from a camera, with the header that it came with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture (blue first), when it was taken (nanoseconds of ROS time), and in which frame."""

    bgr: np.ndarray = field(repr=False)
    stamp_ns: int = 0
    frame_id: str = ""

    @property
    def stamp_s(self) -> float:
        return self.stamp_ns / 1e9
