"""What a detector found in a picture, as values.

Boxes are in pixels, xmin to ymax, origin at the upper left. Labels are class ids from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable, Iterable, List, Mapping, Optional, Protocol, Sequence, Tuple

import numpy as np

from tod_ros.mask import Mask


@dataclass(frozen=True)
class Place:
    """Where an object stands on the desk, in the frame of the calibration.

    The turn is 0 where the marked face looks along -y; it grows counter-clockwise seen from above.
    """

    x_m: float
    y_m: float
    turn_deg: float


@dataclass(frozen=True)
class Detection:
    """One object: its class, how sure the detector is (0..1), and where it is.

    `rival` is the class that was seen second best at the same place, "" where none was.
    """

    label: int
    name: str
    score: float
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    rival: str = field(default="", compare=False)
    rival_score: float = field(default=0.0, compare=False)
    unsure: bool = field(default=False, compare=False)
    place: Optional[Place] = field(default=None, compare=False)
    mask: Optional[Mask] = field(default=None, compare=False)

    @property
    def xyxy(self) -> Tuple[float, float, float, float]:
        return (self.xmin, self.ymin, self.xmax, self.ymax)


class Placed(Protocol):
    """What has a class and a place in the picture: a detection, or an annotated box."""

    @property
    def name(self) -> str: ...
    @property
    def xmin(self) -> float: ...
    @property
    def ymin(self) -> float: ...
    @property
    def xmax(self) -> float: ...


def left_to_right_key(box: Placed) -> Tuple[float, float, str]:
    """Sort key of the order in which the robot is told objects: by the centre of the box.

    Of two boxes one above the other, the upper one comes first.
    """
    return ((box.xmin + box.xmax) / 2, box.ymin, box.name)


def from_arrays(
    boxes_yxyx: np.ndarray,
    labels: np.ndarray,
    scores: np.ndarray,
    *,
    size_wh: Tuple[int, int],
    names: Mapping[int, str],
    min_score: float = 0.0,
    mask_of: Callable[[int], Optional[Mask]] = lambda row: None,
) -> List[Detection]:
    """Decode a model's arrays: boxes [N,4] as ymin,xmin,ymax,xmax in 0..1, labels, scores.

    Boxes are cut at the borders of the picture; empty and non-finite ones are dropped. `mask_of`
    is asked for the mask of each row that is kept.

    It is long for one loop over boxes, which is quicker than a call for each.
    """
    width, height = size_wh
    found = []
    boxes, labels, scores = np.asarray(boxes_yxyx, float), np.ravel(labels), np.ravel(scores)
    sure = scores >= min_score  # most are not, and one after the other they would take long
    for row, (ymin, xmin, ymax, xmax), label, score in zip(
        np.flatnonzero(sure), boxes.reshape(-1, 4)[sure], labels[sure], scores[sure]
    ):
        corners = (xmin * width, ymin * height, xmax * width, ymax * height)
        if not np.all(np.isfinite(corners)):
            continue
        x0, x1 = (float(min(max(x, 0.0), width)) for x in (corners[0], corners[2]))
        y0, y1 = (float(min(max(y, 0.0), height)) for y in (corners[1], corners[3]))
        if x1 <= x0 or y1 <= y0:
            continue
        number = int(round(float(label)))
        name, mask = names.get(number, str(number)), mask_of(int(row))
        found.append(Detection(number, name, float(score), x0, y0, x1, y1, mask=mask))
    return found


def iou(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes xmin, ymin, xmax, ymax."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def suppress_overlaps(detections: Iterable[Detection], max_iou: float = 0.5) -> List[Detection]:
    """Of boxes that overlap, whatever their classes, keep the one with the best score.

    It remembers its best rival of another class.
    """
    kept: List[Detection] = []
    for candidate in sorted(detections, key=lambda d: (-d.score, d.xyxy, d.label)):
        above = next((n for n, d in enumerate(kept) if iou(candidate.xyxy, d.xyxy) > max_iou), None)
        if above is None:
            kept.append(candidate)
        elif not kept[above].rival and candidate.label != kept[above].label:
            rival = {"rival": candidate.name, "rival_score": candidate.score}
            kept[above] = replace(kept[above], **rival)  # type: ignore[arg-type]
    return kept


def left_to_right(detections: Iterable[Detection], max_objects: int = 0) -> List[Detection]:
    """The best `max_objects` (0: all), ordered by the centres of their boxes."""
    best = sorted(detections, key=lambda d: (-d.score, d.xyxy, d.label))
    if max_objects:
        best = best[:max_objects]
    return sorted(best, key=left_to_right_key)
