"""A whole scene from a seed: cubes on a table, seen by a camera, with their true boxes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.detection import left_to_right_key
from tod_ros.scene import backgrounds, camera, faces, light
from tod_ros.scene.captured_marks import marked_again
from tod_ros.scene.handwriting import Hand, random_hand
from tod_ros.scene.layout import Layout
from tod_ros.scene.staging import Cube, Marks, Photos, Wanted, check, stand

LEAST_CONTRAST = 26.0  # grey levels between mark and paper that a person can still read
EASY_FACE = 0.14  # of the picture's width: on smaller faces the contrast must be better


@dataclass(frozen=True)
class Scene:
    """A drawn picture (BGR) and the box of every front face that bears a class, left to right."""

    image: np.ndarray
    boxes: Tuple[Box, ...]
    others: Tuple[Box, ...] = ()  # the nameless front faces of cubes that bear no class


def draw_scene(
    seed: int,
    classes: Sequence[str] = ("one", "two"),
    size_wh: Tuple[int, int] = (640, 480),
    cubes: Optional[int] = None,
    difficulty: str = "plain",
    photos: Optional[Photos] = None,
    others: Optional[int] = None,
    marks: Optional[Marks] = None,
    wrong_marks: Optional[Sequence[str]] = None,
    place: Optional[int] = None,
    writer: Optional[int] = None,
) -> Scene:
    """The scene of this seed; the same arguments give the same bytes.

    `cubes` is how many bear a class (None: 1 to 4), at most `others` are blank or wrongly marked
    (None: few, and only at full difficulty). Difficulty `full` is whatever a robot may meet
    and a person could still read. `photos` holds square BGR pictures of faces per class, pasted
    instead of a written mark; `marks` holds captured marks per class, written again with any pen.
    Wrong marks are any symbols that look like no class, or those of `wrong_marks` that do not.
    Scenes of the same `place` share room, light, paper and camera, scenes of the same `writer`
    the handwriting; None draws both from the seed.
    """
    wanted = check(
        classes, size_wh, cubes, difficulty, photos or {}, marks or {}, wrong_marks, place, writer
    )
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5)) if cubes is None else cubes
    plan, stood = stand(rng, wanted, count, others)
    return paint(rng, wanted, plan, stood)


def paint(rng: np.random.Generator, wanted: Wanted, plan: Layout, stood: Sequence[Cube]) -> Scene:
    """The picture of cubes that have their places and marks."""
    there = rng if wanted.place is None else np.random.default_rng(wanted.place)
    lit = light.random_light(there, wanted.calm)
    image = _surroundings(there, wanted, plan)
    light.cast_shadows(image, plan.view, [cube.place for cube in stood], lit)
    _draw_cubes(rng, image, wanted, stood, lit)
    boxes = [_box(cube, wanted.size_wh) for cube in stood if cube.name]
    pixels = _photograph(rng, image, boxes, lit, wanted)
    others = [_box(c, wanted.size_wh) for c in stood if not c.name and "front" in c.sight.faces]
    visible = [box for box in others if box.xmax > box.xmin and box.ymax > box.ymin]
    return Scene(pixels, left_to_right(boxes), left_to_right(visible))


def left_to_right(boxes: Sequence[Box]) -> Tuple[Box, ...]:
    return tuple(sorted(boxes, key=left_to_right_key))


def _surroundings(rng: np.random.Generator, wanted: Wanted, plan: Layout) -> np.ndarray:
    table_end = plan.distance + 1.2 + float(rng.exponential(1.0 if rng.random() < 0.5 else 8.0))
    draw = backgrounds.plain_room if wanted.calm else backgrounds.room
    return draw(rng, wanted.size_wh, plan.view, table_end)


def _draw_cubes(
    rng: np.random.Generator,
    image: np.ndarray,
    wanted: Wanted,
    cubes: Sequence[Cube],
    lit: light.Light,
) -> None:
    hand, paper = _hand(rng, wanted), faces.random_paper(_of_place(rng, wanted, 1), wanted.calm)
    marked_sides = 0.0 if wanted.calm else float(rng.choice([0.0, 0.5, 1.0]))
    symbols = [symbol for symbol in wanted.symbols.values() if symbol] + list(wanted.wrong[:10])
    for cube in cubes:
        if wanted.writer is None and not wanted.calm and rng.random() < 0.25:
            hand = random_hand(rng)
        if wanted.place is None and not wanted.calm and rng.random() < 0.15:
            paper = faces.random_paper(rng)
        own = lit.sides["front"] * rng.uniform(0.92, 1.06)
        for side, corners in cube.sight.faces.items():
            seen_size = faces.texture_size(corners)
            size = max(seen_size, faces.SMALLEST_TEXTURE_PX)
            least_pen = 0.75 * size / max(seen_size - 2, 1) * wanted.frame_width / 320
            if side != "front":
                symbol = symbols[int(rng.integers(len(symbols)))] if symbols else ""
                symbol = symbol if rng.random() < marked_sides else ""
                if symbol in wanted.symbols.values() and not cube.sight.faces_us:
                    symbol = ""  # this side may pass for the front: a class on it would be one
            elif cube.name in wanted.photos and cube.captured is None:
                album = wanted.photos[cube.name]
                face = faces.photographed_face(album[int(rng.integers(len(album)))], size)
                faces.paste(image, face, corners, own)
                continue
            elif cube.captured is not None:
                face = marked_again(paper, cube.captured, hand, rng, size, least_pen)
                faces.paste(image, face, corners, own)
                continue
            else:
                symbol = cube.symbol
            face = (
                faces.marked_face(paper, symbol, hand, rng, size, least_pen)
                if symbol
                else faces.plain_face(paper, rng, size)
            )
            faces.paste(image, face, corners, own if side == "front" else lit.sides[side])


def _hand(rng: np.random.Generator, wanted: Wanted) -> Hand:
    if wanted.writer is None:
        return random_hand(rng, wanted.calm)
    own = random_hand(np.random.default_rng(wanted.writer), wanted.calm)
    return dataclasses.replace(own, faithful=1.0)


def _of_place(rng: np.random.Generator, wanted: Wanted, part: int) -> np.random.Generator:
    """What decides a part of the place: the scene itself, or the place's own seed."""
    return rng if wanted.place is None else np.random.default_rng((wanted.place, part))


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
    wanted: Wanted,
) -> np.ndarray:
    """The camera's picture; its faults are eased until every mark can be read."""
    smallest = min([box.ymax - box.ymin for box in boxes] + [wanted.size_wh[1] * 0.4])
    bright = light.illuminate(image, lit, _of_place(rng, wanted, 2))
    harshness = 0.0 if wanted.calm else 1.0
    scale = wanted.frame_width / 320
    shot = camera.random_shot(_of_place(rng, wanted, 3), smallest, harshness, scale)
    seen = camera.expose(bright, shot)
    while harshness > 0.2 and not all(_readable(seen, box, shot, scale) for box in boxes):
        harshness *= 0.6
        shot = camera.random_shot(_of_place(rng, wanted, 3), smallest, harshness, scale)
        gentle = cv2.addWeighted(bright, harshness, image, 1 - harshness, 0)
        seen = camera.expose(gentle, shot)
    return camera.digitise(seen, shot, rng)


def _readable(seen: np.ndarray, box: Box, shot: camera.Shot, scale: float) -> bool:
    """Whether the mark stands out from its paper in the middle of the face."""
    x0, x1 = (int(box.xmin + (box.xmax - box.xmin) * part) for part in (0.15, 0.85))
    y0, y1 = (int(box.ymin + (box.ymax - box.ymin) * part) for part in (0.15, 0.85))
    blue, green, red = np.moveaxis(seen[y0:y1, x0:x1], 2, 0)
    if not blue.size:
        return False
    grey = (blue + green + red) / 3
    dark, paper = np.percentile(grey, (3, 70))
    small = min(max(EASY_FACE * (320 * scale) / (box.ymax - box.ymin), 1.0), 2.0)
    return abs(float(paper - dark)) >= max(LEAST_CONTRAST, 3.5 * shot.noise) * small
