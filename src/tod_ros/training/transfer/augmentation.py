"""Augmentation: a picture shifted, scaled, turned a little, in another light, by another camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.scene.camera import digitise, expose, random_shot
from tod_ros.scene.scene import Scene

AS_IT_IS = 0.2  # share of the pictures that are only made smaller
ATTEMPTS = 8
LEAST_COLOUR = 3.0  # mean difference between channels, in levels: below it a picture is grey


@dataclass(frozen=True)
class Spread:
    """How far a picture may change."""

    smallest: float  # in parts of the picture as it is
    largest: float
    # share of a box that is in the picture: from `whole` it keeps its label, up to `absent` it
    # loses it; in between it is ambiguous, and the picture is moved another way
    whole: float
    absent: float
    least_px: float  # the shorter side of a box
    harshness: float  # of light and camera, as in scene.camera.random_shot


# A face is to be read: it must be there as a whole, and large enough for its mark.
FACES = Spread(smallest=0.6, largest=1.4, whole=0.95, absent=0.05, least_px=14, harshness=0.6)
# A picture of many objects cannot be moved without cutting some; those are still what they are.
OBJECTS = Spread(smallest=0.7, largest=1.4, whole=0.6, absent=0.25, least_px=8, harshness=0.4)


def augmented(
    image: np.ndarray,
    boxes: Sequence[Box],
    size_wh: Tuple[int, int],
    seed: int,
    spread: Spread = FACES,
) -> Scene:
    """The picture in `size_wh`, its boxes with it; the same seed gives the same bytes."""
    rng = np.random.default_rng(seed)
    fit = np.diag([size_wh[0] / image.shape[1], size_wh[1] / image.shape[0], 1.0])
    if rng.uniform() < AS_IT_IS:
        pixels = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
        return Scene(pixels, tuple(_moved(box, fit, 0.0, size_wh) for box in boxes))
    for attempt in range(ATTEMPTS):
        warp, turn = _random_warp(rng, size_wh, spread, calm=attempt / (ATTEMPTS - 1))
        seen = _boxes(boxes, warp @ fit, turn, size_wh, spread)
        if seen is not None:
            break
    else:
        warp, turn = np.eye(3), 0.0
        seen = [_moved(box, fit, 0.0, size_wh) for box in boxes]
    small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
    # a picture is enlarged from its own pixels, and shrunk from their averages
    source, whole = (image, warp @ fit) if warp[0, 0] > 1 else (small, warp)
    moved = cv2.warpAffine(
        source, whole[:2], size_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    taken = _by_another_camera(rng, moved, seen, size_wh, spread.harshness)
    return Scene(_without_colour(taken) if _is_grey(small) else taken, tuple(seen))


def _random_warp(
    rng: np.random.Generator, size_wh: Tuple[int, int], spread: Spread, calm: float
) -> Tuple[np.ndarray, float]:
    wild = 1 - calm
    rescaled = rng.uniform(np.log(spread.smallest), np.log(spread.largest))
    scale = float(np.exp(rescaled * max(wild, 0.2)))
    turn = float(rng.normal(0, 0.05) * wild)
    stretch = float(np.exp(rng.normal(0, 0.04)))
    middle = np.array([size_wh[0] / 2, size_wh[1] / 2])
    shift = rng.uniform(-0.25, 0.25, 2) * size_wh * wild
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    linear = np.array([[cos * stretch, -sin], [sin * stretch, cos]])
    warp = np.eye(3)
    warp[:2, :2] = linear
    warp[:2, 2] = middle + shift - linear @ middle
    return warp, turn


def _boxes(
    boxes: Sequence[Box],
    warp: np.ndarray,
    turn: float,
    size_wh: Tuple[int, int],
    spread: Spread,
) -> Optional[List[Box]]:
    """The boxes as they are seen; None where one is ambiguous, or too small to be recognised."""
    seen = []
    for box in boxes:
        whole = _moved(box, warp, turn, None)
        wide, high = whole.xmax - whole.xmin, whole.ymax - whole.ymin
        inside = _clipped(whole, size_wh)
        share = (
            max(inside.xmax - inside.xmin, 0) * max(inside.ymax - inside.ymin, 0) / (wide * high)
        )
        was_small = min(box.xmax - box.xmin, box.ymax - box.ymin) * 0.5 < spread.least_px
        if spread.absent < share < spread.whole or (
            min(wide, high) < spread.least_px and not was_small
        ):
            return None
        if share >= spread.whole:
            seen.append(inside)
    return seen


def _moved(box: Box, warp: np.ndarray, turn: float, size_wh: Optional[Tuple[int, int]]) -> Box:
    """The box after the warp.

    The bounding box of a rotated rectangle is larger than the object in it, so we shrink it by
    half of that growth.
    """
    corners = np.array([[x, y, 1] for x in (box.xmin, box.xmax) for y in (box.ymin, box.ymax)])
    moved = (corners @ warp.T)[:, :2]
    low, high = moved.min(axis=0), moved.max(axis=0)
    grown = abs(np.sin(turn)) * (high - low)[::-1] / 4
    low, high = low + grown, high - grown
    whole = replace(box, xmin=low[0], ymin=low[1], xmax=high[0], ymax=high[1])
    return _clipped(whole, size_wh) if size_wh else whole


def _clipped(box: Box, size_wh: Tuple[int, int]) -> Box:
    xs = np.clip([box.xmin, box.xmax], 0, size_wh[0])
    ys = np.clip([box.ymin, box.ymax], 0, size_wh[1])
    return replace(box, xmin=xs[0], xmax=xs[1], ymin=ys[0], ymax=ys[1])


def _by_another_camera(
    rng: np.random.Generator,
    image: np.ndarray,
    boxes: Sequence[Box],
    size_wh: Tuple[int, int],
    harshness: float,
) -> np.ndarray:
    smallest = min([box.ymax - box.ymin for box in boxes] + [size_wh[1] * 0.4])
    shot = random_shot(rng, float(smallest), harshness * float(rng.uniform()), size_wh[0] / 320)
    return digitise(expose(image, shot), shot, rng)


def _is_grey(image: np.ndarray) -> bool:
    blue, green, red = cv2.split(image)
    brightest = cv2.max(cv2.max(blue, green), red)
    darkest = cv2.min(cv2.min(blue, green), red)
    return float((brightest - darkest).mean()) < LEAST_COLOUR


def _without_colour(image: np.ndarray) -> np.ndarray:
    """Its brightness alone, for a network that is never going to be shown colours."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))
