"""A camera that is described from the desk alone, where no sheet gives a frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Tuple

import numpy as np

from tod_ros.place.desk_camera import DeskCamera, look_at


@dataclass(frozen=True)
class Above:
    """A camera straight above the origin of the desk, looking along y and down."""

    focal_px: float
    down: float  # radians below the horizon
    roll: float
    height_m: float
    size_wh: Tuple[int, int]

    def camera(self) -> DeskCamera:
        level = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # looks along y, z up
        cd, sd = np.cos(self.down), np.sin(self.down)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        pitch = np.array([[1, 0, 0], [0, cd, -sd], [0, sd, cd]])
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        position_m = np.array([0, 0, self.height_m])
        return look_at(self.focal_px, self.size_wh, roll @ pitch @ level, position_m)

    def moved(self, by: np.ndarray) -> Above:
        return replace(
            self,
            focal_px=self.focal_px * float(2.0 ** by[0]),
            down=self.down + float(by[1]),
            roll=self.roll + float(by[2]),
            height_m=max(self.height_m + float(by[3]), 0.01),
        )
