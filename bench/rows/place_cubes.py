"""How far from the truth places are where the cubes' own edges alone calibrated the camera.

Each camera stands still above a drawn desk and takes four pictures to calibrate by, and one more
whose cubes are placed; the truth is in the frame below the camera. The boxes are the shipped
detector's. The course leaves this to the student.
"""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from bench.setting import Setting
from bench.table import Row
from tod_ros.detection import iou
from tod_ros.errors import SettingError
from tod_ros.inference.detector import load_detector
from tod_ros.place.cube_pose import locate
from tod_ros.place.cubes import calibrate_by_cubes
from tod_ros.place.desk_camera import DeskCamera
from tod_ros.scene.desk import DeskScene, Stand, draw_desk, random_stand
from tod_ros.scene.projection import faces_seen
from tod_ros.scene.request import SceneRequest

CAMERAS, PICTURES, EDGE_M = 30, 4, 0.04
FIRST = 8 * 10**9  # far from the seeds of training sets and cards
FAR_MM = 1000.0  # what a cube that cannot be placed counts as


def measure(setting: Setting) -> List[Row]:
    detector = load_detector(setting.model)
    rows: List[Row] = []
    for what in ("focal length known", "focal length unknown"):
        off_mm: List[float] = []
        refused = 0
        for number in range(setting.times(CAMERAS)):
            desks, stand = _desks(FIRST + 1000 * number)
            focal_px = stand.view.focal_px if what.endswith(" known") else None
            camera = _calibrated(detector, desks[:PICTURES], focal_px)
            refused += camera is None
            if camera is not None:
                off_mm += _off_mm(detector, camera, desks[PICTURES])
        of = f"of {len(off_mm)} cubes, by edges alone, {what}"
        rows += [
            Row(f"position {of}, median", float(np.median(off_mm)), "mm"),
            Row(f"position {of}, 95 % within", float(np.percentile(off_mm, 95)), "mm"),
            Row(f"cameras refused, of {setting.times(CAMERAS)}, {what}", refused, ""),
        ]
    return rows


def _desks(seed: int) -> Tuple[List[DeskScene], Stand]:
    """Pictures of one camera, and the camera."""
    request = SceneRequest(difficulty="full", place=seed)
    stand = random_stand(np.random.default_rng(seed), request.size_wh)
    return [draw_desk(seed + n, request, stand) for n in range(PICTURES + 1)], stand


def _calibrated(
    detector: Any, desks: Sequence[DeskScene], focal_px: Optional[float]
) -> Optional[DeskCamera]:
    images = [desk.scene.image for desk in desks]
    pictures = [(image, [d.xyxy for d in detector.detect(image)]) for image in images]
    try:
        return calibrate_by_cubes(pictures, EDGE_M, focal_px).above.camera()
    except SettingError:
        return None


def _off_mm(detector: Any, camera: DeskCamera, desk: DeskScene) -> List[float]:
    """How far each cube that the detector sees is placed from where it stands."""
    found = detector.detect(desk.scene.image)
    off = []
    for cube in desk.cubes:
        front = faces_seen(desk.view.project(cube.corners))["front"]
        true_xyxy = [*front.min(axis=0), *front.max(axis=0)]
        box = max(found, key=lambda d: iou(d.xyxy, true_xyxy), default=None)
        if box is None or iou(box.xyxy, true_xyxy) <= 0.5:
            continue
        fit = locate(camera, box.xyxy, EDGE_M, desk.scene.image)
        if fit is None:
            off.append(FAR_MM)
        else:
            x_m, y_m = fit.place.x_m - cube.x * EDGE_M, fit.place.y_m - cube.z * EDGE_M
            off.append(1000 * float(np.hypot(x_m, y_m)))
    return off
