"""The page's panel that calibrates the camera by the corners of a sheet, as `tod place` does."""

from __future__ import annotations

from typing import Any, Dict

from tod_ros.annotate.store import SAVE_TIMEOUT_S, Store
from tod_ros.annotate.wire import read_corners
from tod_ros.dataset.project import Project
from tod_ros.dataset.project_lock import changing
from tod_ros.images.pillow_reader import picture_size
from tod_ros.place.calibration import calibration_of, write_calibration
from tod_ros.place.sheet import calibrate_by_sheet

FRAME_ID = "desk"


def save_place(project: Project, store: Store, message: Any) -> Dict[str, Any]:
    """Calibrate by the corners in the message; the camera, and where the calibration lies now."""
    clicked = read_corners(message)
    size_wh, _ = picture_size(store.path_of(clicked.key))
    found = calibrate_by_sheet(clicked.corners_px, size_wh, clicked.sheet_wh_m)
    calibration = calibration_of(
        found, clicked.corners_px, clicked.sheet_wh_m, clicked.cube_edge_m, FRAME_ID
    )
    with changing(project, SAVE_TIMEOUT_S):
        write_calibration(project.place_path, calibration)
    return {
        "height_m": found.camera.position_m[2],
        "focal_px": found.camera.focal_px,
        "residual_px": found.residual_px,
        "file": str(project.place_path.absolute()),
    }
