"""Edges of cubes in a picture, and the camera and places that fit them best.

Each edge that a cube shows is looked for beside where it should be, at points along it, and all
of them together move the camera and the cubes (Gauss-Newton, far points count less).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.detection import Place
from tod_ros.place.above import Above
from tod_ros.place.cube_pose import corners_of, edges_seen

REACHES_PX = (8.0, 5.0, 3.0, 3.0, 2.5, 2.5, 2.0, 2.0)  # of each round, beside an edge
STEP_PX = 0.5
DOUBT_PX = 1.0  # a point further off than this counts less and less
LEAST_STEP = 2.0  # grey levels within STEP_PX that are an edge
_WAYS = np.linspace(0.1, 0.9, 17)  # where along each edge, from corner to corner
# how far from its start each is thought to be; focal length (log 2), radians, radians, metres
LOOSE = np.array([0.5, 0.35, 0.1, 0.2])
CUBE_LOOSE = np.array([0.05, 0.05, 0.5])  # metres, metres, radians
BOX_DOUBT_PX = 4.0  # of a box of a detector, against the edges
Rows = Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class SeenCube:
    """A cube in one of the pictures, smoothed and grey; its box; where it is thought to be."""

    grey: np.ndarray
    box_xyxy: Tuple[float, float, float, float]
    place: Place


@dataclass(frozen=True)
class EdgeFit:
    """What was found, and how far (root mean square) the edges are from it, and their number."""

    above: Above
    cubes: Tuple[SeenCube, ...]
    residual_px: float
    points: int


def fit_edges(
    above: Above, cubes: Sequence[SeenCube], edge_m: float, has_focal: bool
) -> Optional[EdgeFit]:
    """The camera and the cubes moved onto the edges; None where they show too few.

    `has_focal`: the focal length is known and stays.
    """
    now, places = above, [cube.place for cube in cubes]
    residual_px, points = float("inf"), 0
    for reach_px in REACHES_PX:
        rows = [_rows(now, *pair, edge_m, reach_px) for pair in zip(places, cubes)]
        near = np.concatenate([apart[is_near] for _, apart, _, is_near in rows])
        points = len(near)
        if points < 4 + 13 * len(cubes):
            return None
        residual_px = float(np.sqrt(np.mean(near**2)))
        step = _step(rows, now, above, has_focal)
        now = now.moved(step[:4])
        places = [_moved(p, step[4 + 3 * n : 7 + 3 * n]) for n, p in enumerate(places)]
    found = tuple(replace(cube, place=place) for cube, place in zip(cubes, places))
    return EdgeFit(now, found, residual_px, points)


def _step(rows: Sequence[Rows], now: Above, start: Above, has_focal: bool) -> np.ndarray:
    """What to add to the camera's four numbers and to the three of each cube."""
    count = 4 + 3 * len(rows)
    matrix, right = np.zeros((count, count)), np.zeros(count)
    for number, (jacobian, apart, weights, _) in enumerate(rows):
        own = [*range(4), *range(4 + 3 * number, 7 + 3 * number)]
        matrix[np.ix_(own, own)] += jacobian.T @ (jacobian * weights[:, None])
        right[own] += jacobian.T @ (apart * weights)
    _pull(matrix, right, now, start, has_focal)
    matrix[4:, 4:] += np.diag(np.tile(1 / CUBE_LOOSE**2, len(rows)))
    return np.linalg.solve(matrix, right)


def _pull(matrix: np.ndarray, right: np.ndarray, now: Above, start: Above, has_focal: bool) -> None:
    """Towards the start, weakly: what the edges do not say stays as it was."""
    off = np.array(
        [
            np.log2(start.focal_px / now.focal_px),
            start.down - now.down,
            -now.roll,
            start.height_m - now.height_m,
        ]
    )
    weights = 1 / LOOSE**2
    weights[0] = 1e9 if has_focal else weights[0]
    matrix[range(4), range(4)] += weights
    right[:4] += weights * off


def _moved(place: Place, by: np.ndarray) -> Place:
    turn = place.turn_deg + float(np.degrees(by[2]))
    return Place(place.x_m + float(by[0]), place.y_m + float(by[1]), turn)


def _rows(above: Above, place: Place, cube: SeenCube, edge_m: float, reach_px: float) -> Rows:
    """Of one cube: slopes [N,7], distances [N], weights [N], and which are of edges nearby."""
    camera = above.camera()
    corners = corners_of(place, edge_m)
    pixels = camera.project(corners)
    edges = np.array(edges_seen(camera, corners, place))
    points, normals = _along(pixels, edges)
    offsets, strengths = _offsets(cube.grey, points, normals, reach_px)
    slopes: List[np.ndarray] = []
    box = _box(pixels)
    box_slopes: List[np.ndarray] = []
    for number in range(7):
        small = np.zeros(7)
        small[number] = 1e-4
        near = above.moved(small[:4]).camera().project(corners_of(_moved(place, small[4:]), edge_m))
        slopes.append((((_along(near, edges)[0] - points) * normals).sum(axis=-1) / 1e-4).ravel())
        box_slopes.append((_box(near) - box) / 1e-4)
    is_edge = (strengths > LEAST_STEP).ravel()
    apart = offsets.ravel()
    weights = is_edge / (1 + (apart / DOUBT_PX) ** 2) ** 2
    box_apart = np.array(cube.box_xyxy) - box
    return (
        np.concatenate([np.stack(slopes, axis=1), np.stack(box_slopes, axis=1)]),
        np.concatenate([apart, box_apart]),
        np.concatenate([weights, np.full(4, 1 / BOX_DOUBT_PX**2)]),
        np.concatenate([is_edge & (np.abs(apart) < 2 * DOUBT_PX), np.zeros(4, bool)]),
    )


def _box(pixels: np.ndarray) -> np.ndarray:
    front = pixels[[0, 1, 5, 4]]
    return np.concatenate([front.min(axis=0), front.max(axis=0)])


def _along(pixels: np.ndarray, edges: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Points on the edges [E,W,2] and the edges' normals [E,1,2]."""
    start, way = pixels[edges[:, 0]], pixels[edges[:, 1]] - pixels[edges[:, 0]]
    normals = np.stack([-way[:, 1], way[:, 0]], axis=1)
    normals = normals / np.maximum(np.hypot(*way.T), 1e-6)[:, None]
    return start[:, None] + _WAYS[None, :, None] * way[:, None], normals[:, None]


def _offsets(
    grey: np.ndarray, points: np.ndarray, normals: np.ndarray, reach_px: float
) -> Tuple[np.ndarray, np.ndarray]:
    """How far beside each point the picture changes most, and by how much; both [E,W]."""
    steps = np.arange(-reach_px - STEP_PX, reach_px + 1.5 * STEP_PX, STEP_PX)
    at = points[..., None, :] + steps[:, None] * normals[..., None, :]
    flat = at.reshape(at.shape[0], -1, 2).astype(np.float32)
    xs, ys = (np.ascontiguousarray(flat[..., axis]) for axis in (0, 1))
    levels = cv2.remap(grey, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    levels = levels.reshape(at.shape[:-1])
    change = np.abs(levels[..., 2:] - levels[..., :-2]) / 2
    middle = steps[1:-1]
    near = change / (1 + (middle / (0.7 * reach_px)) ** 2)
    best = near.argmax(axis=-1)
    inner = np.clip(best, 1, len(middle) - 2)
    left, here, right = (
        np.take_along_axis(change, (inner + by)[..., None], axis=-1)[..., 0] for by in (-1, 0, 1)
    )
    bend = left - 2 * here + right
    between = np.where(np.abs(bend) > 1e-6, 0.5 * (left - right) / np.where(bend, bend, 1), 0)
    return middle[inner] + STEP_PX * np.clip(between, -1, 1), np.where(best == inner, here, 0.0)
