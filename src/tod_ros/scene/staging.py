"""Who stands in a scene: what was asked for is checked, and every cube gets a place and a mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene import layout
from tod_ros.scene.captured_marks import Mark
from tod_ros.scene.glyphs import GLYPHS, lookalikes
from tod_ros.scene.handwriting import can_be_drawn, symbol_of
from tod_ros.scene.layout import Layout, Sight
from tod_ros.scene.projection import Placement
from tod_ros.text import did_you_mean

DIFFICULTIES = ("plain", "full")
LAYOUT_ATTEMPTS = 40
CAPTURED_SHARE = 0.3  # of the marks of a class that can be drawn as well as written again
PASTED_SHARE = 0.15  # of the faces of a class that is there as photographs and as marks
Photos = Mapping[str, Sequence[np.ndarray]]
Marks = Mapping[str, Sequence[Mark]]


@dataclass(frozen=True)
class Cube:
    """One cube of a scene: its place, its class ("" if it bears none), what its front shows."""

    place: Placement
    sight: Sight
    name: str
    symbol: str  # "" is blank
    captured: Optional[Mark] = None  # written again in place of the symbol


@dataclass(frozen=True)
class Wanted:
    """What was asked for, checked."""

    symbols: Mapping[str, str]  # class name -> symbol, "" where photographs are pasted
    wrong: Tuple[str, ...]  # symbols that are no class and look like none
    photos: Photos
    size_wh: Tuple[int, int]
    calm: bool
    frame_width: int  # of the camera's whole picture, of which this may be a part
    marks: Marks
    place: Optional[int] = None
    writer: Optional[int] = None


def check(
    classes: Sequence[str],
    size_wh: Tuple[int, int],
    cubes: Optional[int],
    difficulty: str,
    photos: Photos,
    marks: Marks,
    wrong_marks: Optional[Sequence[str]] = None,
    place: Optional[int] = None,
    writer: Optional[int] = None,
) -> Wanted:
    if difficulty not in DIFFICULTIES:
        raise SceneError(
            f"difficulty {difficulty!r} is unknown{did_you_mean(difficulty, DIFFICULTIES)}"
        )
    if min(size_wh) < 64 or max(size_wh) > 4096:
        raise SceneError(
            f"a scene of {size_wh[0]}x{size_wh[1]} pixels: each side must be 64 to 4096"
        )
    if cubes is not None and not 0 <= cubes <= 8:
        raise SceneError(f"cubes is {cubes}, must be 0 to 8")
    if not classes:
        raise SceneError("no classes to draw: name at least one, such as 'one'")
    symbols = {
        name: ""
        if name in photos or (name in marks and not can_be_drawn(name))
        else symbol_of(name)
        for name in classes
    }
    taken = {alike for symbol in symbols.values() if symbol for alike in lookalikes(symbol)}
    candidates = GLYPHS if wrong_marks is None else [symbol_of(name) for name in wrong_marks]
    wrong = tuple(symbol for symbol in candidates if symbol not in taken)
    calm = difficulty == "plain"
    return Wanted(symbols, wrong, photos, size_wh, calm, size_wh[0], marks, place, writer)


def stand(
    rng: np.random.Generator, wanted: Wanted, count: int, most_others: Optional[int] = None
) -> Tuple[Layout, List[Cube]]:
    """Cubes that stand so that every one that bears a class can be read."""
    others = _others(rng, count, wanted.calm) if most_others is None else most_others
    for attempt in range(LAYOUT_ATTEMPTS):
        calm = 1.0 if wanted.calm else attempt / (LAYOUT_ATTEMPTS - 1)
        if attempt > LAYOUT_ATTEMPTS // 2:
            others = 0
        plan = layout.random_layout(rng, wanted.size_wh, count + others, calm)
        places = list(plan.cubes)
        strays = not wanted.calm and rng.random() < 0.15
        if strays:
            places.append(layout.stray(rng, plan, wanted.size_wh))
        seen = layout.sights(plan, places, wanted.size_wh)
        bearers = sorted(rng.permutation(count + others)[:count].tolist())
        chosen = [seen[i] for i in bearers]
        if layout.can_be_told(chosen, wanted.size_wh[0]):
            return plan, _mark(rng, wanted, places, seen, bearers, strays)
    raise SceneError(
        f"{count} cubes have no room in a picture of {wanted.size_wh[0]}x{wanted.size_wh[1]}"
    )


def _others(rng: np.random.Generator, count: int, calm: bool) -> int:
    """How many cubes without a class stand among the others."""
    if calm:
        return 0
    if count == 0:
        return int(rng.integers(0, 4))
    return int(rng.integers(1, 3)) if rng.random() < 0.25 and count < 4 else 0


def _mark(
    rng: np.random.Generator,
    wanted: Wanted,
    places: Sequence[Placement],
    seen: Sequence[Sight],
    bearers: Sequence[int],
    strays: bool,
) -> List[Cube]:
    """Give every cube its mark, far ones first; a cube across the border is a class or nothing."""
    names = list(wanted.symbols)
    cubes = []
    for i in layout.far_to_near(places):
        name = names[int(rng.integers(len(names)))]
        if i in bearers:
            symbol, captured = wanted.symbols[name], _captured(rng, wanted, name)
            cubes.append(Cube(places[i], seen[i], name, symbol, captured))
        elif strays and i == len(places) - 1:
            if seen[i].mark_seen <= layout.UNREADABLE:
                cubes.append(Cube(places[i], seen[i], "", wanted.symbols[name]))
        else:
            blank = rng.random() < 0.35 or not wanted.wrong
            symbol = "" if blank else wanted.wrong[int(rng.integers(len(wanted.wrong)))]
            cubes.append(Cube(places[i], seen[i], "", symbol))
    return cubes


def _captured(rng: np.random.Generator, wanted: Wanted, name: str) -> Optional[Mark]:
    """A captured mark to write again, for some of the cubes of its class."""
    album = wanted.marks.get(name)
    if not album:
        return None
    share = 1.0
    if wanted.symbols[name]:
        share = CAPTURED_SHARE
    elif name in wanted.photos:
        share = 1 - PASTED_SHARE
    return album[int(rng.integers(len(album)))] if rng.random() < share else None
