"""What a camera_info says, for a camera that is taken for a pinhole with its axis in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple

import cv2
import numpy as np

from tod_ros.errors import SettingError

MOST_BENT_PX = 3.0  # as much as four clicks with one pixel of error each may move a far corner
MODELS = ("", "plumb_bob", "rational_polynomial")


@dataclass(frozen=True)
class Lens:
    """The focal length in pixels of the picture, and how far its pixels are from a pinhole's."""

    focal_px: float
    bent_px: float


def lens_of(
    matrix: Sequence[float],
    distortion: Sequence[float],
    model: str,
    info_wh: Tuple[int, int],
    picture_wh: Tuple[int, int],
) -> Lens:
    """From K (9), D, distortion_model and the size of a sensor_msgs/CameraInfo."""
    intrinsics = np.array(matrix, float).reshape(3, 3)
    if not np.isfinite(intrinsics).all() or intrinsics[0, 0] <= 0 or intrinsics[1, 1] <= 0:
        raise SettingError("camera_info holds no focal length: the camera was never calibrated")
    if model not in MODELS:
        raise SettingError(f"camera_info has distortion_model {model!r}; use a rectified picture")
    if info_wh[0] * picture_wh[1] != info_wh[1] * picture_wh[0]:
        raise SettingError(
            f"camera_info is of {info_wh[0]}x{info_wh[1]} pixels, the picture has"
            f" {picture_wh[0]}x{picture_wh[1]}"
        )
    scale = picture_wh[0] / info_wh[0]
    focal = (intrinsics[0, 0] + intrinsics[1, 1]) / 2
    xs, ys = np.meshgrid(*(np.linspace(0, side, 9) for side in info_wh))
    pixels = np.stack([xs.ravel(), ys.ravel()], axis=1)
    apart = _rays(pixels, intrinsics, distortion) * focal + np.array(info_wh) / 2 - pixels
    return Lens(float(focal * scale), float(np.hypot(*apart.T).max() * scale))


def _rays(pixels: np.ndarray, intrinsics: np.ndarray, distortion: Sequence[float]) -> np.ndarray:
    lens = np.array(distortion, float) if len(distortion) else None
    return cv2.undistortPoints(pixels[:, None], intrinsics, lens)[:, 0]
