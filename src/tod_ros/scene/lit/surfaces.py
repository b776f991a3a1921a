"""What light falls on: the albedo (share of light given back, BGR 0..1) of rooms and papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import cv2
import numpy as np

from tod_ros.scene.faces import Mark
from tod_ros.scene.lit.marks import ink_mask

ROOM_PX = 320  # a wall's or table's picture, squared
EDGES = ("none", "none", "line", "frame", "dashes", "blocks", "stitches", "corners", "double")


def tint(rng: np.random.Generator, dark: float, bright: float, spread: float) -> np.ndarray:
    """A colour of so much grey, its channels `spread` apart."""
    shade = float(np.exp(rng.uniform(np.log(dark), np.log(bright))))
    return np.clip(shade * np.exp(rng.normal(0, spread, 3)), 0.01, 0.97).astype(np.float32)


def room_surface(rng: np.random.Generator) -> np.ndarray:
    """A wall or a table top: a colour, its grain, and perhaps things printed or lying on it."""
    colour = tint(rng, 0.05, 0.8, 0.25)
    grain = _grain(rng, (ROOM_PX, ROOM_PX), float(rng.exponential(0.12)))
    body = cv2.merge([grain * channel for channel in colour])
    if rng.random() < 0.25:
        cells = int(rng.integers(2, 9)) * 2
        board = np.add.outer(np.arange(cells), np.arange(cells)) % 2 * np.float32(rng.uniform(0, 1))
        body *= (
            1
            - 0.6
            * cv2.resize(board, (ROOM_PX, ROOM_PX), interpolation=cv2.INTER_NEAREST)[..., None]
        )
    for _ in range(int(rng.poisson(2.5))):
        _THINGS[int(rng.integers(len(_THINGS)))](rng, body)
    return body


def _grain(rng: np.random.Generator, size_wh: Tuple[int, int], depth: float) -> np.ndarray:
    """Unevenness of three sizes, longer along one direction."""
    total = np.ones((size_wh[1], size_wh[0]), np.float32)
    stretched = int(rng.integers(1, 12))
    for cells in (4, 16, 64):
        coarse = rng.normal(0, 1, (cells, max(cells // stretched, 2))).astype(np.float32)
        if stretched % 2:
            coarse = np.ascontiguousarray(coarse.T)
        total += depth / 2 * cv2.resize(coarse, size_wh, interpolation=cv2.INTER_LINEAR)
    return np.maximum(total, 0.15)


def _place(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    """The corners [4,2] of a sheet that lies somewhere, turned."""
    wide, tall = ROOM_PX * np.exp(rng.uniform(np.log(low), np.log(high), 2))
    turn = rng.normal(0, 0.3)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (wide / 2, tall / 2)
    return corners @ axes + rng.uniform(0, ROOM_PX, 2)


def _lay(surface: np.ndarray, sheet: np.ndarray, corners: np.ndarray) -> None:
    size = sheet.shape[0]
    own = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    warp = cv2.getPerspectiveTransform(own, corners.astype(np.float32))
    laid = cv2.warpPerspective(sheet, warp, (ROOM_PX, ROOM_PX), flags=cv2.INTER_LINEAR)
    there = np.zeros((ROOM_PX, ROOM_PX), np.uint8)
    cv2.fillConvexPoly(there, np.round(corners).astype(np.int32), 255)
    cv2.copyTo(laid, there, surface)


def _printed(rng: np.random.Generator, surface: np.ndarray) -> None:
    """A poster or sheet with large numbers, words or lines of text."""
    sheet = np.ones((128, 128, 1), np.float32) * tint(rng, 0.3, 0.95, 0.15)
    ink = tint(rng, 0.02, 0.5, 0.4).tolist()
    font = int(rng.integers(0, 8))
    if rng.random() < 0.5:
        text = "".join(rng.choice(list("0123456789ABENORST"), int(rng.integers(1, 4))))
        scale = rng.uniform(1.0, 4.0) / len(text)
        thick = int(rng.integers(1, 9))
        cv2.putText(sheet, text, (8, int(rng.integers(50, 120))), font, scale, ink, thick)
    else:
        for row in range(12, 120, int(rng.integers(8, 20))):
            word = "".join(rng.choice(list("abcdefghilmnorstu 12"), 18))
            cv2.putText(sheet, word, (6, row), font, rng.uniform(0.25, 0.5), ink, 1)
    _lay(surface, sheet, _place(rng, 0.15, 0.7))


def _blank(rng: np.random.Generator, surface: np.ndarray) -> None:
    """A sheet, box or frame without a word."""
    sheet = np.ones((64, 64, 1), np.float32) * tint(rng, 0.03, 0.95, 0.4)
    if rng.random() < 0.5:
        cv2.rectangle(sheet, (0, 0), (63, 63), tint(rng, 0.03, 0.9, 0.3).tolist(), 9)
    _lay(surface, sheet, _place(rng, 0.08, 0.6))


def _wire(rng: np.random.Generator, surface: np.ndarray) -> None:
    """A cable or crack."""
    way = np.cumsum(rng.normal(0, ROOM_PX / 9, (9, 2)), axis=0) + rng.uniform(0, ROOM_PX, 2)
    thick = int(rng.integers(1, 7))
    shade = tint(rng, 0.02, 0.9, 0.4).tolist()
    cv2.polylines(surface, [way.astype(np.int32)], False, shade, thick, cv2.LINE_AA)


def _written(rng: np.random.Generator, surface: np.ndarray) -> None:
    """Loose handwriting on the surface itself, on no paper."""
    mask = ink_mask(rng, str(rng.choice(list("123457AE"))), rng.uniform(0.03, 0.1), 0.7, 96)
    side = int(ROOM_PX * rng.uniform(0.1, 0.35))
    x, y = rng.integers(0, ROOM_PX - side, 2)
    small = cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA)[..., None]
    part = surface[y : y + side, x : x + side]
    part += (tint(rng, 0.02, 0.9, 0.3) - part) * small


_THINGS = (_printed, _printed, _blank, _blank, _wire, _written)


@dataclass(frozen=True)
class Stationery:
    """What a set of cubes is made of: the albedo of paper and ink (BGR), the frame of a face."""

    paper: np.ndarray
    ink: np.ndarray
    edge: str


def random_stationery(rng: np.random.Generator, wall: np.ndarray) -> Stationery:
    """Some paper is hardly brighter than the wall behind it."""
    paper = tint(rng, 0.3, 0.95, 0.06)
    if rng.random() < 0.25:
        paper = np.clip(wall * rng.uniform(1.05, 1.5), 0.25, 0.95).astype(np.float32)
    ink = (paper * rng.uniform(0.03, 0.55) * np.exp(rng.normal(0, 0.25, 3))).clip(0.005, 0.6)
    return Stationery(paper, ink.astype(np.float32), EDGES[int(rng.integers(len(EDGES)))])


def face_surface(
    rng: np.random.Generator, made_of: Stationery, mark: Mark, size: int
) -> np.ndarray:
    """A face of a cube, [size, size, 3]; "" is a blank one."""
    grain = _grain(rng, (size, size), float(rng.uniform(0, 0.05)))
    face = cv2.merge([grain * channel for channel in made_of.paper])
    _edge(rng, face, made_of.edge, made_of.paper * np.float32(rng.uniform(0.1, 0.75)))
    if mark:
        pen = float(np.exp(rng.uniform(np.log(0.02), np.log(0.16))))
        height = rng.uniform(max(0.34, 3.5 * pen), 0.84)
        cover = ink_mask(rng, mark, pen, height, size)[..., None]
        face += (made_of.ink - face) * (cover * np.float32(rng.uniform(0.75, 1.0)))
    return face


def _edge(rng: np.random.Generator, face: np.ndarray, kind: str, shade: np.ndarray) -> None:
    """The frame of a face: drawn on one side and turned to the three others."""
    size = face.shape[0]
    wide = int(size * rng.uniform(0.005, 0.028)) + 1
    inset = int(size * rng.uniform(0.0, 0.05))
    period = int(size * rng.uniform(0.05, 0.16)) + 2
    dash = max(int(period * rng.uniform(0.35, 0.75)), 1)
    strip = np.zeros((size, size), np.uint8)
    if kind in ("line", "frame", "double"):
        strip[inset : inset + wide * (3 if kind == "frame" else 1), inset : size - inset] = 1
    if kind == "double":
        strip[inset + 3 * wide : inset + 4 * wide, inset + 3 * wide : size - inset - 3 * wide] = 1
    if kind in ("dashes", "blocks", "stitches"):
        deep = {"dashes": wide, "blocks": dash, "stitches": 4 * wide}[kind]
        long = {"dashes": dash, "blocks": dash, "stitches": wide}[kind]
        for start in range(inset, size - inset, period):
            strip[inset : inset + deep, start : start + long] = 1
    if kind == "corners":
        reach = int(size * rng.uniform(0.1, 0.3))
        strip[inset : inset + wide, inset : inset + reach] = 1
        strip[inset : inset + wide, size - inset - reach : size - inset] = 1
    for turns in range(4):
        face[np.rot90(strip, turns) > 0] = shade
