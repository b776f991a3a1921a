"""Where a cube stands: from the box of its marked face, then from the edges in the picture.

The box alone says where the cube is, but hardly which way it is turned: a face turned to the left
and one turned to the right have nearly the same box. The edges of the cube tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.detection import Place
from tod_ros.place.desk_camera import DeskCamera

TURNS_DEG = (-45, -30, -15, 0, 15, 30, 45)  # a face turned further than this is not read as a front
ROUNDS = 4  # of Gauss-Newton steps: the next one would move the cube by less than 0.1 mm
REACH_PX = 2.0  # how far beside an edge the picture is looked at
STEPS = ((0.004, 4.0), (0.002, 2.0), (0.001, 1.0))  # metres and degrees, coarse to fine
_WAYS = np.linspace(0.08, 0.92, 24)  # where along each edge, from corner to corner
MOST_CLIMBS = 20  # steps of one size; most climbs end after two
BOX_WEIGHT = 0.02  # of a pixel between box and cube, against the sharpness of an edge (0..1)

# the corners of a cube of edge 1 around the middle of its base: the base, then the top
_CORNERS = np.array([(x, y, z) for z in (0, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
_CORNERS = _CORNERS * (0.5, 0.5, 1.0)
_FRONT = [0, 1, 5, 4]
_FACES: Dict[str, Tuple[Sequence[int], Tuple[int, int, int]]] = {  # corners, way it looks
    "front": (_FRONT, (0, -1, 0)),
    "right": ([1, 2, 6, 5], (1, 0, 0)),
    "left": ([3, 0, 4, 7], (-1, 0, 0)),
    "top": ([4, 5, 6, 7], (0, 0, 1)),
}


@dataclass(frozen=True)
class Fit:
    """Where the middle of a cube's base is, and how badly its box fits, as a share of its height.

    A box that fits no cube on the desk well says that the camera has been moved.
    """

    place: Place
    misfit: float


def locate(
    camera: DeskCamera, box_xyxy: Sequence[float], edge_m: float, image: Optional[np.ndarray] = None
) -> Optional[Fit]:
    """The cube whose marked face has this box; None where no cube on the desk can have it.

    Without a picture, the turn is the one whose box fits best.
    """
    box = np.array(box_xyxy, float)
    found = []
    for turn in TURNS_DEG:
        fitted = _fit(camera, box, edge_m, float(turn))
        if fitted is not None:
            found.append(fitted)
    if not found:
        return None
    by_box = min(found, key=lambda pose: _apart_px(camera, box, edge_m, pose))
    misfit = _apart_px(camera, box, edge_m, by_box) / max(float(box[3] - box[1]), 1.0)
    if image is None:
        return Fit(by_box, misfit)
    sharpness = _Sharpness(image, box)

    def quality(pose: Place) -> float:
        apart = _apart_px(camera, box, edge_m, pose)
        return sharpness.of(camera, edge_m, pose) - BOX_WEIGHT * apart

    best = max(found, key=quality)
    for step_m, step_deg in STEPS:
        best = _climb(best, quality, step_m, step_deg)
    return Fit(best, misfit)


def corners_of(pose: Place, edge_m: float) -> np.ndarray:
    """[8,3] in the desk frame, metres."""
    turn = np.radians(pose.turn_deg)
    cos, sin = np.cos(turn), np.sin(turn)
    rotation = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return _CORNERS @ rotation * edge_m + (pose.x_m, pose.y_m, 0.0)


def box_of(camera: DeskCamera, pose: Place, edge_m: float) -> np.ndarray:
    """The box [4] of the marked face in pixels."""
    front = camera.project(corners_of(pose, edge_m)[_FRONT])
    return np.concatenate([front.min(axis=0), front.max(axis=0)])


def _apart_px(camera: DeskCamera, box: np.ndarray, edge_m: float, pose: Place) -> float:
    apart = (box_of(camera, pose, edge_m) - box)[_inside(camera, box)]
    return float(np.sqrt(np.mean(apart**2)))


def _inside(camera: DeskCamera, box: np.ndarray) -> np.ndarray:
    """Which sides of a box the border of the picture does not cut; all if it cuts each."""
    width, height = camera.size_wh
    inside = np.array([box[0] > 1, box[1] > 1, box[2] < width - 1, box[3] < height - 1])
    return inside if inside.any() else ~inside


def _fit(camera: DeskCamera, box: np.ndarray, edge_m: float, turn_deg: float) -> Optional[Place]:
    """x and y by Gauss-Newton for one turn, from where the foot of the box touches the desk."""
    at = camera.desk_point(((box[0] + box[2]) / 2, box[3])) + (0.0, edge_m / 2)
    kept = _inside(camera, box)

    def apart(xy: np.ndarray) -> np.ndarray:
        return (box_of(camera, Place(xy[0], xy[1], turn_deg), edge_m) - box)[kept]

    for _ in range(ROUNDS):
        if not np.isfinite(at).all():
            return None
        here = apart(at)
        if not np.isfinite(here).all():
            return None  # behind the camera
        slopes = np.stack([(apart(at + step) - here) / 1e-4 for step in np.eye(2) * 1e-4], axis=1)
        if not np.isfinite(slopes).all():
            return None
        at = at - np.linalg.lstsq(slopes, here, rcond=None)[0]
    return Place(float(at[0]), float(at[1]), turn_deg) if np.isfinite(at).all() else None


class _Sharpness:
    """How sharply the picture changes across a cube's edges, 0..1."""

    def __init__(self, image: np.ndarray, box: np.ndarray):
        margin = 0.8 * max(box[2] - box[0], box[3] - box[1])
        height, width = image.shape[:2]
        x0, y0 = (int(max(v - margin, 0)) for v in box[:2])
        x1, y1 = (int(min(v + margin, end)) for v, end in zip(box[2:], (width, height)))
        part = image[y0:y1, x0:x1]
        self._grey = smoothed(part)
        self._offset = np.array([x0, y0], float)
        spread = float(np.percentile(self._grey, 95) - np.percentile(self._grey, 5))
        self._unit = max(spread * 0.25, 4.0)  # grey levels of a clear edge in this picture

    def of(self, camera: DeskCamera, edge_m: float, pose: Place) -> float:
        corners = corners_of(pose, edge_m)
        pixels = camera.project(corners)
        if not np.isfinite(pixels).all():
            return 0.0
        edges = np.array(edges_seen(camera, corners, pose))
        start, along = pixels[edges[:, 0]], pixels[edges[:, 1]] - pixels[edges[:, 0]]
        length = np.maximum(np.hypot(*along.T), 1.0)[:, None]
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length * REACH_PX
        points = start[:, None] + _WAYS[None, :, None] * along[:, None] - self._offset
        beside = normal[:, None]
        steps = self._sampled(points - beside) - self._sampled(points + beside)
        # a mean of signed steps: clutter that changes sign along the edge does not count
        means = np.abs(np.clip(steps / self._unit, -1, 1).mean(axis=1))
        return float(means.mean())

    def _sampled(self, points: np.ndarray) -> np.ndarray:
        xs, ys = (np.ascontiguousarray(points[..., axis], np.float32) for axis in (0, 1))
        return cv2.remap(self._grey, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def smoothed(image: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    return cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)


def edges_seen(camera: DeskCamera, corners: np.ndarray, pose: Place) -> Sequence[Tuple[int, int]]:
    turn = np.radians(pose.turn_deg)
    cos, sin = np.cos(turn), np.sin(turn)
    seen = set()
    for numbers, (nx, ny, nz) in _FACES.values():
        way = np.array([nx * cos - ny * sin, nx * sin + ny * cos, nz])
        if way @ (np.array(camera.position_m) - corners[list(numbers)].mean(axis=0)) > 0:
            ring = [*numbers, numbers[0]]
            seen |= {(min(a, b), max(a, b)) for a, b in zip(ring, ring[1:])}
    return sorted(seen)


def _climb(best: Place, quality: Callable[[Place], float], step_m: float, step_deg: float) -> Place:
    """The best neighbour of the best neighbour, until none is better."""
    worth = quality(best)
    for _ in range(MOST_CLIMBS):
        near = [
            Place(best.x_m + dx * step_m, best.y_m + dy * step_m, best.turn_deg + dt * step_deg)
            for dx, dy, dt in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
        ]
        worths = [quality(pose) for pose in near]
        if max(worths) <= worth:
            return best
        worth = max(worths)
        best = near[worths.index(worth)]
    return best
