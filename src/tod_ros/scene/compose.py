"""A whole scene from a seed: cubes on a table, seen by a camera, with their true boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros.annotations import Box
from tod_ros.errors import SceneError
from tod_ros.names import did_you_mean
from tod_ros.scene import backgrounds, camera, faces, layout, light
from tod_ros.scene.distractors import litter
from tod_ros.scene.glyphs import GLYPHS, lookalikes
from tod_ros.scene.handwriting import random_hand, symbol_of
from tod_ros.scene.layout import Layout, Sight
from tod_ros.scene.projection import SIDES, Placement

DIFFICULTIES = ("plain", "full")
LAYOUT_ATTEMPTS = 40
LEAST_CONTRAST = 26.0  # grey levels between mark and paper that a person can still read
EASY_FACE = 0.14  # of the picture's width: on smaller faces the contrast must be better
Photos = Mapping[str, Sequence[np.ndarray]]


@dataclass(frozen=True)
class Scene:
    """A drawn picture (BGR) and the box of every front face that bears a class, left to right."""

    image: np.ndarray
    boxes: Tuple[Box, ...]


@dataclass(frozen=True)
class _Cube:
    """One cube of a scene: its place, its class ("" if it bears none of them), what its front shows."""

    place: Placement
    sight: Sight
    name: str
    symbol: str  # "" is blank


@dataclass(frozen=True)
class _Wanted:
    """What was asked for, checked."""

    symbols: Mapping[str, str]  # class name -> symbol, "" for a class known from photographs
    wrong: Tuple[str, ...]  # symbols that are no class and look like none
    photos: Photos
    size_wh: Tuple[int, int]
    calm: bool


def draw_scene(
    seed: int,
    classes: Sequence[str] = ("one", "two"),
    size_wh: Tuple[int, int] = (640, 480),
    cubes: Optional[int] = None,
    difficulty: str = "plain",
    photos: Optional[Photos] = None,
) -> Scene:
    """The scene of this seed; the same arguments give the same bytes.

    `cubes` is how many bear a class (None: 1 to 4). Difficulty `full` is whatever a robot may meet
    and a person could still read. `photos` holds square BGR pictures of faces per class, pasted
    instead of a written mark.
    """
    wanted = _check(classes, size_wh, cubes, difficulty, photos or {})
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5)) if cubes is None else cubes
    plan, stood = _stand(rng, wanted, count)
    lit = light.random_light(rng, wanted.calm)
    image = _surroundings(rng, wanted, plan)
    if not wanted.calm or count:
        light.cast_shadows(image, plan.view, [cube.place for cube in stood], lit)
    _draw_cubes(rng, image, wanted, stood, lit)
    boxes = [_box(cube, size_wh) for cube in stood if cube.name]
    pixels = _photograph(rng, image, boxes, lit, wanted)
    return Scene(pixels, tuple(sorted(boxes, key=lambda box: (box.xmin + box.xmax, box.ymin))))


def _check(
    classes: Sequence[str], size_wh: Tuple[int, int], cubes: Optional[int], difficulty: str, photos: Photos
) -> _Wanted:
    if difficulty not in DIFFICULTIES:
        raise SceneError(f"difficulty {difficulty!r} is unknown{did_you_mean(difficulty, DIFFICULTIES)}")
    if min(size_wh) < 64 or max(size_wh) > 4096:
        raise SceneError(f"a scene of {size_wh[0]}x{size_wh[1]} pixels: each side must be 64 to 4096")
    if cubes is not None and not 0 <= cubes <= 8:
        raise SceneError(f"cubes is {cubes}, must be 0 to 8")
    if not classes:
        raise SceneError("no classes to draw: name at least one, such as 'one'")
    symbols = {name: "" if name in photos else symbol_of(name) for name in classes}
    taken = {alike for symbol in symbols.values() if symbol for alike in lookalikes(symbol)}
    wrong = tuple(symbol for symbol in GLYPHS if symbol not in taken)
    return _Wanted(symbols, wrong, photos, size_wh, difficulty == "plain")


def _stand(rng: np.random.Generator, wanted: _Wanted, count: int) -> Tuple[Layout, List[_Cube]]:
    """Cubes that stand so that every one that bears a class can be read."""
    others = 0 if wanted.calm else _others(rng, count)
    for attempt in range(LAYOUT_ATTEMPTS):
        calm = 1.0 if wanted.calm else attempt / (LAYOUT_ATTEMPTS - 1)
        if attempt > LAYOUT_ATTEMPTS // 2:
            others = 0
        plan = layout.random_layout(rng, wanted.size_wh, count + others, calm)
        places = list(plan.cubes)
        strays = not wanted.calm and rng.uniform() < 0.15
        if strays:
            places.append(layout.stray(rng, plan, wanted.size_wh))
        seen = layout.sights(plan, places, wanted.size_wh)
        bearers = sorted(rng.permutation(count + others)[:count].tolist())
        if all(seen[i].readable for i in bearers) and layout.apart([seen[i] for i in bearers]):
            return plan, _mark(rng, wanted, places, seen, bearers, strays)
    raise SceneError(f"{count} cubes have no room in a picture of {wanted.size_wh[0]}x{wanted.size_wh[1]}")


def _others(rng: np.random.Generator, count: int) -> int:
    """How many cubes without a class stand among the others."""
    if count == 0:
        return int(rng.integers(0, 4))
    return int(rng.integers(1, 3)) if rng.uniform() < 0.25 and count < 4 else 0


def _mark(
    rng: np.random.Generator,
    wanted: _Wanted,
    places: Sequence[Placement],
    seen: Sequence[Sight],
    bearers: Sequence[int],
    strays: bool,
) -> List[_Cube]:
    """Give every cube its mark, far ones first; a cube across the border is a class or nothing."""
    names = list(wanted.symbols)
    cubes = []
    for i in layout.far_to_near(places):
        name = names[int(rng.integers(len(names)))]
        if i in bearers:
            cubes.append(_Cube(places[i], seen[i], name, wanted.symbols[name]))
        elif strays and i == len(places) - 1:
            if seen[i].mark_seen <= layout.UNREADABLE:
                cubes.append(_Cube(places[i], seen[i], "", wanted.symbols[name]))
        else:
            blank = rng.uniform() < 0.35 or not wanted.wrong
            symbol = "" if blank else wanted.wrong[int(rng.integers(len(wanted.wrong)))]
            cubes.append(_Cube(places[i], seen[i], "", symbol))
    return cubes


def _surroundings(rng: np.random.Generator, wanted: _Wanted, plan: Layout) -> np.ndarray:
    table_end = plan.distance + 1.2 + float(rng.exponential(1.0 if rng.uniform() < 0.5 else 8.0))
    draw = backgrounds.plain_room if wanted.calm else backgrounds.room
    return draw(rng, wanted.size_wh, plan.view, table_end)


def _draw_cubes(
    rng: np.random.Generator, image: np.ndarray, wanted: _Wanted, cubes: Sequence[_Cube], lit: light.Light
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
            least_pen = 0.75 * size / max(faces.texture_size(corners) - 2, 1) * wanted.size_wh[0] / 320
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


def _box(cube: _Cube, size_wh: Tuple[int, int]) -> Box:
    front = cube.sight.faces["front"]
    low, high = front.min(axis=0), front.max(axis=0)
    cut = bool((low < 0).any() or (high > size_wh).any())
    xmin, ymin = np.clip(np.round(low), 0, size_wh).astype(int).tolist()
    xmax, ymax = np.clip(np.round(high), 0, size_wh).astype(int).tolist()
    return Box(cube.name, xmin, ymin, xmax, ymax, truncated=cut)


def _photograph(
    rng: np.random.Generator, image: np.ndarray, boxes: Sequence[Box], lit: light.Light, wanted: _Wanted
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
        gentle = image + (bright - image) * np.float32(harshness)
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
