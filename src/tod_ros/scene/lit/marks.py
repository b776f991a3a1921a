"""Marks made by rule, not from a table: a one and a two are bent from a few random numbers.

Other single characters are a plotter font's, bent; named marks (star, heart) and captured ones are
written as in the first family, for there is no second way to write them.
"""

from __future__ import annotations

from typing import List

import cv2
import numpy as np

from tod_ros.scene.captured_marks import CapturedMark
from tod_ros.scene.faces import Mark
from tod_ros.scene.handwriting import random_hand, write, write_again
from tod_ros.scene.textures import as_pixels

_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)
Stroke = np.ndarray  # [N,2]; x to the right, y down, a mark is 1 high around 0,0


def ink_mask(
    rng: np.random.Generator, mark: Mark, pen: float, height: float, face_px: int
) -> np.ndarray:
    """How far the ink of a mark covers its face, 0..1; pen and height in parts of the face."""
    if isinstance(mark, CapturedMark):
        mask = _again(rng, mark, pen, height, face_px)
    else:
        mask = _by_rule(rng, mark, pen, height, face_px)
    return _somewhere(rng, mask).astype(np.float32) / 255


def _by_rule(
    rng: np.random.Generator, mark: str, pen: float, height: float, face_px: int
) -> np.ndarray:
    mask = np.zeros((face_px, face_px), np.uint8)
    strokes = _strokes(rng, mark)
    if strokes:
        points = np.concatenate(strokes)
        low, high = points.min(axis=0), points.max(axis=0)
        reach = min(height, (0.86 - pen) * (high[1] - low[1]) / max(high[0] - low[0], 0.05))
        size = reach * face_px / max(high[1] - low[1], 0.3)
        for stroke in strokes:
            _pull(rng, mask, (stroke - (low + high) / 2) * size + face_px / 2, pen * face_px)
    else:
        _print(rng, mask, mark, pen, height)
    return mask


def _strokes(rng: np.random.Generator, mark: str) -> List[Stroke]:
    """None for what a font has."""
    if mark == "1":
        drawn = _one(rng)
    elif mark == "2":
        drawn = _two(rng)
    elif len(mark) == 1:
        return []
    else:
        drawn = [np.asarray(stroke) for stroke in write(mark, random_hand(rng), rng)]
    turn, shear = rng.normal(0, 0.08), rng.normal(0.05, 0.16)
    bent = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[np.exp(rng.normal(0, 0.15)), -shear], [0, 1]]
    )
    return [stroke @ bent.T for stroke in drawn]


def _one(rng: np.random.Generator) -> List[Stroke]:
    """A stem; often with a flag at its top, seldom with a foot."""
    bow = rng.normal(0, 0.03)
    stem = _rounded(np.array([[0, -0.5], [bow, 0.0], [rng.normal(0, 0.03), 0.5]]))
    if rng.random() < 0.3:
        return [stem]
    length, slope = rng.uniform(0.14, 0.45), rng.uniform(0.6, 1.25)
    tip = np.array([-np.cos(slope), np.sin(slope)]) * length + (0, -0.5)
    middle = (tip + (0, -0.5)) / 2 + rng.normal(0, 0.025, 2)
    flag = _rounded(np.array([tip, middle, [0, -0.5]]))
    drawn = [np.concatenate([flag, stem])]
    if rng.random() < 0.35:
        left, right = rng.uniform(0.12, 0.45, 2)
        tilt = rng.normal(0, 0.03)
        drawn.append(stem[-1] + np.array([[-left, -tilt], [0, 0], [right, tilt]]))
    return drawn


def _two(rng: np.random.Generator) -> List[Stroke]:
    """A bow, a slope down to the left, a foot: joined by a corner or by a loop."""
    wide = rng.uniform(0.22, 0.36)
    foot = wide * rng.uniform(0.8, 1.4)
    end = np.array([foot, 0.5 + rng.normal(0, 0.03)])
    corner = np.array([-wide * rng.uniform(0.8, 1.15), 0.5 + rng.normal(0, 0.02)])
    if rng.random() < 0.15:  # as straight as a Z, its first corner rounded or not
        top = np.array([[-wide, -0.5 + rng.normal(0, 0.03)], [wide, -0.5]])
        return [np.concatenate([top, [corner, end]])]
    first, last = rng.uniform(2.5, 3.9), rng.uniform(6.0, 7.0)
    high = rng.uniform(0.19, 0.29)
    turns = np.linspace(first, last, 9)
    bow = np.stack([wide * np.cos(turns), high * np.sin(turns) - 0.5 + high], axis=1)
    slope = [bow[-1] * (1 - t) + corner * t + (rng.normal(0, 0.02), 0) for t in (0.35, 0.7)]
    if rng.random() < 0.35:
        loop = rng.uniform(0.05, 0.14)
        turns = np.linspace(0.4, 2 * np.pi - 0.6, 8)
        knot = corner + loop * np.stack([0.6 - np.cos(turns) - 0.6, -np.sin(turns)], axis=1)[::-1]
        way = np.concatenate([bow, slope, knot + (0, -0.3 * loop)])
        wave = (corner + end) / 2 + (0, rng.normal(0.0, 0.03))
        return [_rounded(np.concatenate([way, [wave, end]]))]
    body = _rounded(np.concatenate([bow, slope, [corner]]))
    wave = (corner + end) / 2 + (0, rng.normal(-0.02, 0.025))
    return [np.concatenate([body, _rounded(np.array([corner, wave, end]))])]


def _rounded(points: np.ndarray) -> Stroke:
    """Corners cut off three times (Chaikin's way to a curve); the ends stay."""
    for _ in range(3):
        before, after = points[:-1], points[1:]
        cut = np.stack([0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after], axis=1)
        points = np.concatenate([points[:1], cut.reshape(-1, 2), points[-1:]])
    return points


def _pull(rng: np.random.Generator, mask: np.ndarray, points: np.ndarray, pen: float) -> None:
    """A pen along the points, pressed now more and now less."""
    shaken = points + cv2.GaussianBlur(
        rng.normal(0, 0.0075 * mask.shape[0], points.shape), (1, 7), 2.0
    )
    pressed = np.interp(np.linspace(0, 3, len(points)), np.arange(4), rng.uniform(0.75, 1.2, 4))
    for start, to, press in zip(shaken, shaken[1:], pressed):
        ends = np.round(np.stack([start, to]) * 8).astype(np.int32)
        thick = max(int(round(pen * press)), 1)
        cv2.line(mask, ends[0].tolist(), ends[1].tolist(), 255, thick, cv2.LINE_AA, 3)


def _again(
    rng: np.random.Generator, mark: CapturedMark, pen: float, height: float, face_px: int
) -> np.ndarray:
    """A captured mark in another hand."""
    hand = random_hand(rng)
    reach = min(height, 0.8 / max(mark.width * hand.width, 0.01)) * face_px
    middle = (face_px / 2, face_px / 2)
    return as_pixels(255 * write_again(mark, hand, rng, face_px, reach, pen * face_px, middle))


def _print(
    rng: np.random.Generator, mask: np.ndarray, mark: str, pen: float, height: float
) -> None:
    """A character of a plotter font, bent as by a hand."""
    size = mask.shape[0]
    font = _FONTS[int(rng.integers(len(_FONTS)))]
    thick = max(int(round(pen * size)), 1)
    (wide, high), _ = cv2.getTextSize(mark, font, 1.0, 1)
    scale = min((height - pen / 2) * size / max(high, 1), (0.8 - pen) * size / max(wide, 1))
    at = int(size / 2 - wide * scale / 2), int(size / 2 + high * scale / 2)
    cv2.putText(mask, mark, at, font, scale, 255, thick, cv2.LINE_AA)
    own = np.array([[0, 0], [1, 0], [0, 1]], np.float32) * size
    bent = own + rng.normal(0, 0.05, (3, 2)).astype(np.float32) * size
    mask[:] = cv2.warpAffine(mask, cv2.getAffineTransform(own, bent), mask.shape)


def _somewhere(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """The mark moved off the middle, as far as the paper reaches."""
    size = mask.shape[0]
    x, y, wide, high = cv2.boundingRect(mask)
    margin = rng.uniform(0.03, 0.12) * size
    by = []
    for start, extent in ((x, wide), (y, high)):
        before = min(margin - start, 0.0)
        after = max(size - margin - start - extent, 0.0)
        by.append(float(np.clip(rng.normal(0, 0.6), -1, 1)))
        by[-1] *= -before if by[-1] < 0 else after
    move = np.array([[1, 0, by[0]], [0, 1, by[1]]], np.float32)
    return cv2.warpAffine(mask, move, mask.shape)
