"""Light in the scene: how bright each side of a cube is, shadows, uneven light, glare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.scene.projection import BASE, Placement, View
from tod_ros.scene.textures import smooth_noise


@dataclass(frozen=True)
class Light:
    """`sides` is the brightness per face; `shadow` 0..1 and its direction on the table."""

    sides: Mapping[str, float]
    shadow: float
    shadow_xz: Tuple[float, float]
    tilt: Tuple[float, float]
    patches: float
    vignette: float
    glare: float


def random_light(rng: np.random.Generator, calm: bool = False) -> Light:
    front = rng.uniform(0.85, 1.0) if calm else rng.uniform(0.6, 1.0)
    sides = {side: front * rng.uniform(0.6, 1.0 if calm else 1.2) for side in ("left", "right")}
    steep = 0.0 if calm else float(rng.choice([0.0, 0.3, 1.0], p=[0.4, 0.4, 0.2]))
    return Light(
        sides={"front": front, "top": front * rng.uniform(0.85, 1.25), **sides},
        shadow=rng.uniform(0.2, 0.5) if calm else rng.uniform(0.0, 0.85),
        shadow_xz=(rng.normal(0, 0.5), rng.normal(0, 0.3)),
        tilt=(rng.uniform(-0.55, 0.55) * steep, rng.uniform(-0.4, 0.4) * steep),
        patches=0.0 if calm or rng.random() < 0.6 else rng.uniform(0.05, 0.4),
        vignette=0.0 if calm or rng.random() < 0.6 else rng.uniform(0.1, 0.6),
        glare=0.0 if calm or rng.random() < 0.85 else rng.uniform(30, 170),
    )


def cast_shadows(image: np.ndarray, view: View, cubes: Sequence[Placement], light: Light) -> None:
    """Darken the table under and beside the cubes."""
    if light.shadow <= 0 or not cubes:
        return
    height, width = image.shape[:2]
    shade = np.zeros((height // 2, width // 2), np.uint8)
    for cube in cubes:
        base = cube.corners[BASE]
        away = base + (light.shadow_xz[0], 0.0, light.shadow_xz[1])
        outline = view.project(np.concatenate([base, away])) / 2
        cv2.fillConvexPoly(shade, cv2.convexHull(np.round(outline).astype(np.int32)), 255)
    blur = max(1, int(width / 320 * 3)) * 2 + 1
    soft = cv2.resize(cv2.blur(cv2.blur(shade, (blur, blur)), (blur, blur)), (width, height))
    keep = cv2.cvtColor(255 - cv2.convertScaleAbs(soft, alpha=light.shadow), cv2.COLOR_GRAY2BGR)
    image[:] = cv2.multiply(image, keep, scale=1 / 255)


def illuminate(image: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """The picture (uint8) under uneven light."""
    size_wh = (image.shape[1], image.shape[0])
    x = np.linspace(-1, 1, 32, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, 24, dtype=np.float32)[:, None]
    lit = image
    if any(light.tilt) or light.vignette > 0 or light.patches > 0:
        field = 1 + x * np.float32(light.tilt[0]) + y * np.float32(light.tilt[1])
        field = field * (1 - np.float32(light.vignette) * (x * x + y * y) / 2)
        uneven = smooth_noise(rng, (32, 24), (3, 3))[..., 0]
        field = np.maximum(field * (1 + np.float32(light.patches) * uneven), np.float32(0.12))
        lit = cv2.multiply(lit, _grown(field, size_wh), dtype=cv2.CV_8U)
    if light.glare > 0:
        cx, cy, r = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.15, 0.7)
        spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / np.float32(2 * r * r))
        lit = cv2.add(lit, _grown(spot * np.float32(light.glare), size_wh), dtype=cv2.CV_8U)
    return lit


def _grown(field: np.ndarray, size_wh: Tuple[int, int]) -> np.ndarray:
    """A coarse field at full size, once for each channel."""
    return cv2.resize(cv2.merge([field] * 3), size_wh, interpolation=cv2.INTER_LINEAR)
