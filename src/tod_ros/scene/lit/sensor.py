"""A sensor that counts light: exposure, tone, grain that grows with the light, compression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.scene.camera import grains

DARKEST = 14.0  # level of white paper
LEAST_LEVELS = 8.0  # between ink and paper in the darkest pictures
LEAST_OF_GRAIN = 1.6  # contrast of the ink, in deviations of the grain


@dataclass(frozen=True)
class Exposure:
    """Levels are of 255, lengths in pixels."""

    paper: float  # level of white paper in the light of the cubes
    gamma: float
    haze: float  # level of black
    colour: float  # 0 is grey
    balance_bgr: np.ndarray
    blur: float
    shake_xy: np.ndarray
    read_noise: float
    shot_noise: float
    clump: float  # how far grain spreads to its neighbours
    quality: int  # of the JPEG, 0 is none


def random_exposure(rng: np.random.Generator, smallest_px: float, wild: float) -> Exposure:
    """`wild` 0 is a good camera in good light."""
    dark = rng.random() < 0.4 * wild
    low, high = (DARKEST, 90.0) if dark else (90.0, 290.0)
    paper = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    grain = wild * paper / 255
    return Exposure(
        paper=paper,
        gamma=rng.uniform(1.0, 2.4),
        haze=float(rng.exponential(6.0)) if rng.random() < 0.8 else rng.uniform(0, 80) * wild,
        colour=0.0 if rng.random() < 0.12 else rng.uniform(0.4, 1.3),
        balance_bgr=np.exp(rng.normal(0, 0.12 * wild, 3)).astype(np.float32),
        blur=float(rng.uniform(0.3, 0.3 + 0.035 * wild * smallest_px)),
        shake_xy=rng.normal(0, 0.04 * wild * smallest_px, 2) * (rng.random() < 0.2),
        read_noise=float(0.5 + rng.exponential(1.5) * wild * (0.4 + 0.6 * grain)),
        shot_noise=float(rng.exponential(5.0) * wild),
        clump=float(rng.choice([0.0, 0.0, 0.6, 1.0])),
        quality=int(rng.integers(35, 97)) if rng.random() < 0.5 * wild else 0,
    )


def counted(light: np.ndarray, exposure: Exposure) -> np.ndarray:
    """Light (BGR, 1 is white paper) becomes levels without grain, float32."""
    seen = cv2.GaussianBlur(light, (0, 0), exposure.blur)
    if np.abs(exposure.shake_xy).max() > 0.7:
        steps = np.linspace(-0.5, 0.5, 5)
        size_wh = (seen.shape[1], seen.shape[0])
        moves = [np.array([[1, 0, x], [0, 1, y]]) for x, y in np.outer(steps, exposure.shake_xy)]
        border = cv2.BORDER_REPLICATE
        seen = sum(cv2.warpAffine(seen, m, size_wh, borderMode=border) for m in moves) / 5
    grey = (seen @ np.array([0.11, 0.59, 0.3], np.float32))[..., None]
    seen = np.maximum(grey + (seen - grey) * exposure.colour, 0) * exposure.balance_bgr
    toned = cv2.pow(seen, 1 / exposure.gamma) * np.float32(exposure.paper)
    return np.minimum(exposure.haze + toned * np.float32(1 - exposure.haze / 255), 255)


def grained(rng: np.random.Generator, levels: np.ndarray, exposure: Exposure) -> np.ndarray:
    """Grain, rounding, compression; uint8."""
    grain = grains(rng, levels.shape)
    if exposure.clump:
        grain = cv2.GaussianBlur(grain, (0, 0), exposure.clump) * (1 + 2 * exposure.clump)
    strength = np.sqrt(exposure.read_noise**2 + exposure.shot_noise**2 * levels / 255)
    pixels = cv2.add(levels + grain * strength, 0.0, dtype=cv2.CV_8U)
    if exposure.quality:
        _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, exposure.quality])
        pixels = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return pixels


def all_readable(levels: np.ndarray, boxes: Sequence[Box], exposure: Exposure) -> bool:
    """Whether ink stands out from the paper of every box."""
    return all(_readable(levels, box, exposure) for box in boxes)


def _readable(levels: np.ndarray, box: Box, exposure: Exposure) -> bool:
    wide, high = box.xmax - box.xmin, box.ymax - box.ymin
    part = levels[
        int(box.ymin + 0.2 * high) : int(box.ymax - 0.2 * high) + 1,
        int(box.xmin + 0.2 * wide) : int(box.xmax - 0.2 * wide) + 1,
    ].mean(axis=2)
    if not part.size:
        return False
    ink, paper = np.percentile(part, (1.5, 70))
    grain = np.hypot(exposure.read_noise, exposure.shot_noise * np.sqrt(paper / 255))
    small = float(np.clip(60 / max(min(wide, high), 1), 1.0, 2.0))
    return bool(paper - ink >= max(LEAST_LEVELS, LEAST_OF_GRAIN * grain) * small)
