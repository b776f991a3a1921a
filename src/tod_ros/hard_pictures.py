"""Which drawn pictures a network gets wrong, or nearly: they teach it more than those it reads."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import DefaultDict, Deque, Iterator, List, Sequence, Tuple

import numpy as np

from tod_ros.annotations import Box
from tod_ros.detections import Detection, iou
from tod_ros.detector import Detector, load_detector
from tod_ros.files import PathLike
from tod_ros.scene import Scene, draw_patchwork
from tod_ros.scene.mosaic import Grid, grids_for
from tod_ros.verdicts import Limits, judge_picture

# A picture is read surely when nothing is wrong with it at either of these thresholds: a false box
# may not come near 0.5 from below, nor a right one from above.
LOW, HIGH = 0.2, 0.6
SAME_SPOT = 0.5  # IoU of two faults


class Examiner:
    """Tells where in a scene the network of a model folder is wrong, or nearly."""

    def __init__(self, model: PathLike):
        self._detector: Detector = load_detector(model, threads=1)

    def hard_spots(self, scene: Scene) -> Tuple[Box, ...]:
        """The boxes of what is missed, confused or seen where nothing is; none if all is read."""
        found = self._detector.detect(scene.image, LOW)
        spots: List[Box] = []
        for min_score in (LOW, HIGH):
            verdict = judge_picture("", scene.boxes, found, Limits(min_score))
            faults = [*verdict.missed, *(box for box, _ in verdict.confused)]
            faults += [_box_of(false) for false in verdict.false]
            for fault in faults:
                if all(iou(fault.xyxy, spot.xyxy) < SAME_SPOT for spot in spots):
                    spots.append(fault)
        return tuple(spots)


def _box_of(found: Detection) -> Box:
    xmin, ymin, xmax, ymax = (round(side) for side in found.xyxy)
    return Box("", xmin, ymin, xmax, ymax)


class HardMosaics:
    """Mosaics of hard spots alone: many in one picture, where a scene holds one among easy ones.

    Each spot waits for a mosaic whose windows are large enough for it: what is hard when it is
    large may be easy when it is made small.
    """

    def __init__(self, rng: np.random.Generator, shows: int, size_wh: Tuple[int, int]):
        self._rng, self._shows, self._size_wh = rng, shows, size_wh
        self._waiting: DefaultDict[Grid, Deque[Tuple[Tuple[Scene, Box], int]]] = defaultdict(deque)

    def add(self, scene: Scene, spots: Sequence[Box]) -> Iterator[Scene]:
        """Keep these to be shown `shows` times; the mosaics for which there are now enough."""
        for spot in spots:
            self._keep((scene, spot), self._shows)
        for grid in sorted(self._waiting):
            while len(self._waiting[grid]) >= grid[0] * grid[1]:
                yield draw_patchwork(self._rng, self._spots(grid), self._size_wh, [grid])

    def _keep(self, spot: Tuple[Scene, Box], shows: int) -> None:
        if shows:
            grids = grids_for(spot[1], self._size_wh)
            self._waiting[grids[int(self._rng.integers(len(grids)))]].append((spot, shows))

    def _spots(self, grid: Grid) -> Iterator[Tuple[Scene, Box]]:
        while True:
            spot, shows = self._waiting[grid].popleft()
            self._keep(spot, shows - 1)
            yield spot
