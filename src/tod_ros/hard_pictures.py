"""Which drawn pictures a network gets wrong, or nearly: they teach it more than those it reads."""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterator, List, Sequence, Tuple

import numpy as np

from tod_ros.annotations import Box
from tod_ros.detections import Detection, iou
from tod_ros.detector import Detector, load_detector
from tod_ros.files import PathLike
from tod_ros.scene import Scene, draw_patchwork
from tod_ros.scene.mosaic import MOST_CELLS, Spot
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
