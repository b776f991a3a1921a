"""Objects of a project's own pictures, cut out of their boxes and pasted elsewhere in them.

Nothing is assumed about what the objects are. An object keeps its size and about its height in the
picture, as objects on one floor do before one camera. It may hide another one as far as objects
hide each other in the project's own pictures.

It is long because finding a free place, cutting out and relighting belong together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.dataset.samples import Sample

MARGIN = 0.2  # around a box, in parts of its sides: there the cutout fades into what is around it
ALONE = 0.05  # of a cutout may belong to other objects
MOST_OF_A_CLASS = 40  # cutouts; more would only take memory
OVERLAP_QUANTILE = 0.95  # of the overlaps in the data: the rest may be annotated by mistake
RESCALED = 0.06  # standard deviation of the logarithm
MOVED_DOWN = 0.03  # standard deviation, in parts of the picture's height
Picture = Tuple[np.ndarray, Tuple[Box, ...]]
ATTEMPTS = 12  # to find a free place for an object
RELIT = 0.7  # of the difference in brightness between the old and the new place
MOST_RELIT = 40.0  # levels; where the place differs more, the object does not go there


@dataclass(frozen=True)
class Cutout:
    """An object with its margin; `box` is where it lies in `image`, `top` where it stood."""

    image: np.ndarray
    box: Box
    top: float  # of the box in the whole picture, in parts of the picture's height
    around: float  # brightness of the margin, in levels
    picture_wh: Tuple[int, int]


@dataclass(frozen=True)
class Objects:
    """What can be pasted, by class, and the most that one object hides of another."""

    cutouts: Dict[str, Tuple[Cutout, ...]]
    most_overlap: float


def cut_out(samples: Sequence[Sample], read: Callable[[Sample], Picture]) -> Objects:
    """The objects that are whole and stand alone; of many in a class, some of every size.

    A class without any such object keeps those that others hide in part.
    """
    found: Dict[str, List[Tuple[bool, float, int, int]]] = {}
    for index, sample in enumerate(samples):
        boxes = sample.annotation.boxes
        for place, box in enumerate(boxes):
            if not (box.truncated or box.difficult or _touches_edge(box, sample)):
                hidden = not _stands_alone(box, boxes)
                found.setdefault(box.name, []).append((hidden, _area(box), index, place))
    wanted: Dict[int, List[int]] = {}
    for places in found.values():
        alone = sorted(place for place in places if not place[0]) or sorted(places)
        step = max(len(alone) / MOST_OF_A_CLASS, 1.0)
        for number in range(min(len(alone), MOST_OF_A_CLASS)):
            _, _, index, place = alone[int(number * step)]
            wanted.setdefault(index, []).append(place)
    cutouts: Dict[str, List[Cutout]] = {name: [] for name in sorted(found)}
    for index, chosen in sorted(wanted.items()):
        image, boxes = read(samples[index])
        for place in chosen:
            cutouts[boxes[place].name].append(_cut(image, boxes[place]))
    kept = {name: tuple(album) for name, album in cutouts.items() if album}
    return Objects(kept, most_overlap([sample.annotation.boxes for sample in samples]))


def most_overlap(pictures: Sequence[Sequence[Box]]) -> float:
    """How much of an object another one hides, but for the rarest cases; 0 without overlaps."""
    hidden = [
        max((overlap(box, other) for other in boxes if other is not box), default=0.0)
        for boxes in pictures
        for box in boxes
    ]
    return float(np.quantile(hidden, OVERLAP_QUANTILE)) if hidden else 0.0


def overlap(box: Box, other: Box) -> float:
    """What both boxes share, in parts of the smaller one."""
    wide = min(box.xmax, other.xmax) - max(box.xmin, other.xmin)
    high = min(box.ymax, other.ymax) - max(box.ymin, other.ymin)
    return max(wide, 0.0) * max(high, 0.0) / min(_area(box), _area(other))


def with_pasted(
    image: np.ndarray,
    boxes: Sequence[Box],
    objects: Objects,
    count: int,
    rng: np.random.Generator,
) -> Tuple[np.ndarray, Tuple[Box, ...]]:
    """A copy of the picture with up to `count` objects more, and all boxes.

    The classes are pasted equally often. An object for which no place is found is left out.
    """
    names = sorted(objects.cutouts)
    placed: List[Tuple[Cutout, Box]] = []
    for _ in range(count if names else 0):
        album = objects.cutouts[names[int(rng.integers(len(names)))]]
        cutout = album[int(rng.integers(len(album)))]
        there = [*boxes, *(box for _, box in placed)]
        target = _free_place(cutout, image, there, objects.most_overlap, rng)
        if target is not None:
            placed.append((cutout, target))
    pasted = image.copy()
    for cutout, target in sorted(placed, key=lambda pair: pair[1].ymax):  # the nearest last
        _paste(pasted, cutout, target)
    return pasted, (*boxes, *(box for _, box in placed))


def _free_place(
    cutout: Cutout,
    image: np.ndarray,
    there: Sequence[Box],
    most: float,
    rng: np.random.Generator,
) -> Optional[Box]:
    height, width = image.shape[:2]
    fit = height / cutout.picture_wh[1]  # pictures of another size
    for _ in range(ATTEMPTS):
        scale = fit * float(np.exp(rng.normal(0, RESCALED)))
        wide = (cutout.box.xmax - cutout.box.xmin) * scale
        high = (cutout.box.ymax - cutout.box.ymin) * scale
        top = (cutout.top + rng.normal(0, MOVED_DOWN)) * height
        if wide >= width - 2 or high >= height - 2:
            return None
        left = rng.uniform(1, width - 1 - wide)
        top = float(np.clip(top, 1, height - 1 - high))
        target = replace(cutout.box, xmin=left, ymin=top, xmax=left + wide, ymax=top + high)
        if _is_free(target, there, most) and _fits_in(cutout, image, target):
            return target
    return None


def _is_free(target: Box, there: Sequence[Box], most: float) -> bool:
    """What is pasted lies on top: it may hide what stands behind it, not what stands before it."""
    return all(
        overlap(target, other) <= (most if target.ymax >= other.ymax else 0.0) for other in there
    )


def _fits_in(cutout: Cutout, image: np.ndarray, target: Box) -> bool:
    """Whether the place is about as bright as what is around the object."""
    rows = slice(int(target.ymin), int(target.ymax) + 1)
    columns = slice(int(target.xmin), int(target.xmax) + 1)
    return abs(float(image[rows, columns].mean()) - cutout.around) <= MOST_RELIT


def _paste(image: np.ndarray, cutout: Cutout, target: Box) -> None:
    """Put the cutout so that its box lies on `target`, in the light of the new place.

    It is long because edge, light and place of one object are one step.
    """
    height, width = image.shape[:2]
    across = (target.xmax - target.xmin) / (cutout.box.xmax - cutout.box.xmin)
    down = (target.ymax - target.ymin) / (cutout.box.ymax - cutout.box.ymin)
    left = int(np.floor(max(target.xmin - cutout.box.xmin * across, 0)))
    top = int(np.floor(max(target.ymin - cutout.box.ymin * down, 0)))
    tall, broad = cutout.image.shape[:2]
    right = int(np.ceil(min(target.xmin + (broad - cutout.box.xmin) * across, width)))
    bottom = int(np.ceil(min(target.ymin + (tall - cutout.box.ymin) * down, height)))
    move = np.array(
        [
            [across, 0, target.xmin - cutout.box.xmin * across - left],
            [0, down, target.ymin - cutout.box.ymin * down - top],
        ]
    )
    size_wh = right - left, bottom - top
    how = cv2.INTER_AREA if across < 1 else cv2.INTER_LINEAR
    moved = cv2.warpAffine(
        cutout.image, move, size_wh, flags=how, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    box = replace(
        target,
        xmin=target.xmin - left,
        xmax=target.xmax - left,
        ymin=target.ymin - top,
        ymax=target.ymax - top,
    )
    cover = _cover(box, size_wh)[..., np.newaxis]
    place = image[top:bottom, left:right]
    moved += _relit(moved, place, cover)
    image[top:bottom, left:right] = np.clip(moved * cover + place * (1 - cover), 0, 255)


def _relit(moved: np.ndarray, place: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """What is added to a cutout, so that what is around its object is as bright as the place."""
    around = cover[..., 0] < 0.9
    if not around.any():
        return np.zeros(3, np.float32)
    apart = place[around].astype(np.float32).mean(axis=0) - moved[around].mean(axis=0)
    return np.asarray(np.clip(RELIT * apart, -MOST_RELIT, MOST_RELIT), np.float32)


def _cover(box: Box, size_wh: Tuple[int, int]) -> np.ndarray:
    """1 on the object, falling smoothly to 0 at the edge of its margin; round at the corners."""
    x = np.arange(size_wh[0], dtype=np.float32) + 0.5
    y = np.arange(size_wh[1], dtype=np.float32) + 0.5
    outside_x = _outside(x, box.xmin, box.xmax)[np.newaxis, :]
    outside_y = _outside(y, box.ymin, box.ymax)[:, np.newaxis]
    far = np.hypot(outside_x, outside_y).clip(0, 1)
    return np.asarray(1 - far * far * (3 - 2 * far))


def _outside(at: np.ndarray, low: float, high: float) -> np.ndarray:
    """How far outside of low..high, in parts of the margin; 0 inside."""
    margin = MARGIN * (high - low) * 0.9  # 0 is reached before the cutout ends
    return np.asarray(np.maximum(np.maximum(low - at, at - high), 0) / max(margin, 1.0))


def _cut(image: np.ndarray, box: Box) -> Cutout:
    xmin, ymin, xmax, ymax = _with_margin(box)
    left, top = max(int(xmin), 0), max(int(ymin), 0)
    part = image[top : int(np.ceil(ymax)), left : int(np.ceil(xmax))].copy()
    inside = replace(
        box, xmin=box.xmin - left, xmax=box.xmax - left, ymin=box.ymin - top, ymax=box.ymax - top
    )
    height, width = image.shape[:2]
    margin = _cover(inside, (part.shape[1], part.shape[0])) < 1
    around = float(part[margin].mean()) if margin.any() else float(part.mean())
    return Cutout(part, inside, box.ymin / height, around, (width, height))


def _with_margin(box: Box) -> Tuple[float, float, float, float]:
    wide, high = (box.xmax - box.xmin) * MARGIN, (box.ymax - box.ymin) * MARGIN
    return box.xmin - wide, box.ymin - high, box.xmax + wide, box.ymax + high


def _stands_alone(box: Box, boxes: Sequence[Box]) -> bool:
    xmin, ymin, xmax, ymax = _with_margin(box)
    grown = replace(box, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)
    return all(other is box or overlap(grown, other) <= ALONE for other in boxes)


def _touches_edge(box: Box, sample: Sample) -> bool:
    width, height = sample.annotation.size_wh
    return min(box.xmin, box.ymin, width - box.xmax, height - box.ymax) < 2


def _area(box: Box) -> float:
    return (box.xmax - box.xmin) * (box.ymax - box.ymin)
