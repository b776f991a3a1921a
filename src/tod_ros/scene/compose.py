"""A whole scene from a seed: cubes on a table, seen by a camera, with their true boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotations import Box
from tod_ros.scene import backgrounds, camera, faces, light
from tod_ros.scene.handwriting import random_hand
from tod_ros.scene.layout import Layout
from tod_ros.scene.staging import Cube, Photos, Wanted, check, stand

LEAST_CONTRAST = 26.0  # grey levels between mark and paper that a person can still read
EASY_FACE = 0.14  # of the picture's width: on smaller faces the contrast must be better


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
    photos: Optional[Photos] = None,
    others: Optional[int] = None,
) -> Scene:
    """The scene of this seed; the same arguments give the same bytes.

    `cubes` is how many bear a class (None: 1 to 4), at most `others` are blank or wrongly marked
    (None: few, and only at full difficulty). Difficulty `full` is whatever a robot may meet
    and a person could still read. `photos` holds square BGR pictures of faces per class, pasted
    instead of a written mark.
    """
    wanted = check(classes, size_wh, cubes, difficulty, photos or {})
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5)) if cubes is None else cubes
    plan, stood = stand(rng, wanted, count, others)
    lit = light.random_light(rng, wanted.calm)
    image = _surroundings(rng, wanted, plan)
    light.cast_shadows(image, plan.view, [cube.place for cube in stood], lit)
    _draw_cubes(rng, image, wanted, stood, lit)
    boxes = [_box(cube, size_wh) for cube in stood if cube.name]
    pixels = _photograph(rng, image, boxes, lit, wanted)
    return Scene(pixels, tuple(sorted(boxes, key=lambda box: (box.xmin + box.xmax, box.ymin))))


def _surroundings(rng: np.random.Generator, wanted: Wanted, plan: Layout) -> np.ndarray:
    table_end = plan.distance + 1.2 + float(rng.exponential(1.0 if rng.uniform() < 0.5 else 8.0))
    draw = backgrounds.plain_room if wanted.calm else backgrounds.room
    return draw(rng, wanted.size_wh, plan.view, table_end)


def _draw_cubes(
    rng: np.random.Generator,
    image: np.ndarray,
    wanted: Wanted,
    cubes: Sequence[Cube],
    lit: light.Light,
) -> None:
    hand, paper = random_hand(rng, wanted.calm), faces.random_paper(rng, wanted.calm)
    marked_sides = 0.0 if wanted.calm else float(rng.choice([0.0, 0.5, 1.0]))
    symbols = [symbol for symbol in wanted.symbols.values() if symbol] + list(wanted.wrong[:10])
    for cube in cubes:
        if not wanted.calm and rng.uniform() < 0.25:
            hand = random_hand(rng)
        if not wanted.calm and rng.uniform() < 0.15:
            paper = faces.random_paper(rng)
        own = lit.sides["front"] * rng.uniform(0.92, 1.06)
        for side, corners in cube.sight.faces.items():
            size = max(faces.texture_size(corners), faces.SMALLEST_TEXTURE_PX)
            least_pen = (
                0.75 * size / max(faces.texture_size(corners) - 2, 1) * wanted.size_wh[0] / 320
            )
            if side != "front":
                symbol = symbols[int(rng.integers(len(symbols)))] if symbols else ""
                symbol = symbol if rng.uniform() < marked_sides else ""
            elif cube.name in wanted.photos:
                album = wanted.photos[cube.name]
                face = faces.photographed_face(album[int(rng.integers(len(album)))], size)
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


def _box(cube: Cube, size_wh: Tuple[int, int]) -> Box:
    front = cube.sight.faces["front"]
    low, high = front.min(axis=0), front.max(axis=0)
    cut = bool((low < 0).any() or (high > size_wh).any())
    xmin, ymin = np.clip(np.round(low), 0, size_wh).astype(int).tolist()
    xmax, ymax = np.clip(np.round(high), 0, size_wh).astype(int).tolist()
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
    bright = light.illuminate(image, lit, rng)
    harshness = 0.0 if wanted.calm else 1.0
    shot = camera.random_shot(rng, smallest, harshness, wanted.size_wh[0] / 320)
    seen = camera.expose(bright, shot)
    while harshness > 0.2 and not all(_readable(seen, box, shot) for box in boxes):
        harshness *= 0.6
        shot = camera.random_shot(rng, smallest, harshness, wanted.size_wh[0] / 320)
        gentle = cv2.addWeighted(bright, harshness, image, 1 - harshness, 0)
        seen = camera.expose(gentle, shot)
    return camera.digitise(seen, shot, rng)


def _readable(seen: np.ndarray, box: Box, shot: camera.Shot) -> bool:
    """Whether the mark stands out from its paper in the middle of the face."""
    x0, x1 = (int(box.xmin + (box.xmax - box.xmin) * part) for part in (0.15, 0.85))
    y0, y1 = (int(box.ymin + (box.ymax - box.ymin) * part) for part in (0.15, 0.85))
    grey = seen[y0:y1, x0:x1].mean(axis=2)
    if not grey.size:
        return False
    dark, paper = np.percentile(grey, (3, 70))
    small = np.clip(EASY_FACE * seen.shape[1] / (box.ymax - box.ymin), 1.0, 2.0)
    return abs(float(paper - dark)) >= max(LEAST_CONTRAST, 3.5 * shot.noise) * small
