"""A camera is calibrated by the four corners of a sheet of paper on the desk.

The corners are clicked in the order near left, near right, far right, far left. Their pixels give
the pose of the camera; with the focal length known (camera_info) they give nothing else, without
it they give that too, pulled weakly towards the focal length of a common webcam: a sheet that is
seen almost from straight above says nothing about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Sequence, Tuple

import numpy as np

from tod_ros.errors import SettingError
from tod_ros.place.desk_camera import DeskCamera, look_at

A4_WH_M = (0.297, 0.210)  # lying: the long side near the robot
COMMON_FOCAL = 0.95  # of a webcam, in widths of the picture: 55 degrees from left to right
FOCAL_RANGE = (0.4, 3.0)  # in widths of the picture
PULL_PX = 2.0  # what a focal length twice or half the common one costs, in pixels of a corner
LEAST_SIDE_PX = 20.0


@dataclass(frozen=True)
class Calibrated:
    """The camera, and how far (root mean square) the corners are from where it puts them."""

    camera: DeskCamera
    residual_px: float


def calibrate_by_sheet(
    corners_px: Sequence[Sequence[float]],
    size_wh: Tuple[int, int],
    sheet_wh_m: Tuple[float, float] = A4_WH_M,
    focal_px: Optional[float] = None,
) -> Calibrated:
    """The camera that sees the sheet's corners there; SettingError where none can."""
    corners = _checked(corners_px, sheet_wh_m)
    width, height = sheet_wh_m
    sheet = np.array([(0, 0, 0), (width, 0, 0), (width, height, 0), (0, height, 0)], float)
    if focal_px is not None:
        camera = _pose(sheet, corners, size_wh, focal_px)
        return Calibrated(camera, _distance_px(camera, sheet, corners))
    candidates = np.geomspace(*FOCAL_RANGE, 40) * size_wh[0]
    costs = [_cost(sheet, corners, size_wh, focal) for focal in candidates]
    best = int(np.argmin(costs))
    low, high = candidates[max(best - 1, 0)], candidates[min(best + 1, len(candidates) - 1)]
    focal = _least(lambda f: _cost(sheet, corners, size_wh, f), float(low), float(high))
    camera = _pose(sheet, corners, size_wh, focal)
    return Calibrated(camera, _distance_px(camera, sheet, corners))


def _checked(corners_px: Sequence[Sequence[float]], sheet_wh_m: Tuple[float, float]) -> np.ndarray:
    corners = np.array(corners_px, float)
    if corners.shape != (4, 2) or not np.isfinite(corners).all():
        raise SettingError("the sheet has four corners, each with x and y in pixels")
    if min(sheet_wh_m) <= 0 or max(sheet_wh_m) > 10:
        raise SettingError(
            f"a sheet of {sheet_wh_m[0]:g} x {sheet_wh_m[1]:g} m; give its sides in metres"
        )
    sides = np.roll(corners, -1, axis=0) - corners
    turns = sides[:, 0] * np.roll(sides, -1, axis=0)[:, 1]
    turns = turns - sides[:, 1] * np.roll(sides, -1, axis=0)[:, 0]
    if np.hypot(*sides.T).min() < LEAST_SIDE_PX:
        raise SettingError("two corners of the sheet are less than 20 pixels apart; move it nearer")
    if not (turns < 0).all():
        raise SettingError(
            "the corners do not run around the sheet;"
            " click near left, near right, far right, far left"
        )
    return corners


def _cost(
    sheet: np.ndarray, corners: np.ndarray, size_wh: Tuple[int, int], focal_px: float
) -> float:
    apart = _distance_px(_pose(sheet, corners, size_wh, focal_px), sheet, corners)
    pull = PULL_PX * np.log2(focal_px / (COMMON_FOCAL * size_wh[0]))
    return float(apart**2 + pull**2 / len(corners))


def _pose(
    sheet: np.ndarray, corners: np.ndarray, size_wh: Tuple[int, int], focal_px: float
) -> DeskCamera:
    import cv2  # late: the annotation page does without, until somebody clicks a sheet

    width, height = size_wh
    intrinsics = np.array([[focal_px, 0, width / 2], [0, focal_px, height / 2], [0, 0, 1]])
    # not IPPE: where the sheet lies exactly across the picture, it answers nan
    _, turn, shift = cv2.solvePnP(sheet, corners, intrinsics, None, flags=cv2.SOLVEPNP_ITERATIVE)
    rotation, _ = cv2.Rodrigues(turn)
    return look_at(focal_px, size_wh, rotation, -rotation.T @ shift)


def _distance_px(camera: DeskCamera, sheet: np.ndarray, corners: np.ndarray) -> float:
    apart = np.hypot(*(camera.project(sheet) - corners).T)
    return float(np.sqrt(np.mean(apart**2)))


def _least(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one dip between two numbers is least (golden section)."""
    shorter = (np.sqrt(5) - 1) / 2
    while high - low > 1e-3 * high:
        left, right = high - shorter * (high - low), low + shorter * (high - low)
        if cost(left) < cost(right):
            high = right
        else:
            low = left
    return (low + high) / 2
