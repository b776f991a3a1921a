"""Where the cubes of a scene stand, and which of them a person could still read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.scene.projection import Placement, View, faces_seen, view_of_row

SMALLEST_FACE, LARGEST_FACE = 40 / 640, 220 / 640  # in widths of the picture
HARSH_SMALLEST, HARSH_LARGEST = 28 / 640, 300 / 640
HARSH_TURN = 0.79  # an eighth of a circle
MARK_SHARE = 0.76  # of a face's edge: the mark lies within
READABLE, UNREADABLE = 0.97, 0.15  # share of the mark's part of the face that is seen
LEAST_FACE_SEEN, HARSH_LEAST_SEEN = 0.7, 0.93  # a harsh mark may be anywhere on its face
LEAST_APART = 0.35  # of a face, between the middles of two: else there is no left and right


@dataclass(frozen=True)
class Layout:
    view: View
    distance: float
    cubes: Tuple[Placement, ...]


@dataclass(frozen=True)
class Sight:
    """What is seen of a cube: its faces' corners, and the shares of front and mark in view."""

    faces: Dict[str, np.ndarray]
    front_seen: float
    mark_seen: float

    @property
    def readable(self) -> bool:
        return self.mark_seen >= READABLE and self.front_seen >= LEAST_FACE_SEEN and self.faces_us

    @property
    def faces_us(self) -> bool:
        """The front is by far the largest face: nobody would call another one the front."""
        areas = {side: cv2.contourArea(c.astype(np.float32)) for side, c in self.faces.items()}
        front = areas.pop("front", 0.0)
        return front > 0 and all(front >= 1.6 * area for area in areas.values())


def random_layout(
    rng: np.random.Generator, size_wh: Tuple[int, int], count: int, calm: float, harsh: bool = False
) -> Layout:
    """A row or a loose group of `count` cubes; `calm` 0 is anything, 1 a neat row.

    It is long because one draw decides on all cubes, in an order that keeps old seeds.
    """
    wild = 1.0 - calm
    gap = float(np.exp(rng.uniform(np.log(0.04), np.log(1.2)))) * wild + 0.3 * calm
    fits = 1.0 / max(count * (1 + gap) - gap + 0.1, 1.0)
    least, most = (HARSH_SMALLEST, HARSH_LARGEST) if harsh else (SMALLEST_FACE, LARGEST_FACE)
    largest = min(most, max(fits, least))
    smallest = least + (0.7 * largest - least) * calm
    face = float(np.exp(rng.uniform(np.log(min(smallest, largest)), np.log(largest))))
    view, distance = view_of_row(
        size_wh,
        face * size_wh[0],
        focal=rng.uniform(0.75, 1.6),
        elevation=_elevation(rng, wild),
        row_v=0.5 + rng.uniform(-0.5, 0.5) * wild * (1 - face * 1.2),
        roll=_roll(rng, wild, harsh),
    )
    room = max(1 / face - count * (1 + gap) + gap, 0.0)
    left = -(count * (1 + gap) - gap) / 2 + rng.uniform(-0.5, 0.5) * room
    loose = wild if rng.random() < 0.35 else 0.15 * wild
    leaning = 0.07 * wild if rng.random() < 0.3 else 0.01 * wild
    if harsh and rng.random() < 0.4:
        leaning = 0.4 * wild
    cubes = [
        Placement(
            x=left + 0.5 + i * (1 + gap) + rng.normal(0, 0.1) * min(gap, 1.0) * wild,
            z=distance + 0.5 + rng.uniform(-0.2, 0.6) * distance * 0.5 * loose,
            yaw=float(rng.normal(0, 0.08 + 0.3 * loose)),
            lean=min(max(float(rng.normal(0, leaning)), -HARSH_TURN), HARSH_TURN),
        )
        for i in range(count)
    ]
    return Layout(view, distance, tuple(cubes))


def _elevation(rng: np.random.Generator, wild: float) -> float:
    return float(rng.uniform(-0.02, 0.5) if rng.random() < 0.5 * wild else rng.uniform(0.0, 0.2))


def _roll(rng: np.random.Generator, wild: float, harsh: bool) -> float:
    if harsh and rng.random() < 0.3:
        return float(rng.uniform(-HARSH_TURN, HARSH_TURN)) * wild
    return float(rng.uniform(-0.35, 0.35) if rng.random() < 0.3 else rng.normal(0, 0.05)) * wild


def stray(rng: np.random.Generator, layout: Layout, size_wh: Tuple[int, int]) -> Placement:
    """One more cube, across the left or right border of the picture."""
    half = size_wh[0] / 2 / layout.view.focal_px * layout.distance
    side = 1.0 if rng.random() < 0.5 else -1.0
    x = side * (half + rng.uniform(-0.1, 0.45))
    return Placement(x, layout.distance + 0.5, float(rng.normal(0, 0.15)))


def sights(layout: Layout, cubes: Sequence[Placement], size_wh: Tuple[int, int]) -> List[Sight]:
    """What the camera sees of each cube, nearer ones before farther ones."""
    corners = [layout.view.project(cube.corners) for cube in cubes]
    owner = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    for i in far_to_near(cubes):
        outline = np.round(corners[i]).astype(np.int32)
        cv2.fillConvexPoly(owner, cv2.convexHull(outline), i + 1)
    seen = []
    for i in range(len(cubes)):
        faces = faces_seen(corners[i])
        if "front" not in faces:
            seen.append(Sight(faces, 0.0, 0.0))
            continue
        front = faces["front"]
        centre = front.mean(axis=0)
        middle = centre + (front - centre) * MARK_SHARE
        seen.append(Sight(faces, _share(owner, front, i + 1), _share(owner, middle, i + 1)))
    return seen


def far_to_near(cubes: Sequence[Placement]) -> List[int]:
    return sorted(range(len(cubes)), key=lambda i: -(cubes[i].x ** 2 + cubes[i].z ** 2))


def can_be_told(wanted: Sequence[Sight], width: int, harsh: bool = False) -> bool:
    """Whether every one of these cubes can be read, and which is left of which."""
    least = HARSH_SMALLEST if harsh else SMALLEST_FACE
    smallest = least * width * 0.9  # its foreshortening aside
    readable = all(sight.readable for sight in wanted)
    if harsh and any(sight.front_seen < HARSH_LEAST_SEEN for sight in wanted):
        return False
    return (
        readable
        and all(np.ptp(sight.faces["front"], axis=0).min() >= smallest for sight in wanted)
        and apart(wanted)
    )


def apart(wanted: Sequence[Sight]) -> bool:
    """Whether left and right are beyond doubt for these cubes."""
    fronts = sorted((s.faces["front"] for s in wanted), key=lambda f: float(np.mean(f[:, 0])))
    return all(
        b[:, 0].mean() - a[:, 0].mean() >= LEAST_APART * max(np.ptp(a[:, 0]), np.ptp(b[:, 0]))
        for a, b in zip(fronts, fronts[1:])
    )


def _share(owner: np.ndarray, polygon: np.ndarray, number: int) -> float:
    """The part of a polygon that belongs to cube `number`; what is outside the picture does not."""
    xs, ys = polygon.T.tolist()
    left, top = math.floor(min(xs)), math.floor(min(ys))
    right, bottom = math.ceil(max(xs)) + 1, math.ceil(max(ys)) + 1
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(right, owner.shape[1]), min(bottom, owner.shape[0])
    if x1 <= x0 or y1 <= y0:
        return 0.0
    mask = np.zeros((bottom - top, right - left), np.uint8)
    outline = np.round((polygon - (left, top)) * 16 - 8).astype(np.int32)
    cv2.fillConvexPoly(mask, outline, 1, cv2.LINE_8, shift=4)
    inside = mask[y0 - top : y1 - top, x0 - left : x1 - left].view(bool)
    mine = np.count_nonzero(inside & (owner[y0:y1, x0:x1] == number))
    return mine / max(cv2.countNonZero(mask), 1)
