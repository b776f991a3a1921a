"""A camera above a desk, as plain geometry.

Desk frame, in metres: x to the right and y away from the camera, along the sides of the sheet
that was used to calibrate; z up. The desk is the plane z = 0. Pixels have their origin at the
upper left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np


@dataclass(frozen=True)
class DeskCamera:
    """A pinhole camera with square pixels whose axis passes through the middle of the picture."""

    focal_px: float
    size_wh: Tuple[int, int]
    rotation: Tuple[float, ...]  # 3x3 by rows, from the desk frame to the camera's (z forward)
    position_m: Tuple[float, float, float]  # of the camera, in the desk frame

    @property
    def matrix(self) -> np.ndarray:
        """The rotation as an array [3,3]."""
        return np.array(self.rotation, float).reshape(3, 3)

    @property
    def centre_xy(self) -> np.ndarray:
        return np.array(self.size_wh, float) / 2

    def project(self, points_m: np.ndarray) -> np.ndarray:
        """[N,3] in the desk frame -> [N,2] pixels; infinite for what is behind the camera."""
        seen = (np.asarray(points_m, float) - self.position_m) @ self.matrix.T
        depth = np.where(seen[:, 2:] > 1e-6, seen[:, 2:], np.nan)
        pixels = seen[:, :2] / depth * self.focal_px + self.centre_xy
        return np.where(np.isfinite(pixels), pixels, np.inf)

    def desk_point(self, pixel_xy: Tuple[float, float], height_m: float = 0.0) -> np.ndarray:
        """x, y where the ray of a pixel meets the plane at this height; nan if it never does."""
        ray_px = np.append(np.array(pixel_xy, float) - self.centre_xy, self.focal_px)
        ray = self.matrix.T @ ray_px
        way = (height_m - self.position_m[2]) / ray[2] if ray[2] else np.nan
        if not way > 0:
            return np.full(2, np.nan)
        return (np.array(self.position_m) + way * ray)[:2]


def look_at(
    focal_px: float, size_wh: Tuple[int, int], rotation: np.ndarray, position_m: np.ndarray
) -> DeskCamera:
    """A camera from arrays."""
    x, y, z = (float(value) for value in np.ravel(position_m))
    rows = tuple(float(value) for value in np.ravel(rotation))
    return DeskCamera(float(focal_px), size_wh, rows, (x, y, z))
