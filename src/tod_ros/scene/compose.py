"""A whole scene from a seed: cubes on a table, seen by a camera, with their true boxes."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.scene import backgrounds, camera, faces, light
from tod_ros.scene.handwriting import Hand, harsh_hand, random_hand
from tod_ros.scene.layout import Layout
from tod_ros.scene.lit.compose import draw_lit
from tod_ros.scene.paper import random_paper
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.scene import Scene, left_to_right
from tod_ros.scene.seen_faces import with_masks
from tod_ros.scene.staging import Cube, stand

LEAST_CONTRAST = 26.0  # grey levels between mark and paper that a person can still read
SHEET_BGR = (232.0, 236.0, 238.0)
HARSH_CONTRAST = 10.0  # and where the person looks twice
DIM_SHARE = 0.4  # of the harsh scenes
EASY_FACE = 0.14  # of the picture's width: on smaller faces the contrast must be better


def draw_scene(
    seed: int,
    classes: Sequence[str] = ("one", "two"),
    size_wh: Tuple[int, int] = (640, 480),
    **options: Any,
) -> Scene:
    """The scene of this seed; the same arguments give the same bytes.

    The options are those of SceneRequest: `cubes`, `others`, `difficulty`, `family` and more.
    """
    return draw(seed, SceneRequest(tuple(classes), (size_wh[0], size_wh[1]), **options))


def draw(seed: int, request: SceneRequest) -> Scene:
    """The scene of this seed that was asked for."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5)) if request.cubes is None else request.cubes
    if request.family == "lit":
        return draw_lit(rng, request, count)
    plan, stood = stand(rng, request, count)
    return paint(rng, request, plan, stood)


def paint(
    rng: np.random.Generator,
    request: SceneRequest,
    plan: Layout,
    stood: Sequence[Cube],
    sheet_px: Optional[np.ndarray] = None,
) -> Scene:
    """The picture of cubes that have their places and marks; a sheet of paper [4,2] lies below."""
    there = rng if request.place is None else np.random.default_rng(request.place)
    lit = light.random_light(there, request.calm)
    image = _surroundings(there, request, plan)
    if sheet_px is not None:
        corners = np.round(sheet_px * 16 - 8).astype(np.int32)
        cv2.fillConvexPoly(image, corners, SHEET_BGR, cv2.LINE_AA, shift=4)
    light.cast_shadows(image, plan.view, [cube.place for cube in stood], lit)
    _draw_cubes(rng, image, request, stood, lit)
    boxes = [_box(cube, request.size_wh) for cube in stood if cube.name]
    pixels = _photograph(rng, image, boxes, lit, request)
    if request.masks:
        boxes = with_masks(boxes, stood, request.size_wh)
    others = [_box(c, request.size_wh) for c in stood if not c.name and "front" in c.sight.faces]
    visible = [box for box in others if box.xmax > box.xmin and box.ymax > box.ymin]
    return Scene(pixels, left_to_right(boxes), left_to_right(visible))


def _surroundings(rng: np.random.Generator, request: SceneRequest, plan: Layout) -> np.ndarray:
    table_end = plan.distance + 1.2 + float(rng.exponential(1.0 if rng.random() < 0.5 else 8.0))
    draw = backgrounds.plain_room if request.calm else backgrounds.room
    return draw(rng, request.size_wh, plan.view, table_end)


def _draw_cubes(
    rng: np.random.Generator,
    image: np.ndarray,
    request: SceneRequest,
    cubes: Sequence[Cube],
    lit: light.Light,
) -> None:
    hand = _hand(rng, request)
    paper = random_paper(_of_place(rng, request, 1), request.calm, request.harsh)
    marked_sides = 0.0 if request.calm else float(rng.choice([0.0, 0.5, 1.0]))
    for cube in cubes:
        if request.writer is None and not request.calm and rng.random() < 0.25:
            hand = harsh_hand(rng) if request.harsh else random_hand(rng)
        if request.place is None and not request.calm and rng.random() < 0.15:
            paper = random_paper(rng, harsh=request.harsh)
        own = lit.sides["front"] * rng.uniform(0.92, 1.06)
        for side, corners in cube.sight.faces.items():
            is_front = side == "front"
            mark = cube.mark if is_front else _side_mark(rng, request, cube, marked_sides)
            if is_front and not mark and cube.name in request.photos:
                face = _photographed(rng, request.photos[cube.name], corners)
            else:
                size, least_pen = _resolution(corners, request)
                face = faces.marked_face(paper, mark, hand, rng, size, least_pen)
            faces.paste(image, face, corners, own if is_front else lit.sides[side])


def _side_mark(
    rng: np.random.Generator, request: SceneRequest, cube: Cube, marked_sides: float
) -> str:
    """What another face than the front bears; nothing is a class there, so nothing may pass so."""
    marks = request.side_marks
    mark = marks[int(rng.integers(len(marks)))] if marks else ""
    mark = mark if rng.random() < marked_sides else ""
    if mark in request.mark_of.values() and not cube.sight.faces_us:
        return ""  # this side may pass for the front: a class on it would be one
    return mark


def _photographed(
    rng: np.random.Generator, photos: Sequence[np.ndarray], corners: np.ndarray
) -> np.ndarray:
    size = max(faces.texture_size(corners), faces.SMALLEST_TEXTURE_PX)
    return faces.photographed_face(photos[int(rng.integers(len(photos)))], size)


def _resolution(corners: np.ndarray, request: SceneRequest) -> Tuple[int, float]:
    """Pixels of a face's picture, and the thinnest line in it that will still be seen."""
    seen_size = faces.texture_size(corners)
    size = max(seen_size, faces.SMALLEST_TEXTURE_PX)
    return size, 0.75 * size / max(seen_size - 2, 1) * request.size_wh[0] / 320


def _hand(rng: np.random.Generator, request: SceneRequest) -> Hand:
    if request.writer is None:
        return harsh_hand(rng) if request.harsh else random_hand(rng, request.calm)
    own = random_hand(np.random.default_rng(request.writer), request.calm)
    return dataclasses.replace(own, faithful=1.0)


def _of_place(rng: np.random.Generator, request: SceneRequest, part: int) -> np.random.Generator:
    """What decides a part of the place: the scene itself, or the place's own seed."""
    return rng if request.place is None else np.random.default_rng((request.place, part))


def _box(cube: Cube, size_wh: Tuple[int, int]) -> Box:
    front = cube.sight.faces["front"]
    xs, ys = front.T.tolist()
    low, high = (min(xs), min(ys)), (max(xs), max(ys))
    cut = min(low) < 0 or high[0] > size_wh[0] or high[1] > size_wh[1]
    xmin, ymin = (min(max(round(at), 0), end) for at, end in zip(low, size_wh))
    xmax, ymax = (min(max(round(at), 0), end) for at, end in zip(high, size_wh))
    return Box(cube.name, xmin, ymin, xmax, ymax, truncated=cut)


def _photograph(
    rng: np.random.Generator,
    image: np.ndarray,
    boxes: Sequence[Box],
    lit: light.Light,
    request: SceneRequest,
) -> np.ndarray:
    """The camera's picture; its faults are eased until every mark can be read."""
    smallest = min([box.ymax - box.ymin for box in boxes] + [request.size_wh[1] * 0.4])
    bright = light.illuminate(image, lit, _of_place(rng, request, 2))
    harshness = 0.0 if request.calm else 1.0
    scale = request.size_wh[0] / 320
    dim = request.harsh and rng.random() < DIM_SHARE

    def new_shot() -> camera.Shot:
        there = _of_place(rng, request, 3)
        shot = camera.random_shot(there, smallest, harshness, scale)
        return camera.dim_shot(there, shot, harshness) if dim else shot

    shot = new_shot()
    seen = camera.expose(bright, shot)
    least = HARSH_CONTRAST if request.harsh else LEAST_CONTRAST
    while harshness > 0.2 and not all(_readable(seen, box, shot, scale, least) for box in boxes):
        harshness *= 0.6
        shot = new_shot()
        gentle = cv2.addWeighted(bright, harshness, image, 1 - harshness, 0)
        seen = camera.expose(gentle, shot)
    return camera.digitise(seen, shot, rng)


def _readable(seen: np.ndarray, box: Box, shot: camera.Shot, scale: float, least: float) -> bool:
    """Whether the mark stands out from its paper in the middle of the face."""
    x0, x1 = (int(box.xmin + (box.xmax - box.xmin) * part) for part in (0.15, 0.85))
    y0, y1 = (int(box.ymin + (box.ymax - box.ymin) * part) for part in (0.15, 0.85))
    blue, green, red = np.moveaxis(seen[y0:y1, x0:x1], 2, 0)
    if not blue.size:
        return False
    grey = (blue + green + red) / 3
    dark, paper = np.percentile(grey, (3, 70))
    of_noise = 3.5 if least == LEAST_CONTRAST else 2.0
    small = min(max(EASY_FACE * (320 * scale) / (box.ymax - box.ymin), 1.0), 2.0)
    return abs(float(paper - dark)) >= max(least, of_noise * shot.noise) * small
