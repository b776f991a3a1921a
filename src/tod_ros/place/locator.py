"""Detections with their places on the desk, and a word where the camera seems to have moved."""

from __future__ import annotations

import logging
import statistics
from collections import deque
from dataclasses import replace
from typing import Deque, List, Sequence

import numpy as np

from tod_ros.detection import Detection
from tod_ros.place.calibration import AGAIN, Calibration
from tod_ros.place.cube_pose import locate
from tod_ros.place.desk_camera import DeskCamera

# Share of a box's height. Measured on 60 drawn scenes: median .018 with the camera in its place,
# .10 to .12 after a tilt of 6 degrees, .04 to .08 after 2 cm up or down.
MOVED_MISFIT = 0.05
REMEMBERED = 12  # cubes whose median misfit is looked at
FEWEST = 5

log = logging.getLogger("rosout." + __name__)


class Locator:
    """Knows the calibrated camera; remembers how well the last cubes fitted it."""

    def __init__(self, calibration: Calibration):
        self.calibration = calibration
        self._misfits: Deque[float] = deque(maxlen=REMEMBERED)
        self._has_told_size = False
        self._has_told_move = False

    @property
    def seems_moved(self) -> bool:
        """Whether the boxes of the last cubes fit no cubes on the desk."""
        few = len(self._misfits) < FEWEST
        return not few and statistics.median(self._misfits) > MOVED_MISFIT

    def placed(self, bgr_image: np.ndarray, found: Sequence[Detection]) -> List[Detection]:
        """The detections with their places; without one where no cube on the desk fits the box."""
        camera = self._camera_for(bgr_image)
        if camera is None:
            return list(found)
        placed = [self._with_place(camera, bgr_image, detection) for detection in found]
        if self.seems_moved and not self._has_told_move:
            log.warning("the camera seems to have been moved: %s", AGAIN)
        self._has_told_move = self.seems_moved
        return placed

    def _with_place(
        self, camera: DeskCamera, bgr_image: np.ndarray, detection: Detection
    ) -> Detection:
        fit = locate(camera, detection.xyxy, self.calibration.cube_edge_m, bgr_image)
        if fit is None:
            return detection
        self._misfits.append(fit.misfit)
        return replace(detection, place=fit.place)

    def _camera_for(self, bgr_image: np.ndarray) -> DeskCamera | None:
        """The camera for pictures of this size; None for another shape than was calibrated."""
        camera = self.calibration.camera
        height, width = bgr_image.shape[:2]
        if (width, height) == camera.size_wh:
            return camera
        if width * camera.size_wh[1] == height * camera.size_wh[0]:
            scale = width / camera.size_wh[0]
            return replace(camera, focal_px=camera.focal_px * scale, size_wh=(width, height))
        if not self._has_told_size:
            was = "x".join(map(str, camera.size_wh))
            log.warning(
                "the camera was calibrated with %s, a picture is %dx%d: %s",
                was,
                width,
                height,
                AGAIN,
            )
            self._has_told_size = True
        return None
