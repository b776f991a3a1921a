"""The faces of a cube: paper, its edges, and a mark in its middle."""

from __future__ import annotations

from typing import Tuple

import cv2
import numpy as np

from tod_ros.scene.handwriting import Hand, ink, write


def marked_face(
    symbol: str, hand: Hand, rng: np.random.Generator, size: int, paper_bgr: np.ndarray, ink_bgr: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """A square face of `size` pixels with a written mark, and the mark's ink 0..255."""
    height = rng.uniform(0.45, 0.72) * size
    middle = (size / 2 + rng.normal(0, 0.03) * size, size / 2 + rng.normal(0, 0.03) * size)
    mark = ink(write(symbol, hand, rng), size, height, max(hand.pen * height, 1.0), middle)
    face = np.empty((size, size, 3), np.float32)
    face[:] = paper_bgr
    face += (ink_bgr - face) * (mark[..., None] / 255.0)
    return face, mark


def paste(image: np.ndarray, face: np.ndarray, corners: np.ndarray) -> None:
    """Draw a square face into the quadrilateral `corners` (upper left, then clockwise)."""
    size = face.shape[0]
    x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, image.shape[1::-1])
    if x1 <= x0 or y1 <= y0:
        return
    local = (corners - (x0, y0)).astype(np.float32)
    own = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32) - 0.5
    window = (int(x1 - x0), int(y1 - y0))
    warp = cv2.getPerspectiveTransform(own, local - 0.5)
    drawn = cv2.warpPerspective(face, warp, window, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros(window[::-1], np.uint8)
    cv2.fillConvexPoly(mask, np.round((local - 0.5) * 16).astype(np.int32), 255, cv2.LINE_AA, shift=4)
    part = image[y0:y1, x0:x1]
    part += (drawn - part) * (mask[..., None] / np.float32(255.0))
