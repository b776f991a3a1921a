"""Things that are no marked cube: posters with numbers, sheets of text, loose strokes, clutter."""

from __future__ import annotations

from typing import Callable, Tuple

import cv2
import numpy as np

from tod_ros.scene import textures
from tod_ros.scene.handwriting import random_hand, write
from tod_ros.scene.mark_styles import MARKS

Draw = Callable[[np.random.Generator, np.ndarray], None]
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)
_MARKS = tuple(MARKS)
_WORDS = (
    *("24", "heures", "12", "swing", "2021", "DANGER", "1", "21", "EXIT", "22", "no 7"),
    *("open", "112", "TOUR", "2", "lab", "100", "sale", "4x2", "11"),
)


def litter(rng: np.random.Generator, image: np.ndarray, count: int) -> None:
    """Draw `count` things onto the picture."""
    for _ in range(count):
        _KINDS[int(rng.integers(len(_KINDS)))](rng, image)


def _spot(
    rng: np.random.Generator, image: np.ndarray, low: float, high: float
) -> Tuple[int, int, int, int]:
    """A rectangle x, y, width, height; sizes in parts of the picture's width."""
    height, width = image.shape[:2]
    w, h = (int(width * np.exp(rng.uniform(np.log(low), np.log(high)))) + 2 for _ in range(2))
    return (
        int(rng.uniform(-0.4 * w, width - 0.6 * w)),
        int(rng.uniform(-0.4 * h, height - 0.6 * h)),
        w,
        h,
    )


def _colour(rng: np.random.Generator) -> Tuple[float, ...]:
    return tuple(textures.colour(rng, 10, 250, 0.9 if rng.random() < 0.6 else 0.15).tolist())


def _panel(rng: np.random.Generator, image: np.ndarray) -> None:
    """A board, box, door or window: a plain rectangle, often with a frame."""
    x, y, w, h = _spot(rng, image, 0.05, 0.6)
    cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng), -1)
    if rng.random() < 0.5:
        thickness = max(1, int(w * rng.uniform(0.01, 0.06)))
        cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng), thickness)


def _picture(rng: np.random.Generator, image: np.ndarray) -> None:
    """A framed picture: a patch of any surface with shapes in it."""
    x, y, w, h = _spot(rng, image, 0.08, 0.35)
    x0, y0 = max(x, 0), max(y, 0)
    part = image[y0 : y + h, x0 : x + w]
    if part.shape[0] < 4 or part.shape[1] < 4:
        return
    part[:] = textures.surface(rng, (part.shape[1], part.shape[0]))
    for _ in range(int(rng.integers(0, 4))):
        _blob(rng, part)
    cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng), max(1, w // 25))


def _poster(rng: np.random.Generator, image: np.ndarray) -> None:
    """Printed words and numbers, large, on a board or straight on the wall."""
    x, y, w, h = _spot(rng, image, 0.1, 0.4)
    if rng.random() < 0.7:
        cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng), -1)
    ink = _colour(rng)
    line = y + int(h * 0.3)
    for _ in range(int(rng.integers(1, 4))):
        word = _WORDS[int(rng.integers(len(_WORDS)))]
        scale = max(h / 80 * rng.uniform(0.3, 1.6), 0.2)
        thickness = max(1, int(scale * rng.uniform(1, 5)))
        font = _FONTS[int(rng.integers(len(_FONTS)))]
        cv2.putText(image, word, (x + w // 12, line), font, scale, ink, thickness, cv2.LINE_AA)
        line += int(30 * scale)


def _sheet(rng: np.random.Generator, image: np.ndarray) -> None:
    """A sheet of paper with lines of small text, or none, lying or hanging askew."""
    x, y, w, h = _spot(rng, image, 0.12, 0.4)
    axes = np.array([[1.0, rng.normal(0, 0.15)], [rng.normal(0, 0.3), rng.uniform(0.5, 1.0)]])
    at = np.array([x, y], float)

    def corner(u: float, v: float) -> Tuple[int, int]:
        there = at + (np.array([u * w, v * h]) @ axes)
        return int(there[0]), int(there[1])

    quad = np.array([corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)], np.int32)
    paper = textures.colour(rng, 150, 250, 0.1)
    cv2.fillConvexPoly(image, quad, paper.tolist(), cv2.LINE_AA)
    ink = (paper * rng.uniform(0.2, 0.7)).tolist()
    rows = int(rng.integers(4, 14))
    for row in range(1, rows if rng.random() < 0.8 else 1):
        ends = rng.uniform(0.06, 0.2), rng.uniform(0.4, 0.94)
        cv2.line(
            image, corner(ends[0], row / rows), corner(ends[1], row / rows), ink, 1, cv2.LINE_AA
        )


def _scribble(rng: np.random.Generator, image: np.ndarray) -> None:
    """Loose handwriting: marks on a wall or board, on no paper of their own."""
    hand = random_hand(rng)
    height = image.shape[1] * rng.uniform(0.04, 0.2)
    at = np.array([rng.uniform(0, image.shape[1]), rng.uniform(0, image.shape[0])])
    ink = _colour(rng)
    for _ in range(int(rng.integers(1, 5))):
        mark = _MARKS[int(rng.integers(len(_MARKS)))]
        lines = [
            np.round(p * height + at).astype(np.int32).reshape(-1, 1, 2)
            for p in write(mark, hand, rng)
        ]
        cv2.polylines(image, lines, False, ink, max(1, int(hand.pen * height)), cv2.LINE_AA)
        at = at + (height * rng.uniform(0.7, 1.2), height * rng.normal(0, 0.05))


def _blob(rng: np.random.Generator, image: np.ndarray) -> None:
    """A cup, ball, fruit or head: an ellipse with a lit side."""
    x, y, w, h = _spot(rng, image, 0.04, 0.3)
    centre, axes = (x + w // 2, y + h // 2), (w // 2, h // 2)
    ink = np.array(_colour(rng))
    turn = rng.uniform(0, 180)
    cv2.ellipse(image, centre, axes, turn, 0, 360, ink.tolist(), -1, cv2.LINE_AA)
    lit = (centre[0] - w // 8, centre[1] - h // 8), (w // 4, h // 4)
    cv2.ellipse(image, lit[0], lit[1], turn, 0, 360, (ink * 1.15).tolist(), -1, cv2.LINE_AA)


def _shard(rng: np.random.Generator, image: np.ndarray) -> None:
    """Any convex thing of one colour."""
    x, y, w, h = _spot(rng, image, 0.05, 0.5)
    points = rng.uniform(0, 1, (int(rng.integers(3, 7)), 2)) * (w, h) + (x, y)
    hull = cv2.convexHull(points.astype(np.int32))
    cv2.fillConvexPoly(image, hull, _colour(rng), cv2.LINE_AA)


def _stick(rng: np.random.Generator, image: np.ndarray) -> None:
    """A pen, cable, crack or edge of a shelf."""
    x, y, w, h = _spot(rng, image, 0.05, 0.7)
    end = (x + w, y + int(h * rng.normal(0, 0.5)))
    if rng.random() < 0.4:
        end = (x + int(w * rng.normal(0, 0.15)), y + h)
    cv2.line(
        image,
        (x, y),
        end,
        _colour(rng),
        max(1, int(image.shape[1] * rng.uniform(0.003, 0.04))),
        cv2.LINE_AA,
    )


_KINDS: Tuple[Draw, ...] = (
    _panel, _panel, _picture, _poster, _poster, _sheet, _scribble, _blob, _shard, _stick,
)  # fmt: skip
