"""Light in the scene: how bright each side of a cube is, shadows, reflections, uneven light, glare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.scene.projection import Placement, View, face_in_world
from tod_ros.scene.textures import smooth_noise


@dataclass(frozen=True)
class Light:
    """`sides` is the brightness per face; `shadow` 0..1 with its direction on the table in edges."""

    sides: Mapping[str, float]
    shadow: float
    shadow_xz: Tuple[float, float]
    reflection: float
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
        reflection=0.0 if calm or rng.uniform() < 0.7 else rng.uniform(0.05, 0.4),
        tilt=(rng.uniform(-0.55, 0.55) * steep, rng.uniform(-0.4, 0.4) * steep),
        patches=0.0 if calm or rng.uniform() < 0.6 else rng.uniform(0.05, 0.4),
        vignette=0.0 if calm or rng.uniform() < 0.6 else rng.uniform(0.1, 0.6),
        glare=0.0 if calm or rng.uniform() < 0.85 else rng.uniform(30, 170),
    )


def cast_shadows(image: np.ndarray, view: View, cubes: Sequence[Placement], light: Light) -> None:
    """Darken the table under and beside the cubes."""
    if light.shadow <= 0 or not cubes:
        return
    height, width = image.shape[:2]
    shade = np.zeros((height // 2, width // 2), np.uint8)
    for cube in cubes:
        base = face_in_world(cube, "base")
        away = base + (light.shadow_xz[0], 0.0, light.shadow_xz[1])
        outline = view.project(np.concatenate([base, away])) / 2
        cv2.fillConvexPoly(shade, cv2.convexHull(np.round(outline).astype(np.int32)), 255)
    blur = max(1, int(width / 320 * 3)) * 2 + 1
    soft = cv2.resize(cv2.blur(cv2.blur(shade, (blur, blur)), (blur, blur)), (width, height))
    keep = cv2.cvtColor(255 - cv2.convertScaleAbs(soft, alpha=light.shadow), cv2.COLOR_GRAY2BGR)
    image[:] = cv2.multiply(image, keep, scale=1 / 255)


def illuminate(image: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """The picture under uneven light, float32."""
    height, width = image.shape[:2]
    field = np.ones((24, 32), np.float32)
    x = np.linspace(-1, 1, 32, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, 24, dtype=np.float32)[:, None]
    field = field + x * np.float32(light.tilt[0]) + y * np.float32(light.tilt[1])
    field = field * (1 - np.float32(light.vignette) * (x * x + y * y) / 2)
    if light.patches > 0:
        field = field * (1 + np.float32(light.patches) * smooth_noise(rng, (32, 24), (3, 3))[..., 0])
    lit = image * _grown(np.maximum(field, 0.12), (width, height))
    if light.glare > 0:
        cx, cy, r = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.15, 0.7)
        spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / np.float32(2 * r * r)) * np.float32(light.glare)
        lit = lit + _grown(spot, (width, height))
    return lit


def _grown(field: np.ndarray, size_wh: Tuple[int, int]) -> np.ndarray:
    return cv2.resize(field.astype(np.float32), size_wh, interpolation=cv2.INTER_LINEAR)[..., None]
