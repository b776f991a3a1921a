"""Colours and cheap surfaces: smooth noise, grain, tiles, cloth."""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np


def colour(rng: np.random.Generator, dark: float, bright: float, tint: float = 0.3) -> np.ndarray:
    """A BGR colour (float32) whose brightest channel lies in `dark`..`bright`; tint 0 is grey."""
    channels = 1.0 - tint * rng.uniform(0.0, 1.0, 3)
    return (rng.uniform(dark, bright) * channels / channels.max()).astype(np.float32)


def smooth_noise(
    rng: np.random.Generator, size_wh: Tuple[int, int], cells_wh: Tuple[int, int], channels: int = 1
) -> np.ndarray:
    """Values of about -1..1 that change over 1/cells of the surface, [H,W,channels]."""
    coarse = rng.uniform(-1, 1, (cells_wh[1] + 1, cells_wh[0] + 1, channels)).astype(np.float32)
    fine = cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC)
    return fine.reshape(size_wh[1], size_wh[0], channels)


def plain(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    shade = smooth_noise(rng, size_wh, (2, 2)) * rng.uniform(0.0, 0.2) + 1.0
    return as_pixels(tinted(shade, colour(rng, 30, 240)))


def mottled(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    """Noise of several sizes in colour: plaster, carpet, out-of-focus things."""
    base = tinted(np.ones((size_wh[1], size_wh[0]), np.float32), colour(rng, 30, 220, 0.5))
    for cells in (3, 9, 40):
        channels = 3 if rng.random() < 0.5 else 1
        shade = 1 + rng.uniform(0, 0.35) * smooth_noise(rng, size_wh, (cells, cells), channels)
        base *= shade if channels == 3 else for_each_channel(shade)
    return as_pixels(base)


def wood(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    """Planks with grain along one direction."""
    shade = smooth_noise(rng, size_wh, (3, int(rng.integers(20, 70)))) * rng.uniform(0.05, 0.25)
    planks = int(rng.integers(1, 6))
    tone = np.repeat(rng.uniform(0.85, 1.1, planks), int(np.ceil(size_wh[1] / planks)))[
        : size_wh[1]
    ]
    body = np.array(
        [rng.uniform(0.3, 0.75), rng.uniform(0.55, 0.85), 1.0], np.float32
    ) * rng.uniform(50, 235)
    planks_lit = (1 + shade[..., 0]) * tone[:, None]
    if rng.random() < 0.3:
        return as_pixels(cv2.resize(tinted(planks_lit.T, body), size_wh))
    return as_pixels(tinted(planks_lit, body))


def stripes(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    """Curtains, folds and printed stripes, in any direction."""
    x = np.arange(size_wh[0], dtype=np.float32)[None, :] / size_wh[0]
    y = np.arange(size_wh[1], dtype=np.float32)[:, None] / size_wh[1]
    angle = rng.uniform(0, np.pi)
    phase = (x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(4, 30) * 2 * np.pi
    phase = phase + smooth_noise(rng, size_wh, (3, 3))[..., 0] * rng.uniform(0, 4)
    wave = np.sin(phase)
    if rng.random() < 0.4:
        wave = np.clip(wave * 4, -1, 1)
    mix = (wave + 1) / 2
    first, second = colour(rng, 20, 230, 0.6), colour(rng, 20, 230, 0.6)
    if rng.random() < 0.5:
        second = first * rng.uniform(0.6, 0.95)
    return as_pixels(tinted(mix, first) + tinted(1 - mix, second))


def tiles(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    """Checks, bricks and wallpaper: one small motif again and again."""
    cell = int(rng.integers(6, 30))
    motif = np.ones((cell, cell, 3), np.float32) * colour(rng, 40, 230, 0.5)
    other = colour(rng, 20, 240, 0.6).tolist()
    kind = rng.integers(4)
    if kind == 0:
        motif[: cell // 2, : cell // 2] = other
        motif[cell // 2 :, cell // 2 :] = other
    elif kind == 1:
        motif[:1] = motif[:, :1] = other
    elif kind == 2:
        cv2.circle(motif, (cell // 2, cell // 2), max(1, cell // 5), other, -1, cv2.LINE_AA)
    else:
        cv2.line(motif, (0, 0), (cell, cell), other, max(1, cell // 8), cv2.LINE_AA)
        cv2.line(motif, (0, cell), (cell, 0), other, max(1, cell // 8), cv2.LINE_AA)
    again = (size_wh[1] // cell + 1, size_wh[0] // cell + 1, 1)
    tiled = np.tile(as_pixels(motif), again)
    return np.ascontiguousarray(tiled[: size_wh[1], : size_wh[0]])


def cloth(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    """Dark or bright cloth with soft folds."""
    folds = smooth_noise(rng, size_wh, (4, 3)) + 0.5 * smooth_noise(rng, size_wh, (9, 7))
    level = rng.uniform(8, 60) if rng.random() < 0.7 else rng.uniform(60, 220)
    tint = colour(rng, level, level, 0.3)
    return as_pixels(tinted(np.maximum(1 + rng.uniform(0.1, 0.6) * folds, 0), tint))


def surface(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    """Any of them, uint8 [H,W,3]."""
    return _SURFACES[int(rng.integers(len(_SURFACES)))](rng, size_wh)


def tinted(shade: np.ndarray, colour_bgr: np.ndarray) -> np.ndarray:
    """A colour under the brightness of each pixel, [H,W,3].

    Channel by channel: numpy is several times slower where the last axis is that short.
    """
    return cv2.merge([shade * channel for channel in colour_bgr])


def for_each_channel(share: np.ndarray) -> np.ndarray:
    """[H,W] float32 -> [H,W,3], for products with pictures."""
    return cv2.cvtColor(share, cv2.COLOR_GRAY2BGR)


def as_pixels(levels: np.ndarray) -> np.ndarray:
    """Rounded and saturated to uint8 (OpenCV's way is several times quicker than numpy's clip)."""
    return cv2.add(levels, 0.0, dtype=cv2.CV_8U)


_SURFACES = (plain, plain, mottled, mottled, wood, stripes, tiles, cloth)
