"""From the light on the scene to the bytes of a cheap camera."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Tuple

import cv2
import numpy as np

from tod_ros.scene.textures import as_pixels, smooth_noise


@dataclass(frozen=True)
class Shot:
    """What the camera does to the picture; lengths in pixels, levels in 0..255."""

    exposure: float = 1.0
    cast_bgr: Tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    black: float = 0.0
    white: float = 255.0
    saturation: float = 1.0
    defocus: float = 0.0
    motion: float = 0.0
    motion_angle: float = 0.0
    sharpen: float = 0.0
    noise: float = 1.5
    blotches: float = 0.0
    jpeg: int = 0


def random_shot(
    rng: np.random.Generator, smallest_face_px: float, harshness: float, scale: float
) -> Shot:
    """A camera's faults, bounded so that a person can still read the mark on the smallest face.

    `harshness` 1 is the full spread, 0 a clean picture; `scale` is the picture's width over 320.
    """
    soft, dark, flat, odd = (rng.random() < p * harshness for p in (0.5, 0.3, 0.25, 0.35))
    reach = smallest_face_px * harshness
    worst_jpeg = int(min(max(70 - smallest_face_px / scale, 12), 50))
    black = rng.uniform(0, 90) * harshness if flat else 0.0
    stops = rng.uniform(-1.5, -0.35) if dark else rng.normal(0, 0.18)
    return Shot(
        exposure=float(np.exp(stops * harshness)),
        cast_bgr=tuple(np.exp(rng.normal(0, 0.16 if odd else 0.05, 3) * harshness).tolist()),
        gamma=float(np.exp(rng.normal(0, 0.22) * harshness)),
        black=black,
        white=255.0 - (rng.uniform(0, 255 - black - 80) * harshness if flat else 0.0),
        saturation=float(rng.choice([0.0, 0.5, 1.0, 1.0, 1.0, 1.3]))
        if rng.random() < harshness
        else 1.0,
        defocus=float(rng.uniform(0.0, 0.045) * reach) if soft else 0.0,
        motion=float(rng.uniform(0.03, 0.13) * reach) if rng.random() < 0.2 else 0.0,
        motion_angle=float(rng.uniform(0, np.pi)),
        sharpen=float(rng.uniform(0.2, 1.2) * harshness) if rng.random() < 0.25 else 0.0,
        noise=float(1.0 + harshness * rng.exponential(4.0)),
        blotches=float(harshness * rng.exponential(2.5)) if rng.random() < 0.4 else 0.0,
        jpeg=int(rng.integers(worst_jpeg, 96)) if rng.random() < 0.45 * harshness else 0,
    )


def dim_shot(rng: np.random.Generator, shot: Shot, harshness: float) -> Shot:
    """The same camera in the dark: white paper is left with 12 levels or more."""
    stops = rng.uniform(-3.0, -0.6) * harshness
    level = float(np.exp(stops))
    return replace(
        shot,
        exposure=level ** (1 / shot.gamma),
        black=min(shot.black, 12.0),
        noise=float(0.7 + 0.5 * shot.noise * level + harshness * rng.exponential(1.0)),
        blotches=shot.blotches * level,
    )


def expose(image: np.ndarray, shot: Shot) -> np.ndarray:
    """Lens and sensor without noise: blur, colour, exposure, tone; uint8 becomes float32 0..255."""
    seen = _lens(image, shot)
    if shot.saturation != 1.0:
        grey = (1 - shot.saturation) * np.array([[0.114, 0.587, 0.299]], np.float32)
        seen = cv2.transform(seen, grey.repeat(3, axis=0) + np.eye(3) * shot.saturation)
    return cv2.LUT(seen, _tone_curves(shot))


def digitise(seen: np.ndarray, shot: Shot, rng: np.random.Generator) -> np.ndarray:
    """Noise, rounding and compression; uint8."""
    height, width = seen.shape[:2]
    noisy = cv2.scaleAdd(grains(rng, seen.shape), shot.noise, seen)
    if shot.blotches > 0:
        uneven = smooth_noise(rng, (width, height), (width // 6, height // 6), 3)
        noisy = cv2.scaleAdd(uneven, shot.blotches, noisy)
    pixels = as_pixels(noisy)
    if shot.jpeg:
        _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, shot.jpeg])
        pixels = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return pixels


def _lens(image: np.ndarray, shot: Shot) -> np.ndarray:
    seen = image
    if shot.defocus > 0.25:
        seen = cv2.GaussianBlur(seen, (0, 0), shot.defocus)
    if shot.motion > 1.5:
        seen = cv2.filter2D(
            seen, -1, _streak(shot.motion, shot.motion_angle), borderType=cv2.BORDER_REPLICATE
        )
    if shot.sharpen > 0:
        soft = cv2.GaussianBlur(seen, (0, 0), 1.2)
        seen = cv2.addWeighted(seen, 1 + shot.sharpen, soft, -shot.sharpen, 0)
    return seen


def _streak(length: float, angle: float) -> np.ndarray:
    """The way of a point while the shutter is open, as a kernel."""
    size = int(length) | 1
    kernel = np.zeros((size + 2, size + 2), np.float32)
    middle = (size + 1) / 2
    way = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    ends = np.round((np.array([middle - way, middle + way])) * 16).astype(int)
    cv2.line(kernel, tuple(ends[0].tolist()), tuple(ends[1].tolist()), 1.0, 1, cv2.LINE_AA, 4)
    return kernel / kernel.sum()


def grains(rng: np.random.Generator, shape: Tuple[int, ...]) -> np.ndarray:
    """Sensor noise of deviation 1, cut at a random place from a fixed stretch.

    Fresh numbers would cost a quarter of the time of a scene.
    """
    wanted = int(np.prod(shape))
    stretch = _noise_stretch(max(1 << 20, 2 * wanted))
    start = int(rng.integers(stretch.size - wanted))
    return stretch[start : start + wanted].reshape(shape)


@functools.lru_cache(maxsize=2)
def _noise_stretch(length: int) -> np.ndarray:
    return np.random.default_rng(20).standard_normal(length, np.float32)


def _tone_curves(shot: Shot) -> np.ndarray:
    """What becomes of each of the 256 levels, per channel: [1,256,3]."""
    levels = np.arange(256, dtype=np.float32)[:, None] / 255
    gains = np.array([shot.exposure * gain for gain in shot.cast_bgr], np.float32)
    light = np.minimum(levels * gains, 1) ** np.float32(shot.gamma)
    curves = np.float32(shot.black) + np.float32(shot.white - shot.black) * light
    return curves[np.newaxis]
