"""A camera is calibrated by the edges of the cubes that it sees, without a sheet.

The frame is then the camera's own: its origin is the point of the desk straight below the camera,
y runs along the desk where the camera looks, z up. The length of an edge gives the scale.
"""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Sequence, Tuple

import numpy as np

from tod_ros.errors import SettingError
from tod_ros.place.above import Above
from tod_ros.place.cube_pose import locate, smoothed
from tod_ros.place.edge_fit import EdgeFit, SeenCube, fit_edges

DOWNS_DEG = (5.0, 12.0, 20.0, 28.0, 38.0, 50.0)  # how far the camera may look down, to start from
FOCALS = (0.8, 1.0, 1.35)  # in widths of the picture, to start from where it is not known
MOST_CUBES = 16  # more say hardly more, and take longer
BEST_STARTS = 4
FEWEST = "show it more cubes, in several pictures, or calibrate with a sheet"

Boxes = Sequence[Sequence[float]]
Seen = Tuple[np.ndarray, np.ndarray, Sequence[float]]  # a picture, smoothed, and one box in it


def calibrate_by_cubes(
    pictures: Sequence[Tuple[np.ndarray, Boxes]], edge_m: float, focal_px: Optional[float] = None
) -> EdgeFit:
    """The camera that took these pictures, with the boxes of the marked faces in each.

    The camera must not have moved between them. SettingError where the edges say too little.
    """
    if not any(len(boxes) for _, boxes in pictures):
        raise SettingError(f"the pictures show no cubes; {FEWEST}")
    height, width = pictures[0][0].shape[:2]
    if any(image.shape[:2] != (height, width) for image, _ in pictures):
        raise SettingError("the pictures differ in size; take all of them with one camera")
    seen = [(image, smoothed(image), box) for image, boxes in pictures for box in boxes]
    seen = seen[:MOST_CUBES]
    starts = []
    for focal in [focal_px] if focal_px else [share * width for share in FOCALS]:
        for down in DOWNS_DEG:
            start = _start([box for _, _, box in seen], (width, height), edge_m, focal, down)
            starts.append((_misfit(start, seen, edge_m), start))
    starts.sort(key=lambda entry: entry[0])
    fits = []
    for _, start in starts[:BEST_STARTS]:
        cubes = _placed(start, seen, edge_m)
        fitted = fit_edges(start, cubes, edge_m, focal_px is not None) if cubes else None
        if fitted is not None:
            fits.append(fitted)
    if not fits:
        raise SettingError(f"the edges of the cubes cannot be seen well enough; {FEWEST}")
    return min(fits, key=lambda fit: fit.residual_px / fit.points)


def _start(
    boxes: Boxes, size_wh: Tuple[int, int], edge_m: float, focal_px: float, down_deg: float
) -> Above:
    """The height at which a camera that looks so far down sees faces as large as these boxes."""
    above = Above(focal_px, float(np.radians(down_deg)), 0.0, 0.0, size_wh)
    camera = above.camera()
    heights = []
    for xmin, ymin, xmax, ymax in boxes:
        depth_m = focal_px * edge_m / max(xmax - xmin, 1.0)
        pixel = np.array([(xmin + xmax) / 2, (ymin + ymax) / 2]) - camera.centre_xy
        way = camera.matrix.T @ np.append(pixel / focal_px, 1.0) * depth_m
        heights.append(edge_m / 2 - float(way[2]))
    return replace(above, height_m=max(float(np.median(heights)), 0.02))


def _misfit(above: Above, seen: Sequence[Seen], edge_m: float) -> float:
    """How badly the boxes fit cubes that stand on the desk of this camera."""
    camera = above.camera()
    fits = [locate(camera, box, edge_m) for _, _, box in seen]
    return float(np.median([fit.misfit if fit is not None else np.inf for fit in fits]))


def _placed(above: Above, seen: Sequence[Seen], edge_m: float) -> List[SeenCube]:
    """The cubes where this camera sees them."""
    camera = above.camera()
    cubes = []
    for image, grey, box in seen:
        fit = locate(camera, box, edge_m, image)
        if fit is not None and np.isfinite([fit.place.x_m, fit.place.y_m]).all():
            xmin, ymin, xmax, ymax = (float(value) for value in box)
            cubes.append(SeenCube(grey, (xmin, ymin, xmax, ymax), fit.place))
    return cubes
