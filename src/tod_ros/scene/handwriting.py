"""A hand writes a mark, never twice the same: one from the table, or a captured one again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Tuple

import cv2
import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene.captured_marks import FIELD_PX, CapturedMark
from tod_ros.scene.invented_marks import INVENTED
from tod_ros.scene.mark_styles import MARKS, NUMBER_WORDS
from tod_ros.scene.pen_strokes import Strokes, centred, even_styles, mix, smooth, styles_of
from tod_ros.scene.textures import smooth_noise
from tod_ros.text import did_you_mean

MOST_MIXED = 0.5  # of the way from one style to another


@dataclass(frozen=True)
class Hand:
    """How one person writes: the same for all marks of a scene, within `wobble`."""

    style: float  # 0..1 picks the style of each mark
    slant: float  # shear, positive leans to the right
    width: float  # of the letters, 1 = as in the table of styles
    wobble: float  # jitter of the points, in parts of the height
    pen: float  # width of the pen in parts of the height
    height: float  # of a mark in parts of a face's edge
    faithful: float = 0.6  # share of the marks that are in this hand's own style
    mixed: float = 0.0  # how far a mark may go from its style towards another one
    astray: float = 0.045  # from the middle of a face, a deviation in parts of its edge


def random_hand(rng: np.random.Generator, calm: bool = False) -> Hand:
    spread = 0.4 if calm else 1.0
    return Hand(
        style=rng.random(),
        slant=rng.normal(0.06, 0.14 * spread),
        width=float(np.exp(rng.normal(0.0, 0.16 * spread))),
        wobble=rng.uniform(0.004, 0.045) * spread,
        pen=float(np.exp(rng.uniform(np.log(0.055), np.log(0.20)))),
        height=rng.uniform(0.5, 0.65) if calm else rng.uniform(0.42, 0.82),
        mixed=0.0 if calm or rng.random() < 0.4 else MOST_MIXED,
    )


def harsh_hand(rng: np.random.Generator) -> Hand:
    """A pen of any width, marks of any height anywhere on their faces."""
    return replace(
        random_hand(rng),
        pen=float(np.exp(rng.uniform(np.log(0.045), np.log(0.24)))),
        height=rng.uniform(0.34, 0.84),
        astray=float(rng.choice([0.045, 0.1, 0.3])),
    )


def can_be_drawn(class_name: str) -> bool:
    try:
        mark_of_class(class_name)
    except SceneError:
        return False
    return True


def mark_of_class(class_name: str) -> str:
    """The mark of a class: `one` and `1` are the digit, `star` the star, `A` the letter."""
    name = class_name.strip()
    lower = name.lower()
    if lower in NUMBER_WORDS:
        return str(NUMBER_WORDS.index(lower))
    for candidate in (name, lower, name.upper()):
        if candidate in MARKS or candidate in INVENTED:
            return candidate
    known = list(MARKS) + NUMBER_WORDS
    raise SceneError(f"class {class_name!r} cannot be drawn{did_you_mean(class_name, known)}")


def write(mark: str, hand: Hand, rng: np.random.Generator) -> Strokes:
    """The pen's way as polylines; the mark is 1 high and centred on 0,0."""
    styles = styles_of(mark)
    style = int(hand.style * 997) if rng.random() < hand.faithful else int(rng.integers(997))
    shear = np.array([[hand.width, -hand.slant], [0.0, 1.0]])
    turn = rng.normal(0.0, 0.05)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    stretch = np.diag(np.exp(rng.normal(0.0, 0.06, 2)))
    strokes = [
        smooth(points + rng.normal(0.0, hand.wobble, points.shape), corners)
        for points, corners in styles[style % len(styles)]
    ]
    if hand.mixed:
        other = even_styles(mark)[int(rng.integers(len(styles)))]
        strokes = mix(strokes, other, rng.uniform(0, hand.mixed))
    return centred([stroke @ (turned @ stretch @ shear).T for stroke in strokes])


def ink(
    strokes: Strokes, size: int, height: float, pen: float, at_xy: Tuple[float, float]
) -> np.ndarray:
    """The strokes as a picture 0..255 of `size` pixels; `height`, `pen` and `at_xy` in pixels."""
    mask = np.zeros((size, size), np.uint8)
    thickness = max(1, int(round(pen)))
    lines = [_fixed_point(points * height + at_xy) for points in strokes]
    cv2.polylines(mask, lines, False, 255, thickness, cv2.LINE_AA, shift=_SHIFT)
    return mask


_SHIFT = 4


def _fixed_point(points: np.ndarray) -> np.ndarray:
    return np.round(points * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2)


def write_again(
    mark: CapturedMark,
    hand: Hand,
    rng: np.random.Generator,
    size: int,
    height: float,
    pen: float,
    at_xy: Tuple[float, float],
) -> np.ndarray:
    """How far a captured mark covers each pixel of a face, 0..1; lengths in pixels as for `ink`.

    It is long because pen, mark and face each have their scale.
    """
    turn = rng.normal(0.0, 0.07)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    # the captured hand has a slant and a width of its own: half of another hand's is added
    shear = np.array([[hand.width**0.7, -0.7 * hand.slant], [0.0, 1.0]])
    stretch = np.diag(np.exp(rng.normal(0.0, 0.08, 2)))
    back = np.linalg.inv(turned @ stretch @ shear) / height * FIELD_PX
    x, y = np.meshgrid(np.arange(size) - at_xy[0], np.arange(size) - at_xy[1])
    u = back[0, 0] * x + back[0, 1] * y + mark.field.shape[1] / 2
    v = back[1, 0] * x + back[1, 1] * y + mark.field.shape[0] / 2
    for cells, reach in ((3, 0.055), (5, 0.025)):
        bend = smooth_noise(rng, (size, size), (cells, cells), 2)
        u = u + bend[..., 0] * np.float32(reach * FIELD_PX * rng.random())
        v = v + bend[..., 1] * np.float32(reach * FIELD_PX * rng.random())
    field = cv2.remap(
        mark.field,
        u.astype(np.float32),
        v.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=-1.0,
    )
    thinnest = -0.3 * mark.pen * height  # a stroke thinned further falls to pieces
    grow = max((pen - mark.pen * height) / 2, thinnest)
    return np.clip(field * np.float32(height) + np.float32(grow + 0.5), 0, 1)
