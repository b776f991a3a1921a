"""The paper of a cube: its colour, what bends and folds it, and the frame printed on its faces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tod_ros.scene.textures import as_pixels, colour, for_each_channel, smooth_noise, tinted


@dataclass(frozen=True)
class Paper:
    """What the cubes of a scene are made of, as a rule all alike. Lengths are parts of an edge."""

    colour_bgr: np.ndarray
    ink_bgr: np.ndarray
    ink_cover: float  # 1 hides the paper altogether
    crumple: float  # unevenness of the paper's brightness
    dents: float  # share of the faces that are bent along a side
    edge: str  # none, dashes, dots, line
    edge_bgr: np.ndarray
    edge_width: float
    edge_inset: float
    dash: float
    dash_pitch: float


def random_paper(rng: np.random.Generator, calm: bool = False, harsh: bool = False) -> Paper:
    if harsh:
        return _harsh_paper(rng)
    paper = (
        colour(rng, 205, 250, 0.05) if calm or rng.random() < 0.8 else colour(rng, 150, 250, 0.5)
    )
    pen = colour(rng, 10, 60, 0.3) if calm or rng.random() < 0.75 else colour(rng, 60, 150, 1.0)
    if not calm and rng.random() < 0.04:
        paper, pen = colour(rng, 20, 70, 0.6), colour(rng, 190, 250, 0.2)
    edges = ("none",) if calm else ("none", "dashes", "dashes", "dots", "line")
    dash = rng.uniform(0.02, 0.08)
    return Paper(
        colour_bgr=paper,
        ink_bgr=pen,
        ink_cover=1.0 if calm else rng.uniform(0.8, 1.0),
        crumple=0.02 if calm else rng.uniform(0.0, 0.09),
        dents=0.0 if calm else rng.uniform(0.0, 0.3),
        edge=edges[int(rng.integers(len(edges)))],
        edge_bgr=(paper * rng.uniform(0.1, 0.75)).astype(np.float32),
        edge_width=rng.uniform(0.008, 0.035),
        edge_inset=rng.uniform(0.0, 0.03),
        dash=dash,
        dash_pitch=dash * rng.uniform(1.4, 2.6),
    )


def _harsh_paper(rng: np.random.Generator) -> Paper:
    """Darker papers, thinner inks, frames of bars and blocks."""
    paper = random_paper(rng)
    shade = np.float32(np.exp(rng.uniform(np.log(0.4), 0.0)))
    deep = rng.random() < 0.4
    return replace(
        paper,
        colour_bgr=paper.colour_bgr * shade,
        ink_bgr=paper.ink_bgr * shade,
        edge_bgr=paper.edge_bgr * shade,
        edge_width=rng.uniform(0.03, 0.08) if deep else paper.edge_width,
        edge_inset=rng.uniform(0.02, 0.07) if deep else paper.edge_inset,
        dash=rng.uniform(0.04, 0.12) if deep else paper.dash,
        dash_pitch=rng.uniform(0.1, 0.22) if deep else paper.dash_pitch,
    )


def plain_face(paper: Paper, rng: np.random.Generator, size: int) -> np.ndarray:
    """A face without a mark, uint8."""
    shade = np.ones((size, size), np.float32)
    if paper.crumple > 0:
        shade += smooth_noise(rng, (size, size), (3, 3))[..., 0] * np.float32(paper.crumple)
    face = tinted(shade, paper.colour_bgr)
    if paper.dents > 0 and rng.random() < paper.dents:
        face *= for_each_channel(_dent(rng, size))
    pixels = as_pixels(face)
    if rng.random() < paper.crumple * 2:
        _fold(pixels, rng)
    if paper.edge != "none":
        _edges(pixels, paper)
    return pixels


def _dent(rng: np.random.Generator, size: int) -> np.ndarray:
    """The brightness of paper bent along a side: a rim in other light, and a shadow beside it."""
    along = np.linspace(0, 1, size, dtype=np.float32)
    across = along[:, None]
    beyond = across - np.float32(rng.uniform(0.03, 0.2)) - along * np.float32(rng.normal(0, 0.05))
    rim = np.float32(rng.normal(0.02, 0.04)) / (1 + np.exp(beyond * np.float32(60)))
    depth, width = np.float32(rng.uniform(0.05, 0.3)), np.float32(rng.uniform(0.02, 0.1))
    shadow = depth * np.exp(-np.abs(beyond) / np.where(beyond < 0, np.float32(0.01), width))
    middle, reach = np.float32(rng.uniform(0, 1)), np.float32(rng.uniform(0.15, 0.6))
    bent = np.exp(-(((along - middle) / reach) ** 2))
    return np.rot90(1 + (rim - shadow) * bent, int(rng.choice((0, 0, 1, 2, 3))))


def _fold(face: np.ndarray, rng: np.random.Generator) -> None:
    """A crease: one side of a line is a little darker."""
    size = face.shape[0]
    ends = rng.uniform(0, size, (2, 2)).astype(int)
    darker = (face[size // 2, size // 2] * rng.uniform(0.8, 0.95)).tolist()
    cv2.line(
        face,
        tuple(ends[0].tolist()),
        tuple(ends[1].tolist()),
        darker,
        max(1, size // 50),
        cv2.LINE_AA,
    )


def _edges(face: np.ndarray, paper: Paper) -> None:
    """The printed or sewn outline of the paper net."""
    size = face.shape[0]
    inset = int(paper.edge_inset * size)
    far = size - 1 - inset
    thickness = max(1, int(round(paper.edge_width * size)))
    shade = paper.edge_bgr.tolist()
    if paper.edge == "line":
        cv2.rectangle(face, (inset, inset), (far, far), shade, thickness, cv2.LINE_AA)
        return
    length = 0.0 if paper.edge == "dots" else paper.dash
    dashes = []
    for start in np.arange(0.01, 1.0 - length, max(paper.dash_pitch, 0.03)).tolist():
        a, b = int(start * size), int((start + length) * size)
        dashes += [
            ((a, inset), (b, inset)),
            ((a, far), (b, far)),
            ((inset, a), (inset, b)),
            ((far, a), (far, b)),
        ]
    cv2.polylines(face, np.array(dashes, np.int32), False, shade, thickness, cv2.LINE_AA)
