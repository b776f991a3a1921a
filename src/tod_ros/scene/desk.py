"""Scenes on a desk of which everything is known: the camera above it, and where each cube stands.

Unlike the scenes that a network learns from, the camera always looks down on the desk, as one that
is to tell places must: seen along the desk, no box says how far away a cube is.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple, Union

import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene import layout
from tod_ros.scene.compose import paint
from tod_ros.scene.layout import Layout, Sight
from tod_ros.scene.projection import Placement, View, view_of_row
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.scene import Scene
from tod_ros.scene.staging import Cube

DISTANCE = (5.0, 11.25)  # in edges of a cube: 20 to 45 cm for one of 4 cm
FOCAL = (0.75, 1.6)  # in widths of the picture
ELEVATION = (0.25, 0.6)  # radians by which the camera looks down on the cubes
FACE = (0.06, 0.32)  # of the picture's width
TURN_SPREAD = 0.28  # radians
MOST_CUBES = 3
SHEETS_WH_M = ((0.297, 0.210), (0.210, 0.148), (0.148, 0.105))
ATTEMPTS = 2000  # most desks are found within ten


@dataclass(frozen=True)
class Stand:
    """A camera that stands still above a desk, and the row before it where cubes stand."""

    view: View
    distance: float  # of the row from the camera, along the desk, in edges of a cube
    face: float  # of a cube in the row, in widths of the picture

    def tilted(self, degrees: float) -> Stand:
        """The same camera, looking further down."""
        pitch = self.view.pitch + float(np.radians(degrees))
        return dataclasses.replace(self, view=dataclasses.replace(self.view, pitch=pitch))


@dataclass(frozen=True)
class DeskScene:
    """A scene, the view that took it, and the cubes in it (edge 1), left to right."""

    scene: Scene
    view: View
    distance: float  # of the row of cubes from the camera, along the desk
    cubes: Tuple[Placement, ...]


def draw_desk(
    seed: int,
    request: SceneRequest,
    stand: Optional[Stand] = None,
    sheet: Optional[Sheet] = None,
) -> DeskScene:
    """The desk of this seed: 1 to 3 cubes, all of them whole in the picture and readable.

    `stand` is the camera that sees it (None: one for each seed), `sheet` lies on the desk.
    """
    rng = np.random.default_rng(seed)
    for _ in range(ATTEMPTS):
        camera = random_stand(rng, request.size_wh) if stand is None else stand
        some = request.cubes is None
        count = int(rng.integers(1, MOST_CUBES + 1)) if some else int(request.cubes or 0)
        cubes = [_placement(rng, camera.distance, camera.face) for _ in range(count)]
        plan = Layout(camera.view, camera.distance, tuple(cubes))
        seen = layout.sights(plan, cubes, request.size_wh)
        if layout.can_be_told(seen, request.size_wh[0]) and _whole(seen, request.size_wh):
            corners = None if sheet is None else sheet.corners_seen(camera.view)
            scene = paint(rng, request, plan, _marked(rng, request, cubes, seen), corners)
            by_middle = sorted(zip(seen, cubes), key=lambda pair: _middle_x(pair[0]))
            placed = tuple(cube for _, cube in by_middle)
            return DeskScene(scene, camera.view, camera.distance, placed)
    raise SceneError(f"{request.cubes} cubes have no room on this desk")


def random_stand(rng: np.random.Generator, size_wh: Tuple[int, int]) -> Stand:
    while True:
        focal, distance = rng.uniform(*FOCAL), rng.uniform(*DISTANCE)
        face = float(focal / distance)
        if FACE[0] < face < FACE[1]:
            break
    view, along = view_of_row(
        size_wh,
        face * size_wh[0],
        focal=focal,
        elevation=rng.uniform(*ELEVATION),
        row_v=rng.uniform(0.4, 0.65),
        roll=float(rng.normal(0, 0.04)),
    )
    return Stand(view, along, face)


def _placement(rng: np.random.Generator, distance: float, face: float) -> Placement:
    x, z = rng.uniform(-0.45, 0.45) / face, distance + 0.5 + rng.uniform(-1, 1)
    return Placement(float(x), float(z), float(rng.normal(0, TURN_SPREAD)))


def _whole(seen: Sequence[Sight], size_wh: Tuple[int, int]) -> bool:
    if not seen:
        return True
    fronts = np.concatenate([sight.faces["front"] for sight in seen])
    return bool((fronts >= 0).all() and (fronts <= np.array(size_wh) - 1).all())


def _middle_x(sight: Sight) -> float:
    front = sight.faces["front"][:, 0]
    return float(front.min() + front.max())


def _marked(
    rng: np.random.Generator,
    request: SceneRequest,
    cubes: Sequence[Placement],
    seen: Sequence[Sight],
) -> List[Cube]:
    names = list(request.mark_of)
    marked = []
    for number in layout.far_to_near(cubes):
        name = names[int(rng.integers(len(names)))]
        marked.append(Cube(cubes[number], seen[number], name, request.mark_of[name]))
    return marked


@dataclass(frozen=True)
class Sheet:
    """A sheet of paper on the desk, to calibrate by: corners near left, near right, far ones."""

    wh_m: Tuple[float, float]
    corners_px: np.ndarray
    near_left_xz: Tuple[float, float]  # in edges of a cube
    edges_wh: Tuple[float, float]  # its sides in edges of a cube

    def place_of(self, cube: Placement, edge_m: float) -> Tuple[float, float, float]:
        """x and y in metres from the near left corner, and the turn in degrees, of a cube."""
        x, z = self.near_left_xz
        return (cube.x - x) * edge_m, (cube.z - z) * edge_m, -float(np.degrees(cube.yaw))

    def camera_of(self, view: View, edge_m: float) -> Tuple[np.ndarray, np.ndarray]:
        """A view's rotation [3,3] from the sheet's frame (z up), and its position in metres."""
        x, z = self.near_left_xz
        to_world = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
        return view.rotation @ to_world, np.array([-x, -z, view.height]) * edge_m

    def corners_seen(self, view: View) -> np.ndarray:
        return _project(view, self.near_left_xz, (self.edges_wh[0], self.edges_wh[1]))


def sheet_on(
    desk: Union[DeskScene, Stand], size_wh: Tuple[int, int], edge_m: float
) -> Optional[Sheet]:
    """The largest of A4, A5 and A6 that lies whole in the picture; None where none does."""
    for wh_m in SHEETS_WH_M:
        width, depth = (side / edge_m for side in wh_m)
        for nearer in np.linspace(-2, 2, 9):
            at = (float(-width / 2), float(desk.distance + 0.5 + nearer - depth / 2))
            corners = _project(desk.view, at, (width, depth))
            if (corners > 2).all() and (corners < np.array(size_wh) - 2).all():
                return Sheet(wh_m, corners, at, (width, depth))
    return None


def _project(
    view: View, near_left_xz: Tuple[float, float], edges_wh: Tuple[float, float]
) -> np.ndarray:
    (x, z), (width, depth) = near_left_xz, edges_wh
    ground = [(x, z), (x + width, z), (x + width, z + depth), (x, z + depth)]
    return view.project(np.array([(cx, 0.0, cz) for cx, cz in ground]))
