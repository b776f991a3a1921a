"""Many faces in one picture: windows cut out of crowded scenes, side by side.

A network learns which mark a face bears from the number of faces that it sees, and a training step
costs the same for one face as for thirty.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import replace
from typing import Any, Deque, Iterator, List, Mapping, Optional, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.scene import Scene, left_to_right

GRIDS = ((2, 2), (2, 3), (2, 3), (3, 4), (4, 5), (5, 6))  # rows, columns
DENSE_GRIDS = ((3, 4), (4, 5), (4, 5), (5, 6))  # for many classes, or few steps
CROWDS = ((4, 2), (4, 3), (5, 2), (5, 3), (6, 1))  # cubes with a class, others
FACES_PER_SCENE = 7  # windows cut from one scene before the next one is drawn
SMALLEST_PX, SMALLEST_SHARE = 18, 0.35  # a face's longer side, and its part of the window's
ENLARGED_AT_MOST = 1.6
RESCALED_AT_MOST = 1.3  # a spot of a patchwork, up or down: what is hard at one size may not be
WHOLE, ABSENT = 0.97, 0.06  # share of a labelled face in a window: between them it is ambiguous
ANYWHERE_SHARE = 0.1  # of the windows are cut out around nothing: posters, sheets, the room
OTHERS_SHARE = 0.4  # of the rest are cut around a cube without a class
WINDOW_ATTEMPTS, SPOT_ATTEMPTS = 8, 30
Window = Tuple[int, int, int, int]  # xmin, ymin, xmax, ymax
# a scene and a place in it, shown near the size it has there; None is any, as a rule a face
Spot = Tuple[Scene, Optional[Box]]
MOST_CELLS = max(rows * columns for rows, columns in GRIDS)


def draw_mosaic(
    seed: int,
    classes: Sequence[str] = ("one", "two"),
    size_wh: Tuple[int, int] = (320, 240),
    dense: bool = False,
    **options: Any,
) -> Scene:
    """The mosaic of this seed; its boxes are those of all the faces with a class in it.

    A dense one shows more of them, none of them large.
    `options` go to draw_scene, which draws what the windows show.
    """
    rng = np.random.default_rng(seed)
    crowds = (_crowd(rng, classes, size_wh, options) for _ in itertools.count())
    spots = ((crowd, None) for crowd in crowds for _ in range(FACES_PER_SCENE))
    return draw_patchwork(rng, spots, size_wh, DENSE_GRIDS if dense else GRIDS)


def draw_patchwork(
    rng: np.random.Generator,
    spots: Iterator[Spot],
    size_wh: Tuple[int, int],
    grids: Sequence[Tuple[int, int]] = GRIDS,
) -> Scene:
    """A mosaic of as many windows as there are cells in a grid, each around its spot."""
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    boxes: List[Box] = []
    for cell, (scene, spot) in zip(_cells(rng, grids, size_wh), spots):
        boxes += _fill(rng, image, cell, scene, spot)
    return Scene(image, left_to_right(boxes))


def _cells(
    rng: np.random.Generator, grids: Sequence[Tuple[int, int]], size_wh: Tuple[int, int]
) -> List[Window]:
    rows, columns = grids[int(rng.integers(len(grids)))]
    xs = np.linspace(0, size_wh[0], columns + 1).round().astype(int).tolist()
    ys = np.linspace(0, size_wh[1], rows + 1).round().astype(int).tolist()
    return [(xs[c], ys[r], xs[c + 1], ys[r + 1]) for r in range(rows) for c in range(columns)]


def _crowd(
    rng: np.random.Generator,
    classes: Sequence[str],
    size_wh: Tuple[int, int],
    options: Mapping[str, Any],
) -> Scene:
    cubes, others = CROWDS[int(rng.integers(len(CROWDS)))]
    scale = 2 if rng.random() < 0.5 else 1
    return draw_scene(
        int(rng.integers(2**62)),
        classes=classes,
        size_wh=(size_wh[0] * scale, size_wh[1] * scale),
        cubes=cubes,
        others=others,
        **{"difficulty": "full", **options},
    )


def _fill(
    rng: np.random.Generator,
    image: np.ndarray,
    cell: Window,
    scene: Scene,
    spot: Optional[Box],
) -> List[Box]:
    """Show a window of the scene in this cell of the picture; the boxes that it brought."""
    size = cell[2] - cell[0], cell[3] - cell[1]
    for _ in range(SPOT_ATTEMPTS if spot else WINDOW_ATTEMPTS):
        window = _window(rng, scene, size, spot)
        seen = [(box, _share(box, window)) for box in scene.boxes]
        if not any(ABSENT < share < WHOLE for _, share in seen):
            break
    else:  # no face at all is better than half of one
        window = _window(rng, Scene(scene.image, ()), size)
        seen = [(box, _share(box, window)) for box in scene.boxes]
        if any(share > ABSENT for _, share in seen):
            return []
    xmin, ymin, xmax, ymax = window
    aliased = rng.random() < 0.5  # as a frame that is made smaller without averaging
    shrunk = xmax - xmin > size[0] and not aliased
    how = cv2.INTER_AREA if shrunk else cv2.INTER_LINEAR
    part = cv2.resize(scene.image[ymin:ymax, xmin:xmax], size, interpolation=how)
    image[cell[1] : cell[3], cell[0] : cell[2]] = part
    return [_moved(box, window, cell) for box, share in seen if share >= WHOLE]


def _window(
    rng: np.random.Generator, scene: Scene, size: Tuple[int, int], spot: Optional[Box] = None
) -> Window:
    """A window of the cell's shape, around a spot or else as a rule around a face of the scene."""
    height, width = scene.image.shape[:2]
    face = spot or _pick(rng, scene)
    edge = max(face.xmax - face.xmin, face.ymax - face.ymin) if face else width * 0.2
    if spot:
        rescaled = float(np.exp(rng.uniform(-1, 1) * np.log(RESCALED_AT_MOST)))
        scale = min(rescaled, 0.95 * min(size) / max(edge, 1))
    else:
        smallest = max(SMALLEST_PX, SMALLEST_SHARE * min(size))
        wanted = float(np.exp(rng.uniform(np.log(smallest), np.log(0.95 * min(size)))))
        scale = min(wanted / edge, ENLARGED_AT_MOST)
    scale = max(scale, size[0] / width, size[1] / height)
    window_wh = min(round(size[0] / scale), width), min(round(size[1] / scale), height)
    low = []
    for at, whole in ((0, width), (1, height)):
        extent = window_wh[at]
        lowest, highest = 0, whole - extent
        if face:
            first, last = (face.xmin, face.xmax) if at == 0 else (face.ymin, face.ymax)
            lowest, highest = sorted((int(last) + 1 - extent, int(first) - 1))
        start = int(rng.integers(lowest, highest + 1)) if highest > lowest else lowest
        low.append(max(0, min(start, whole - extent)))
    return low[0], low[1], low[0] + window_wh[0], low[1] + window_wh[1]


def _pick(rng: np.random.Generator, scene: Scene) -> Optional[Box]:
    """The face to cut a window around, if any."""
    if rng.random() < ANYWHERE_SHARE:
        return None
    faces = scene.boxes
    if scene.others and (not faces or rng.random() < OTHERS_SHARE):
        faces = scene.others
    return faces[int(rng.integers(len(faces)))] if faces else None


def _share(box: Box, window: Window) -> float:
    wide = min(box.xmax, window[2]) - max(box.xmin, window[0])
    high = min(box.ymax, window[3]) - max(box.ymin, window[1])
    area = (box.xmax - box.xmin) * (box.ymax - box.ymin)
    return max(wide, 0) * max(high, 0) / area


def _moved(box: Box, window: Window, cell: Window) -> Box:
    across = (cell[2] - cell[0]) / (window[2] - window[0])
    down = (cell[3] - cell[1]) / (window[3] - window[1])
    xs = [
        np.clip((x - window[0]) * across + cell[0], cell[0], cell[2]) for x in (box.xmin, box.xmax)
    ]
    ys = [np.clip((y - window[1]) * down + cell[1], cell[1], cell[3]) for y in (box.ymin, box.ymax)]
    return replace(box, xmin=round(xs[0]), xmax=round(xs[1]), ymin=round(ys[0]), ymax=round(ys[1]))


class HardMosaics:
    """Mosaics of hard spots alone: many in one picture, where a scene holds one among easy ones."""

    def __init__(self, rng: np.random.Generator, shows: int, size_wh: Tuple[int, int]):
        self._rng, self._shows, self._size_wh = rng, shows, size_wh
        self._waiting: Deque[Tuple[Spot, int]] = deque()

    def add(self, scene: Scene, spots: Sequence[Box]) -> Iterator[Scene]:
        """Keep these to be shown `shows` times; the mosaics for which there are now enough."""
        if self._shows:
            self._waiting.extend(((scene, spot), self._shows) for spot in spots)
        while len(self._waiting) >= MOST_CELLS:
            yield draw_patchwork(self._rng, self._spots(), self._size_wh)

    def _spots(self) -> Iterator[Spot]:
        while self._waiting:
            spot, shows = self._waiting.popleft()
            if shows > 1:
                self._waiting.append((spot, shows - 1))
            yield spot
