"""A desk under a camera that stands still: its pose, and where each cube stands, are known.

Each view shows other cubes in the same room. The places are in the frame of a sheet of paper that
lies on the desk, or may: what `tod place` calibrates by.
"""

from __future__ import annotations

import itertools
from typing import Any, Dict, Tuple

import numpy as np

from tod_ros.scene.desk import Sheet, Stand, draw_desk, random_stand, sheet_on
from tod_ros.scene.request import SceneRequest
from tod_ros.simulation.views import View, seed_of

EDGE_M = 0.04
SIZE_WH = (640, 480)
LEAST_SHEET_M = 0.2  # along its near edge: four clicks on a smaller one say little


class Desk:
    """The desk of one seed."""

    def __init__(self, seed: int):
        self._seed = seed
        self._stand, self._sheet = _stand_and_sheet(seed)

    def facts(self) -> Dict[str, Any]:
        """Camera and sheet as they are, as a value that the parameter server can hold."""
        rotation, position_m = self._sheet.camera_of(self._stand.view, EDGE_M)
        return {
            "frame_id": "desk",
            "cube_edge_m": EDGE_M,
            "size_wh": list(SIZE_WH),
            "focal_px": self.focal_px,
            "rotation": rotation.ravel().tolist(),
            "position_m": position_m.tolist(),
            "sheet_wh_m": list(self._sheet.wh_m),
            "corners_px": self._sheet.corners_px.tolist(),
        }

    @property
    def focal_px(self) -> float:
        return float(self._stand.view.focal_px)

    def view(
        self, number: int, cubes: int, difficulty: str, tilt_deg: float, with_sheet: bool
    ) -> View:
        """View number n; `cubes` below 0: 1 to 3. The camera looks `tilt_deg` further down."""
        count = None if cubes < 0 else cubes
        request = SceneRequest(
            size_wh=SIZE_WH, cubes=count, difficulty=difficulty, place=self._seed
        )
        sheet = self._sheet if with_sheet else None
        stand = self._stand.tilted(tilt_deg)
        desk = draw_desk(seed_of(self._seed, number), request, stand, sheet)
        places = tuple(self._sheet.place_of(cube, EDGE_M) for cube in desk.cubes)
        source = f"desk {number} of seed {self._seed}"
        return View(desk.scene.image, source, desk.scene.boxes, places=places)


def _stand_and_sheet(seed: int) -> Tuple[Stand, Sheet]:
    for attempt in itertools.count():
        stand = random_stand(np.random.default_rng([seed, attempt]), SIZE_WH)
        sheet = sheet_on(stand, SIZE_WH, EDGE_M)
        if sheet is not None and sheet.wh_m[0] >= LEAST_SHEET_M:
            return stand, sheet
    raise AssertionError("counting has no end")
