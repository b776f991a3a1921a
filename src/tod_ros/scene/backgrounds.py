"""What stands behind and under the cubes: a wall, a table or cloth, from plain to cluttered."""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np

from tod_ros.scene import textures
from tod_ros.scene.distractors import litter
from tod_ros.scene.projection import View

TEXTURE_PX = 160


def plain_room(
    rng: np.random.Generator, size_wh: Tuple[int, int], view: View, table_end: float
) -> np.ndarray:
    """An even wall behind an even table."""
    even = np.ones((size_wh[1], size_wh[0]), np.float32)
    wall = textures.as_pixels(textures.tinted(even, textures.colour(rng, 90, 190, 0.12)))
    table = textures.as_pixels(textures.tinted(even, textures.colour(rng, 60, 150, 0.3)))
    return _join(wall, table, view, table_end)


def room(
    rng: np.random.Generator, size_wh: Tuple[int, int], view: View, table_end: float
) -> np.ndarray:
    """A wall with things on it behind a table with things on it; each may be plain."""
    wall = textures.surface(rng, size_wh)
    if rng.random() < 0.7:
        litter(rng, wall, int(rng.integers(1, 9)))
    if rng.random() < 0.35:
        wall = _out_of_focus(rng, wall)
    table = _table(rng, size_wh, view)
    if rng.random() < 0.3:
        litter(rng, table, int(rng.integers(1, 5)))
    return _join(wall, table, view, table_end)


def _table(rng: np.random.Generator, size_wh: Tuple[int, int], view: View) -> np.ndarray:
    """A surface lying flat: drawn from above, then seen in perspective; or plain, or cloth."""
    if rng.random() < 0.4:
        flat = textures.cloth if rng.random() < 0.6 else textures.plain
        return flat(rng, size_wh)
    texture = textures.surface(rng, (TEXTURE_PX, TEXTURE_PX))
    reach = float(rng.uniform(3, 9))
    near = view.focal_px / size_wh[0] * 1.5
    ground = np.array(
        [
            [-reach, 0, near + 2 * reach],
            [reach, 0, near + 2 * reach],
            [reach, 0, near],
            [-reach, 0, near],
        ]
    )
    corners = view.project(ground).astype(np.float32)
    own = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * TEXTURE_PX
    warp = cv2.getPerspectiveTransform(own, corners)
    # mirrored once and then repeated: to mirror again and again up to the horizon takes longer
    rest = TEXTURE_PX - 2
    period = cv2.copyMakeBorder(texture, 0, rest, 0, rest, cv2.BORDER_REFLECT_101)
    return cv2.warpPerspective(
        period, warp, size_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )


def _join(wall: np.ndarray, table: np.ndarray, view: View, table_end: float) -> np.ndarray:
    """The table up to its far edge, `table_end` units away; the wall above it."""
    left, right = view.project(np.array([[-3.0, 0, table_end], [3.0, 0, table_end]]))
    slope = (right[1] - left[1]) / (right[0] - left[0])
    height, width = wall.shape[:2]
    edge = left[1] + slope * (np.arange(width, dtype=np.float32) - left[0])
    below = np.arange(height, dtype=np.float32)[:, None] > edge
    return cv2.copyTo(table, below.view(np.uint8), wall)


def _out_of_focus(rng: np.random.Generator, wall: np.ndarray) -> np.ndarray:
    radius = max(1, int(wall.shape[1] / 320 * rng.uniform(1, 7)))
    return cv2.blur(wall, (2 * radius + 1, 2 * radius + 1))
