"""Cubes on a table and the camera that sees them, as plain geometry.

World: x to the right, y down, z away from the camera, one unit is the edge of a cube; the table
is the plane y = 0. Pixels as in the picture, origin at the upper left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple

import numpy as np


@dataclass(frozen=True)
class View:
    """A pinhole camera at (0, -height, 0) that looks along z, pitched down and rolled."""

    focal_px: float
    centre_xy: Tuple[float, float]
    height: float
    pitch: float
    roll: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """[N,3] world -> [N,2] pixels."""
        seen = (points + (0.0, self.height, 0.0)) @ self._rotation().T
        return seen[:, :2] / np.maximum(seen[:, 2:], 1e-3) * self.focal_px + self.centre_xy

    def _rotation(self) -> np.ndarray:
        cp, sp = np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return roll @ pitch


def view_of_row(
    size_wh: Tuple[int, int],
    face_px: float,
    focal: float,
    elevation: float,
    row_v: float,
    roll: float,
) -> Tuple[View, float]:
    """The view of cubes `face_px` large at height `row_v` (0..1) of the picture; their distance.

    `focal` is in widths of the picture; `elevation` is the angle from which the camera looks down
    on the cubes: 0 sees no top at all.
    """
    width, height = size_wh
    focal_px = focal * width
    distance = focal_px / face_px
    below_axis = np.arctan((row_v - 0.5) * height / focal_px)
    view = View(
        focal_px=focal_px,
        centre_xy=(width / 2, height / 2),
        height=0.5 + distance * float(np.tan(elevation)),
        pitch=float(elevation - below_axis),
        roll=roll,
    )
    return view, distance


@dataclass(frozen=True)
class Placement:
    """Where the middle of a cube's base is; turned by `yaw`, leaning by `lean` to one side."""

    x: float
    z: float
    yaw: float = 0.0
    lean: float = 0.0
    edge: float = 1.0


# corners x, y, z around the middle of the base; the corners of a face run as in its picture:
# upper left, upper right, lower right, lower left
_FACES: Dict[str, np.ndarray] = {
    "front": np.array([[-0.5, -1, -0.5], [0.5, -1, -0.5], [0.5, 0, -0.5], [-0.5, 0, -0.5]]),
    "left": np.array([[-0.5, -1, 0.5], [-0.5, -1, -0.5], [-0.5, 0, -0.5], [-0.5, 0, 0.5]]),
    "right": np.array([[0.5, -1, -0.5], [0.5, -1, 0.5], [0.5, 0, 0.5], [0.5, 0, -0.5]]),
    "top": np.array([[-0.5, -1, 0.5], [0.5, -1, 0.5], [0.5, -1, -0.5], [-0.5, -1, -0.5]]),
    "base": np.array([[-0.5, 0, 0.5], [0.5, 0, 0.5], [0.5, 0, -0.5], [-0.5, 0, -0.5]]),
}
SIDES = ("left", "right", "top")


def faces_seen(view: View, cube: Placement) -> Dict[str, np.ndarray]:
    """The corners in pixels [4,2] of each face that looks at the camera, the front one last."""
    seen = {}
    for side in (*SIDES, "front"):
        corners = view.project(face_in_world(cube, side))
        if _turns_clockwise(corners):
            seen[side] = corners
    return seen


def face_in_world(cube: Placement, side: str) -> np.ndarray:
    cl, sl = np.cos(cube.lean), np.sin(cube.lean)
    cy, sy = np.cos(cube.yaw), np.sin(cube.yaw)
    lean = np.array([[cl, -sl, 0], [sl, cl, 0], [0, 0, 1]])
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    lift = np.array([0.0, -0.5 * abs(sl), 0.0])  # a leaning cube stands on one edge
    corners = (_FACES[side] * cube.edge) @ (yaw @ lean).T + lift * cube.edge
    return corners + (cube.x, 0.0, cube.z)


def _turns_clockwise(corners: np.ndarray) -> bool:
    (ax, ay), (bx, by) = corners[2] - corners[0], corners[3] - corners[1]
    return float(ax * by - ay * bx) > 1.0
