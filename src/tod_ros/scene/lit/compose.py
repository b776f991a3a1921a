"""A lit scene: cubes get places and marks, every surface its light, the sensor its picture."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.errors import SceneError
from tod_ros.scene import layout
from tod_ros.scene.layout import Layout, Sight
from tod_ros.scene.lit import sensor
from tod_ros.scene.lit.lamp import Lamp, random_lamp, shadows
from tod_ros.scene.lit.surfaces import ROOM_PX, face_surface, random_stationery, room_surface
from tod_ros.scene.projection import Placement, View, view_of_row
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.scene import Scene, left_to_right

SMALLEST_FACE, LARGEST_FACE = 28 / 640, 300 / 640  # in widths of the picture
ATTEMPTS = 60
FINER = 1.5  # the light is computed on so many more pixels than the picture has
NORMALS = {"front": (0, 0, -1), "top": (0, -1, 0), "left": (-1, 0, 0), "right": (1, 0, 0)}
FACES_US = 1.25  # the front's area in that of any other face
MOST_FACE_PX = 240
SURE_FRONT = 1.6  # from here on the other faces may bear any mark


@dataclass(frozen=True)
class Standing:
    """A cube at its place: its class ("" for none), the mark on its front ("" for blank)."""

    place: Placement
    sight: Sight
    name: str
    mark: str


def draw_lit(rng: np.random.Generator, request: SceneRequest, count: int) -> Scene:
    """A lit scene of `count` cubes that bear a class."""
    plan, cubes = stand(rng, request, count)
    return paint(rng, request, plan, cubes)


def stand(
    rng: np.random.Generator, request: SceneRequest, count: int
) -> Tuple[Layout, List[Standing]]:
    """Cubes of which every one with a class can be read, far ones first."""
    size_wh, wrong = request.size_wh, request.wrong
    few = int(rng.integers(0, 4)) if count == 0 else int(rng.integers(0, 3))
    others = min(few, 8 - count) if request.others is None else request.others
    names = sorted(request.mark_of)
    for attempt in range(ATTEMPTS):
        wild = 0.25 if request.calm else 1.0 - attempt / (ATTEMPTS - 1)
        here = others if attempt < ATTEMPTS // 2 else 0
        plan = _layout(rng, size_wh, count + here, wild)
        seen = layout.sights(plan, plan.cubes, size_wh)
        bearers = rng.permutation(count + here)[:count].tolist()
        if all(_can_be_read(seen[i], size_wh[0]) for i in bearers) and layout.apart(
            [seen[i] for i in bearers]
        ):
            break
    else:
        raise SceneError(f"{count} cubes have no room in a picture of {size_wh[0]}x{size_wh[1]}")
    cubes = []
    for i in layout.far_to_near(plan.cubes):
        name = names[int(rng.integers(len(names)))] if i in bearers else ""
        other = "" if rng.random() < 0.3 or not wrong else wrong[int(rng.integers(len(wrong)))]
        cubes.append(
            Standing(plan.cubes[i], seen[i], name, request.mark_of[name] if name else other)
        )
    return plan, cubes


def _layout(rng: np.random.Generator, size_wh: Tuple[int, int], count: int, wild: float) -> Layout:
    """Cubes side by side or scattered, upright or turned in the picture, on the table or held."""
    gap = rng.uniform(0.02, 0.2 + 0.8 * wild)
    fits = 0.95 / max(count * (1 + gap), 1.0)
    largest = min(LARGEST_FACE, max(fits, SMALLEST_FACE * 1.2))
    few_small = max(rng.random(), rng.random())
    face = float(SMALLEST_FACE * (largest / SMALLEST_FACE) ** few_small)
    turned = wild * (rng.random() < 0.5)
    view, distance = view_of_row(
        size_wh,
        face * size_wh[0],
        focal=rng.uniform(0.6, 2.0),
        elevation=float(rng.triangular(-0.05, 0.1, 0.15 + 0.5 * wild)),
        row_v=0.5 + rng.uniform(-0.4, 0.4) * wild,
        roll=float(rng.uniform(-0.79, 0.79) * turned * (rng.random() < 0.4)),
    )
    spare = max(1 / face - count * (1 + gap), 0.0)
    start = -count * (1 + gap) / 2 + rng.uniform(-0.5, 0.5) * spare
    scattered, swung = wild * (rng.random() < 0.4), wild * (rng.random() < 0.6)
    cubes = []
    for i in range(count):
        held = -abs(rng.normal(0, 1.0)) * wild * (rng.random() < 0.15)
        lean = float(rng.uniform(-0.79, 0.79) * turned) if rng.random() < 0.6 else 0.0
        cubes.append(
            Placement(
                x=start + (i + 0.5) * (1 + gap) + rng.normal(0, 0.08) * gap,
                z=distance + 0.5 + rng.uniform(-0.15, 0.5) * distance * 0.5 * scattered,
                yaw=float(np.clip(rng.normal(0, 0.05 + 0.35 * swung), -0.7, 0.7)),
                lean=lean,
                y=float(held),
            )
        )
    return Layout(view, distance, tuple(cubes))


def _front_share(sight: Sight) -> float:
    """The area of the front in that of the largest other face."""
    areas = {side: cv2.contourArea(c.astype(np.float32)) for side, c in sight.faces.items()}
    front = areas.pop("front", 0.0)
    return front / max([*areas.values(), 1e-6])


def _can_be_read(sight: Sight, width: int) -> bool:
    if sight.mark_seen < layout.READABLE or sight.front_seen < 0.93:
        return False
    front = sight.faces["front"]
    across = np.linalg.norm(front - np.roll(front, 1, axis=0), axis=1).min()
    return bool(across >= 0.85 * SMALLEST_FACE * width) and _front_share(sight) >= FACES_US


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
    boxes = tuple(_box(cube, size_wh) for cube in cubes if cube.name)
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


_SIDES: Dict[str, List[int]] = {
    "left": [4, 7, 3, 0],
    "right": [6, 5, 1, 2],
    "top": [4, 5, 6, 7],
    "front": [7, 6, 2, 3],
}


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
                mark = mark if _front_share(cube.sight) >= SURE_FRONT else ""
            corners = cube.place.corners[_SIDES[side]]
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
