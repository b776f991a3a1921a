"""Who stands in a scene: every cube gets a place and a mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene import layout
from tod_ros.scene.captured_marks import CapturedMark
from tod_ros.scene.faces import Mark
from tod_ros.scene.layout import Layout, Sight
from tod_ros.scene.projection import Placement
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.scribbles import scribble

LAYOUT_ATTEMPTS = 40
PASTED_SHARE = 0.15  # of the faces of a class that is there as photographs and as marks


@dataclass(frozen=True)
class Cube:
    """One cube of a scene: its place, its class ("" if it bears none), what its front shows."""

    place: Placement
    sight: Sight
    name: str
    mark: Mark  # "" is blank, or a photograph of its class


def stand(rng: np.random.Generator, request: SceneRequest, count: int) -> Tuple[Layout, List[Cube]]:
    """Cubes that stand so that every one that bears a class can be read."""
    others = _others(rng, count, request.calm) if request.others is None else request.others
    for attempt in range(LAYOUT_ATTEMPTS):
        calm = 1.0 if request.calm else attempt / (LAYOUT_ATTEMPTS - 1)
        if attempt > LAYOUT_ATTEMPTS // 2:
            others = 0
        plan = layout.random_layout(rng, request.size_wh, count + others, calm, request.harsh)
        places = list(plan.cubes)
        strays = not request.calm and rng.random() < 0.15
        if strays:
            places.append(layout.stray(rng, plan, request.size_wh))
        seen = layout.sights(plan, places, request.size_wh)
        bearers = sorted(rng.permutation(count + others)[:count].tolist())
        chosen = [seen[i] for i in bearers]
        if layout.can_be_told(chosen, request.size_wh[0], request.harsh):
            return plan, _mark(rng, request, places, seen, bearers, strays)
    raise SceneError(
        f"{count} cubes have no room in a picture of {request.size_wh[0]}x{request.size_wh[1]}"
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
    request: SceneRequest,
    places: Sequence[Placement],
    seen: Sequence[Sight],
    bearers: Sequence[int],
    strays: bool,
) -> List[Cube]:
    """Give every cube its mark, far ones first; a cube across the border is a class or nothing."""
    names = list(request.mark_of)
    cubes = []
    for i in layout.far_to_near(places):
        name = names[int(rng.integers(len(names)))]
        if i in bearers:
            cubes.append(Cube(places[i], seen[i], name, mark_of(rng, request, name)))
        elif strays and i == len(places) - 1:
            if seen[i].mark_seen <= layout.UNREADABLE:
                cubes.append(Cube(places[i], seen[i], "", request.mark_of[name]))
        else:
            cubes.append(Cube(places[i], seen[i], "", other_mark(rng, request, request.blank)))
    return cubes


def mark_of(rng: np.random.Generator, request: SceneRequest, name: str) -> Mark:
    """What the front of a cube of this class shows; "" is a photograph of it."""
    return _captured(rng, request, name) or request.mark_of[name]


def other_mark(rng: np.random.Generator, request: SceneRequest, blank: float) -> Mark:
    """What the front of a cube without a class shows: nothing, a wrong mark, or a scribble."""
    if rng.random() < blank or not request.wrong:
        return ""
    if request.scribbles and rng.random() < request.scribbles:
        return scribble(rng)
    wrong = request.wrong[int(rng.integers(len(request.wrong)))]
    return _captured(rng, request, wrong) or wrong


def _captured(rng: np.random.Generator, request: SceneRequest, name: str) -> Optional[CapturedMark]:
    """A captured mark to write again, for some of the cubes of its class, or with a wrong mark."""
    mark = request.mark_of.get(name, name)
    known = request.marks.get(name) or request.marks.get(mark)
    if not known:
        return None
    share = 1.0
    if mark:
        share = request.captured_share
    elif name in request.photos:
        share = 1 - PASTED_SHARE
    return known[int(rng.integers(len(known)))] if rng.random() < share else None
