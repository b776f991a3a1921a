"""A lit scene: every surface gets its light, the sensor its picture."""

from __future__ import annotations

import dataclasses
from typing import Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.scene.layout import Layout
from tod_ros.scene.lit import sensor
from tod_ros.scene.lit.lamp import Lamp, random_lamp, shadows
from tod_ros.scene.lit.standing import Standing, front_share, stand
from tod_ros.scene.lit.surfaces import ROOM_PX, face_surface, random_stationery, room_surface
from tod_ros.scene.projection import FACES, Placement, View
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.scene import Scene, left_to_right
from tod_ros.scene.seen_faces import with_masks

FINER = 1.5  # the light is computed on so many more pixels than the picture has
NORMALS = {"front": (0, 0, -1), "top": (0, -1, 0), "left": (-1, 0, 0), "right": (1, 0, 0)}
MOST_FACE_PX = 240
SURE_FRONT = 1.6  # from here on the other faces may bear any mark


def draw_lit(rng: np.random.Generator, request: SceneRequest, count: int) -> Scene:
    """A lit scene of `count` cubes that bear a class."""
    plan, cubes = stand(rng, request, count)
    return paint(rng, request, plan, cubes)


def paint(
    rng: np.random.Generator, request: SceneRequest, plan: Layout, cubes: Sequence[Standing]
) -> Scene:
    """The picture of cubes that have their places and marks."""
    size_wh = request.size_wh
    wild = 0.2 if request.calm else 1.0
    lamp = random_lamp(rng, plan.distance, wild)
    room, wall = _room(rng, plan.view, size_wh, plan, lamp, [cube.place for cube in cubes])
    fine_wh = round(size_wh[0] * FINER), round(size_wh[1] * FINER)
    light = cv2.resize(room, fine_wh)
    view = dataclasses.replace(
        plan.view,
        focal_px=plan.view.focal_px * FINER,
        centre_xy=(fine_wh[0] / 2, fine_wh[1] / 2),
    )
    _cubes(rng, light, view, cubes, lamp, request.side_marks, wall)
    light = cv2.resize(light, size_wh, interpolation=cv2.INTER_AREA)
    boxes = [_box(cube, size_wh) for cube in cubes if cube.name]
    if request.masks:
        boxes = with_masks(boxes, cubes, size_wh)
    fronts = [_box(c, size_wh) for c in cubes if not c.name and "front" in c.sight.faces]
    others = tuple(box for box in fronts if box.xmax > box.xmin and box.ymax > box.ymin)
    smallest = min([box.ymax - box.ymin for box in boxes] + [size_wh[1] * 0.3])
    while True:
        exposure = sensor.random_exposure(rng, smallest, wild)
        levels = sensor.counted(light, exposure)
        if wild < 0.15 or sensor.all_readable(levels, boxes, exposure):
            pixels = sensor.grained(rng, levels, exposure)
            return Scene(pixels, left_to_right(boxes), left_to_right(others))
        wild *= 0.8


def _room(
    rng: np.random.Generator,
    view: View,
    size_wh: Tuple[int, int],
    plan: Layout,
    lamp: Lamp,
    places: Sequence[Placement],
) -> Tuple[np.ndarray, np.ndarray]:
    """Wall and table in the lamp's light; the wall's mean albedo."""
    far = plan.distance + 1.2 + float(rng.exponential(4.0))
    reach = rng.uniform(2.0, 8.0)
    ahead = max(far - 2 * reach, 0.4 * plan.distance)
    floor = np.array([[-reach, 0, far], [reach, 0, far], [reach, 0, ahead], [-reach, 0, ahead]])
    tall = 2 * reach
    back = np.array([[-reach, -tall, far], [reach, -tall, far], [reach, 0, far], [-reach, 0, far]])
    wall, table = room_surface(rng), room_surface(rng)
    upper = _sheet(view, wall * _lit(lamp, back, NORMALS["front"], ROOM_PX), back, size_wh)
    lower = _sheet(view, table * _lit(lamp, floor, NORMALS["top"], ROOM_PX), floor, size_wh)
    lower *= cv2.merge([shadows(rng, view, lamp, places, size_wh)] * 3)
    (ax, ay), (bx, by) = view.project(np.array([[-1.0, 0, far], [1.0, 0, far]])).tolist()
    xs = np.arange(size_wh[0], dtype=np.float32) - ax
    ys = np.arange(size_wh[1], dtype=np.float32)[:, None] - ay
    below = ((bx - ax) * ys - (by - ay) * xs > 0).astype(np.uint8)
    return cv2.copyTo(lower, below, upper), wall.mean((0, 1))


def _sheet(
    view: View, surface: np.ndarray, corners: np.ndarray, size_wh: Tuple[int, int]
) -> np.ndarray:
    """A plane in view, mirrored on and on beyond its corners."""
    own = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * ROOM_PX
    warp = cv2.getPerspectiveTransform(own, view.project(corners).astype(np.float32))
    return cv2.warpPerspective(surface, warp, size_wh, borderMode=cv2.BORDER_REFLECT)


def _lit(lamp: Lamp, corners: np.ndarray, normal: Sequence[float], size: int) -> np.ndarray:
    """The light on a quadrilateral (upper left, then clockwise), [size,size,3]."""
    v, u = np.mgrid[0:1:12j, 0:1:12j][..., None]
    upper = corners[0] + (corners[1] - corners[0]) * u
    lower = corners[3] + (corners[2] - corners[3]) * u
    return cv2.resize(lamp.on(upper + (lower - upper) * v, normal), (size, size))


def _cubes(
    rng: np.random.Generator,
    light: np.ndarray,
    view: View,
    cubes: Sequence[Standing],
    lamp: Lamp,
    marks: Sequence[str],
    wall: np.ndarray,
) -> None:
    """All faces in view, each in its own light."""
    made_of = random_stationery(rng, wall)
    marked_sides = rng.choice([0.0, 0.4, 1.0])
    for cube in cubes:
        if rng.random() < 0.2:
            made_of = random_stationery(rng, wall)
        for side in cube.sight.faces:
            mark = cube.mark
            if side != "front":
                shown = marks and rng.random() < marked_sides
                mark = marks[int(rng.integers(len(marks)))] if shown else ""
                mark = mark if front_share(cube.sight) >= SURE_FRONT else ""
            corners = cube.place.corners[FACES[side]]
            seen = view.project(corners)
            size = int(np.clip(np.ptp(seen, axis=0).max() * 1.1, 48, MOST_FACE_PX))
            face = face_surface(rng, made_of, mark, size)
            _paste(light, face * _lit(lamp, corners, _normal(corners), size), seen)


def _normal(corners: np.ndarray) -> Sequence[float]:
    normal = np.cross(corners[1] - corners[0], corners[0] - corners[3])
    return (normal / np.linalg.norm(normal)).tolist()


def _paste(light: np.ndarray, face: np.ndarray, corners: np.ndarray) -> None:
    """A lit face into its place; its outline is smooth."""
    height, width = light.shape[:2]
    x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0).tolist()
    x1, y1 = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, (width, height)).tolist()
    if x1 <= x0 or y1 <= y0:
        return
    across = max(int(np.ptp(corners, axis=0).max() * 1.2), 8)
    if face.shape[0] > across:
        face = cv2.resize(face, (across, across), interpolation=cv2.INTER_AREA)
    size = face.shape[0]
    own = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    local = (corners - (x0, y0)).astype(np.float32)
    warp = cv2.getPerspectiveTransform(own, local)
    shown = cv2.warpPerspective(face, warp, (x1 - x0, y1 - y0), borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(mask, np.round(local * 8).astype(np.int32), 255, cv2.LINE_AA, 3)
    share = cv2.cvtColor(mask * np.float32(1 / 255), cv2.COLOR_GRAY2BGR)
    behind = light[y0:y1, x0:x1]
    behind += (shown - behind) * share


def _box(cube: Standing, size_wh: Tuple[int, int]) -> Box:
    front = cube.sight.faces["front"]
    low, high = np.round(front.min(axis=0)), np.round(front.max(axis=0))
    cut = bool((low < 0).any() or (high > size_wh).any())
    xmin, ymin = np.clip(low, 0, size_wh).astype(int).tolist()
    xmax, ymax = np.clip(high, 0, size_wh).astype(int).tolist()
    return Box(cube.name, xmin, ymin, xmax, ymax, truncated=cut)
