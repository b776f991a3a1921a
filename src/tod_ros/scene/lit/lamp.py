"""Light in numbers: a lamp of some size, its distance, and what the room sends back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple

import cv2
import numpy as np

from tod_ros.scene.projection import Placement, View

SAMPLES = 6  # points of the lamp: as many hard shadows make a soft one
LONGEST_SHADOW = 3.0


@dataclass(frozen=True)
class Lamp:
    """A lamp in the world's units; `bounce` is the light from everywhere else."""

    at: np.ndarray  # [3]
    radius: float
    glow_bgr: np.ndarray
    bounce_bgr: np.ndarray

    def on(self, points: np.ndarray, normal: Sequence[float], open_: float = 1.0) -> np.ndarray:
        """Light (BGR) on points [...,3] of a surface that looks along `normal`."""
        way = self.at - points
        far = np.linalg.norm(way, axis=-1, keepdims=True)
        facing = np.maximum((way / far) @ np.asarray(normal, np.float32), 0)[..., None]
        falloff = (np.linalg.norm(self.at) / far) ** 2
        return (facing * falloff * open_ * self.glow_bgr + self.bounce_bgr).astype(np.float32)


def random_lamp(rng: np.random.Generator, distance: float, wild: float) -> Lamp:
    """Above and before the cubes as a rule; a window or a desk lamp, warm or cool."""
    bounce = rng.uniform(0.15, 0.9)
    at = np.array(
        [
            rng.normal(0, 4.0 * wild + 0.5),
            -rng.uniform(2.5, 12.0),
            distance - rng.uniform(-1.0 * wild + 1.5, 0.5 * distance + 3.0),
        ],
        np.float32,
    )
    warm = np.exp(rng.normal(0, 0.12 * wild) * np.array([-1.0, 0.0, 1.0])).astype(np.float32)
    cool = np.exp(rng.normal(0, 0.1 * wild, 3)).astype(np.float32)
    return Lamp(at, rng.uniform(0.1, 1.5), (1 - bounce) * 1.4 * warm, bounce * cool)


def shadows(
    rng: np.random.Generator,
    view: View,
    lamp: Lamp,
    cubes: Sequence[Placement],
    size_wh: Tuple[int, int],
) -> np.ndarray:
    """What is left of the light on each pixel of the table, 0..1."""
    width, height = size_wh
    dark = np.zeros((height, width), np.float32)
    for _ in range(SAMPLES):
        point = np.minimum(lamp.at + rng.normal(0, lamp.radius, 3), (np.inf, -1.3, np.inf))
        hard = np.zeros((height, width), np.uint8)
        for cube in cubes:
            corners = cube.corners
            rise = np.minimum(corners[:, 1], 0.0)
            share = np.minimum(-rise / np.maximum(rise - point[1], 0.3), LONGEST_SHADOW)
            fallen = corners + (corners - point) * share[:, None]
            fallen[:, 1] = 0.0
            outline = np.clip(view.project(fallen), -4 * width, 5 * width)
            cv2.fillConvexPoly(hard, cv2.convexHull(np.round(outline).astype(np.int32)), 1)
        dark += hard
    lost = 1 - lamp.bounce_bgr.mean() / (lamp.bounce_bgr + lamp.glow_bgr).mean()
    return 1 - cv2.GaussianBlur(dark, (0, 0), max(width / 500, 0.5)) * np.float32(lost / SAMPLES)
