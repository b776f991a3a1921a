"""A closer look at a small object that the first look is not sure of.

A camera's picture has more pixels than the network sees of it at once. The part of the picture
around such an object is shown again, so that it appears at twice its size.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, List, Sequence, Tuple

import numpy as np

from tod_ros.detection import Detection, iou
from tod_ros.inference.looks import tally

UNSURE_FROM, SURE_FROM = 0.2, 0.7  # scores of the first look
SMALL = 1 / 8  # of the picture's height; what is larger shows no more by coming nearer
SAME_OBJECT = 0.5  # IoU of what the two looks see
Look = Callable[[np.ndarray], List[Detection]]
Window = Tuple[int, int, int, int]


def look_closer(look: Look, bgr_image: np.ndarray, found: Sequence[Detection]) -> List[Detection]:
    """What was found, best first; what is small and unsure, named and scored by both looks.

    There is one more look at most: it costs as much time as the first, and most pictures need none.
    """
    doubtful = [d for d in found if _is_doubtful(d, bgr_image.shape[0])]
    if not doubtful:
        return list(found)
    left, top, right, bottom = window = _window_around(doubtful[0], bgr_image.shape)
    near = [_moved(d, left, top) for d in look(bgr_image[top:bottom, left:right])]
    judged = [_by_both(d, near) if d in doubtful and _lies_in(d, window) else d for d in found]
    return sorted(judged, key=lambda d: (-d.score, d.xyxy))


def _is_doubtful(detection: Detection, height: int) -> bool:
    xmin, ymin, xmax, ymax = detection.xyxy
    is_small = max(xmax - xmin, ymax - ymin) < SMALL * height
    return is_small and UNSURE_FROM <= detection.score < SURE_FROM


def _window_around(detection: Detection, shape: Sequence[int]) -> Window:
    """Half as wide and half as high as the picture, and inside it."""
    height, width = shape[:2]
    xmin, ymin, xmax, ymax = detection.xyxy
    left = round(min(max((xmin + xmax - width / 2) / 2, 0), width - width // 2))
    top = round(min(max((ymin + ymax - height / 2) / 2, 0), height - height // 2))
    return left, top, left + width // 2, top + height // 2


def _lies_in(detection: Detection, window: Window) -> bool:
    left, top, right, bottom = window
    xmin, ymin, xmax, ymax = detection.xyxy
    return left <= xmin and top <= ymin and xmax <= right and ymax <= bottom


def _moved(detection: Detection, right: int, down: int) -> Detection:
    xmin, ymin, xmax, ymax = detection.xyxy
    return replace(
        detection, xmin=xmin + right, xmax=xmax + right, ymin=ymin + down, ymax=ymax + down
    )


def _by_both(detection: Detection, near: Sequence[Detection]) -> Detection:
    """The box of the first look; of each class the mean of what the two looks say."""
    same = max(near, key=lambda d: iou(d.xyxy, detection.xyxy), default=None)
    looks = [detection]
    if same is not None and iou(same.xyxy, detection.xyxy) > SAME_OBJECT:
        looks.append(same)
    name, total, rival, rival_total = tally(looks)
    return replace(
        detection,
        label=next(look.label for look in looks if look.name == name),
        name=name,
        score=total / 2,
        rival=rival,
        rival_score=rival_total / 2,
    )
