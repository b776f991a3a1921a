"""Where the cubes of a lit scene are: side by side or scattered, upright, turned or held up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import cv2
import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene import layout
from tod_ros.scene.faces import Mark
from tod_ros.scene.layout import Layout, Sight
from tod_ros.scene.projection import Placement, view_of_row
from tod_ros.scene.request import MOST_CUBES, SceneRequest
from tod_ros.scene.staging import mark_of, other_mark

SMALLEST_FACE, LARGEST_FACE = 28 / 640, 300 / 640  # in widths of the picture
ATTEMPTS = 60
FACES_US = 1.25  # the front's area in that of any other face
LEAST_FRONT_SEEN = 0.93
BLANK = 0.3  # of the cubes without a class


@dataclass(frozen=True)
class Standing:
    """A cube at its place: its class ("" for none), the mark on its front ("" for blank)."""

    place: Placement
    sight: Sight
    name: str
    mark: Mark


def stand(
    rng: np.random.Generator, request: SceneRequest, count: int
) -> Tuple[Layout, List[Standing]]:
    """Cubes of which every one with a class can be read, far ones first."""
    size_wh = request.size_wh
    few = int(rng.integers(0, 4)) if count == 0 else int(rng.integers(0, 3))
    others = min(few, MOST_CUBES - count) if request.others is None else request.others
    names = sorted(request.mark_of)
    for attempt in range(ATTEMPTS):
        wild = 0.25 if request.calm else 1.0 - attempt / (ATTEMPTS - 1)
        here = others if attempt < ATTEMPTS // 2 else 0
        plan = _layout(rng, size_wh, count + here, wild)
        seen = layout.sights(plan, plan.cubes, size_wh)
        bearers = rng.permutation(count + here)[:count].tolist()
        if all(_can_be_read(seen[i], size_wh[0]) for i in bearers) and layout.apart(
            [seen[i] for i in bearers]
        ):
            break
    else:
        raise SceneError(f"{count} cubes have no room in a picture of {size_wh[0]}x{size_wh[1]}")
    cubes = []
    for i in layout.far_to_near(plan.cubes):
        name = names[int(rng.integers(len(names)))] if i in bearers else ""
        other = other_mark(rng, request, BLANK)
        mark = mark_of(rng, request, name) if name else other
        cubes.append(Standing(plan.cubes[i], seen[i], name, mark))
    return plan, cubes


def _layout(rng: np.random.Generator, size_wh: Tuple[int, int], count: int, wild: float) -> Layout:
    """Cubes side by side or scattered, upright or turned in the picture, on the table or held.

    It is long because one draw decides on all cubes.
    """
    gap = rng.uniform(0.02, 0.2 + 0.8 * wild)
    fits = 0.95 / max(count * (1 + gap), 1.0)
    largest = min(LARGEST_FACE, max(fits, SMALLEST_FACE * 1.2))
    few_small = max(rng.random(), rng.random())
    face = float(SMALLEST_FACE * (largest / SMALLEST_FACE) ** few_small)
    turned = wild * (rng.random() < 0.5)
    view, distance = view_of_row(
        size_wh,
        face * size_wh[0],
        focal=rng.uniform(0.6, 2.0),
        elevation=float(rng.triangular(-0.05, 0.1, 0.15 + 0.5 * wild)),
        row_v=0.5 + rng.uniform(-0.4, 0.4) * wild,
        roll=float(rng.uniform(-0.79, 0.79) * turned * (rng.random() < 0.4)),
    )
    spare = max(1 / face - count * (1 + gap), 0.0)
    start = -count * (1 + gap) / 2 + rng.uniform(-0.5, 0.5) * spare
    scattered, swung = wild * (rng.random() < 0.4), wild * (rng.random() < 0.6)
    cubes = []
    for i in range(count):
        held = -abs(rng.normal(0, 1.0)) * wild * (rng.random() < 0.15)
        lean = float(rng.uniform(-0.79, 0.79) * turned) if rng.random() < 0.6 else 0.0
        cubes.append(
            Placement(
                x=start + (i + 0.5) * (1 + gap) + rng.normal(0, 0.08) * gap,
                z=distance + 0.5 + rng.uniform(-0.15, 0.5) * distance * 0.5 * scattered,
                yaw=float(np.clip(rng.normal(0, 0.05 + 0.35 * swung), -0.7, 0.7)),
                lean=lean,
                y=float(held),
            )
        )
    return Layout(view, distance, tuple(cubes))


def front_share(sight: Sight) -> float:
    """The area of the front in that of the largest other face."""
    areas = {side: cv2.contourArea(c.astype(np.float32)) for side, c in sight.faces.items()}
    front = areas.pop("front", 0.0)
    return front / max([*areas.values(), 1e-6])


def _can_be_read(sight: Sight, width: int) -> bool:
    if sight.mark_seen < layout.READABLE or sight.front_seen < LEAST_FRONT_SEEN:
        return False
    front = sight.faces["front"]
    across = np.linalg.norm(front - np.roll(front, 1, axis=0), axis=1).min()
    return bool(across >= 0.85 * SMALLEST_FACE * width) and front_share(sight) >= FACES_US
