"""Boxes from a model, kept apart from the truth until a person accepts them."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros.annotate.store import Picture, Stamp
from tod_ros.annotation import Box
from tod_ros.detection import Detection, left_to_right

log = logging.getLogger("rosout." + __name__)
Propose = Callable[[np.ndarray], List[Detection]]


@dataclass(frozen=True)
class Source:
    """Where proposals come from: a model's name, and the call that looks at a BGR picture."""

    name: str
    propose: Propose


class Proposals:
    """What the model sees in each picture, asked once per picture; empty without a model."""

    def __init__(self, source: Optional[Source], class_ids: Mapping[str, int]):
        self.source = source
        self._class_ids = class_ids
        self._lock = threading.Lock()
        self._found: Dict[str, Tuple[Stamp, Tuple[Detection, ...]]] = {}

    def known(self, picture: Picture) -> Optional[Tuple[Detection, ...]]:
        """None where the model has not looked yet."""
        if self.source is None:
            return ()
        stamp, found = self._found.get(picture.key, (None, ()))
        return found if stamp == picture.stamp else None

    def look(self, picture: Picture) -> Tuple[Detection, ...]:
        known = self.known(picture)
        if known is not None or self.source is None:
            return known or ()
        # only with a model: it brings OpenCV along, 100 MB
        from tod_ros.images.image_file import read_image

        bgr = read_image(picture.path)
        with self._lock:  # a detector is for one caller at a time
            detections = self.source.propose(bgr)
        height, width = bgr.shape[:2]
        found = tuple(
            _whole(detection, (width, height))
            for detection in left_to_right(detections)
            if detection.name in self._class_ids
        )
        self._found[picture.key] = (picture.stamp, found)
        return found


def sure_of_all(proposals: Sequence[Detection], score: float) -> bool:
    """Whether there are proposals and every single one is over `score`.

    One doubtful box means that the others alone may not be the whole truth of the picture.
    """
    return bool(proposals) and all(proposal.score > score for proposal in proposals)


def as_box(proposal: Detection) -> Box:
    return Box(proposal.name, *proposal.xyxy)


def _whole(detection: Detection, size_wh: Tuple[int, int]) -> Detection:
    """The detection in whole pixels, at least one wide, as it will be written."""
    width, height = size_wh
    xmin, ymin = max(1, round(detection.xmin)), max(1, round(detection.ymin))
    return replace(
        detection,
        xmin=float(xmin),
        ymin=float(ymin),
        xmax=float(max(xmin + 1, min(width, round(detection.xmax)))),
        ymax=float(max(ymin + 1, min(height, round(detection.ymax)))),
    )
