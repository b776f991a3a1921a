"""A whole scene from a seed: cubes on a table, seen by a camera, with their true boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotations import Box
from tod_ros.scene.faces import marked_face, paste
from tod_ros.scene.handwriting import random_hand, symbol_of
from tod_ros.scene.projection import Placement, View, faces_seen, view_of_row


@dataclass(frozen=True)
class Scene:
    """A drawn picture (BGR) and the box of every front face that bears a class, left to right."""

    image: np.ndarray
    boxes: Tuple[Box, ...]


def draw_scene(
    seed: int,
    classes: Sequence[str] = ("one", "two"),
    size_wh: Tuple[int, int] = (640, 480),
    cubes: Optional[int] = None,
    difficulty: str = "plain",
) -> Scene:
    """The scene of this seed; the same arguments give the same bytes."""
    rng = np.random.default_rng(seed)
    symbols = {name: symbol_of(name) for name in classes}
    count = int(rng.integers(1, 5)) if cubes is None else cubes
    image = _desk(rng, size_wh)
    view, placements = _row(rng, size_wh, count)
    hand = random_hand(rng, calm=True)
    boxes: List[Box] = []
    for cube in placements:
        name = list(classes)[int(rng.integers(len(classes)))]
        corners = _draw_cube(image, view, cube, symbols[name], hand, rng)
        boxes.append(_box(name, corners, size_wh))
    image = image + rng.normal(0, 2.0, image.shape).astype(np.float32)
    pixels = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    return Scene(pixels, tuple(sorted(boxes, key=lambda b: b.xmin + b.xmax)))


def _desk(rng: np.random.Generator, size_wh: Tuple[int, int]) -> np.ndarray:
    width, height = size_wh
    image = np.empty((height, width, 3), np.float32)
    horizon = int(height * rng.uniform(0.2, 0.4))
    image[:horizon] = rng.uniform(90, 150) + rng.uniform(-12, 12, 3)
    image[horizon:] = rng.uniform(60, 120) + rng.uniform(-15, 15, 3)
    return image * np.linspace(0.9, 1.1, width, dtype=np.float32)[None, :, None]


def _row(rng: np.random.Generator, size_wh: Tuple[int, int], count: int) -> Tuple[View, List[Placement]]:
    gap = rng.uniform(0.25, 0.6)
    most = size_wh[0] * 0.92 / max(count * (1 + gap), 1)
    face_px = min(most, size_wh[0] * rng.uniform(0.16, 0.26))
    view, distance = view_of_row(
        size_wh, face_px, 1.1, rng.uniform(0.05, 0.25), rng.uniform(0.5, 0.6), rng.uniform(-0.03, 0.03)
    )
    room = max(size_wh[0] * 0.96 / face_px - count * (1 + gap) + gap - 0.2, 0.0)
    left = -(count * (1 + gap) - gap) / 2 + rng.uniform(-0.5, 0.5) * room
    return view, [
        Placement(left + 0.5 + i * (1 + gap), distance + 0.5, rng.uniform(-0.12, 0.12))
        for i in range(count)
    ]


def _draw_cube(
    image: np.ndarray, view: View, cube: Placement, symbol: str, hand: object, rng: np.random.Generator
) -> np.ndarray:
    paper = np.float32(rng.uniform(205, 240)) + rng.uniform(-6, 6, 3).astype(np.float32)
    corners = faces_seen(view, cube)
    for side, quad in corners.items():
        if side != "front":
            shade = 1.05 if side == "top" else 0.8
            cv2.fillConvexPoly(image, np.round(quad).astype(np.int32), (paper * shade).tolist(), cv2.LINE_AA)
    front = corners["front"]
    size = int(np.ptp(front[:, 0]) * 1.2) + 4
    face, _ = marked_face(symbol, hand, rng, size, paper, np.float32([30, 28, 30]))  # type: ignore
    paste(image, face, front)
    return front


def _box(name: str, corners: np.ndarray, size_wh: Tuple[int, int]) -> Box:
    low = np.clip(np.round(corners.min(axis=0)), 0, size_wh).astype(int)
    high = np.clip(np.round(corners.max(axis=0)), 0, size_wh).astype(int)
    return Box(name, int(low[0]), int(low[1]), int(high[0]), int(high[1]))
