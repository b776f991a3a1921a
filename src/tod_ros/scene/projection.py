"""Cubes on a table and the camera that sees them, as plain geometry.

World: x to the right, y down, z away from the camera, one unit is the edge of a cube; the table
is the plane y = 0. Pixels as in the picture, origin at the upper left.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

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
        seen = (points + (0.0, self.height, 0.0)) @ self.rotation.T
        return seen[:, :2] / np.maximum(seen[:, 2:], 1e-3) * self.focal_px + self.centre_xy

    @functools.cached_property
    def rotation(self) -> np.ndarray:
        """[3,3] from the world to the camera's axes."""
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
    y: float = 0.0  # above the table it is less than 0: a cube that is held

    @functools.cached_property
    def corners(self) -> np.ndarray:
        """[8,3] in the world, as _CORNERS."""
        cl, sl = np.cos(self.lean), np.sin(self.lean)
        cy, sy = np.cos(self.yaw), np.sin(self.yaw)
        lean = np.array([[cl, -sl, 0], [sl, cl, 0], [0, 0, 1]])
        yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        lift = np.array([0.0, -0.5 * abs(sl), 0.0])  # a leaning cube stands on one edge
        corners = (_CORNERS * self.edge) @ (yaw @ lean).T + lift * self.edge
        return corners + (self.x, self.y, self.z)


# corners x, y, z around the middle of the base: those of the base, then those of the top
_CORNERS = np.array(
    [
        *([-0.5, 0, 0.5], [0.5, 0, 0.5], [0.5, 0, -0.5], [-0.5, 0, -0.5]),
        *([-0.5, -1, 0.5], [0.5, -1, 0.5], [0.5, -1, -0.5], [-0.5, -1, -0.5]),
    ]
)
BASE = slice(4)
# which of them are a face's, as they run in its picture: upper left, upper right, lower right,
# lower left; the front comes last
FACES: Dict[str, List[int]] = {
    "left": [4, 7, 3, 0],
    "right": [6, 5, 1, 2],
    "top": [4, 5, 6, 7],
    "front": [7, 6, 2, 3],
}


def faces_seen(corners: np.ndarray) -> Dict[str, np.ndarray]:
    """Of a cube's corners in pixels [8,2] those [4,2] of each face that looks at the camera."""
    points = corners.tolist()
    return {
        side: corners[at]
        for side, at in FACES.items()
        if _turns_clockwise([points[number] for number in at])
    }


def _turns_clockwise(corners: Sequence[Sequence[float]]) -> bool:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    return (cx - ax) * (dy - by) - (cy - ay) * (dx - bx) > 1.0
