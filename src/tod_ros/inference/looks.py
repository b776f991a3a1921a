"""Several looks at one picture, voted object by object: which detections are sure, and which not.

Each look shifts the picture by a few pixels or changes its size a little. The network then samples
other pixels, so a mistake that hangs on a few of them is made in one look and not in the others.
More pictures of a camera that stands still give less: on 1,000 drawn scenes three looks with the
camera's noise alone read 975 exactly, as one look does; the first three below read 980.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np

from tod_ros.detection import Detection, iou
from tod_ros.mask import Mask, from_pixels

# right and down by a share of the width, and the size: 5 pixels of 640 in the second look
LOOKS = (
    (0.0, 0.0, 1.0),
    (5 / 640, 3 / 640, 1.0),
    (2 / 640, -5 / 640, 0.93),
    (-4 / 640, 4 / 640, 1.0),
    (0.0, 0.0, 1.07),
)
SAME_OBJECT = 0.4  # IoU of what two looks see
FLOOR_SHARE = 0.3  # of min_score: what a look barely sees still counts in the mean

Detect = Callable[[np.ndarray, float], List[Detection]]  # a picture and the least score


def detect_in_looks(
    detect: Detect, bgr_image: np.ndarray, looks: int, min_score: float, sure_margin: float
) -> List[Detection]:
    """What `looks` looks see together, best first; the score is the mean over the looks.

    A detection is unsure where not every look sees it, where two looks name different classes, or
    where the best class leads the second by less than `sure_margin`.
    """
    seen = []
    for look in LOOKS[:looks]:
        image, matrix = _shifted(bgr_image, look)
        found = detect(image, FLOOR_SHARE * min_score)
        seen.append([_shifted_back(d, matrix, bgr_image.shape) for d in found])
    voted = [_vote(group, looks, min_score, sure_margin) for group in _grouped(seen)]
    kept = [detection for detection in voted if detection.score >= min_score]
    return sorted(kept, key=lambda d: (-d.score, d.xyxy))


def _shifted(
    bgr_image: np.ndarray, look: Tuple[float, float, float]
) -> Tuple[np.ndarray, np.ndarray]:
    right, down, size = look
    height, width = bgr_image.shape[:2]
    if (right, down, size) == (0.0, 0.0, 1.0):
        return bgr_image, np.array([[1.0, 0, 0], [0, 1.0, 0]])
    import cv2  # one look does without: the node starts quicker

    shift_x = width / 2 * (1 - size) + right * width
    shift_y = height / 2 * (1 - size) + down * width
    matrix = np.array([[size, 0, shift_x], [0, size, shift_y]])
    return (
        cv2.warpAffine(bgr_image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE),
        matrix,
    )


def _shifted_back(detection: Detection, matrix: np.ndarray, shape: Tuple[int, ...]) -> Detection:
    size, shift_x, shift_y = matrix[0, 0], matrix[0, 2], matrix[1, 2]
    xs = np.clip((np.array([detection.xmin, detection.xmax]) - shift_x) / size, 0, shape[1])
    ys = np.clip((np.array([detection.ymin, detection.ymax]) - shift_y) / size, 0, shape[0])
    xmin, xmax, ymin, ymax = (float(value) for value in (*xs, *ys))
    mask = None if detection.mask is None else _mask_back(detection.mask, matrix)
    return replace(detection, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax, mask=mask)


def _mask_back(mask: Mask, matrix: np.ndarray) -> Mask:
    import cv2

    how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    pixels = mask.pixels().astype(np.uint8)
    return from_pixels(cv2.warpAffine(pixels, matrix, mask.size_wh, flags=how))


def _grouped(seen: Sequence[Sequence[Detection]]) -> List[List[Detection]]:
    """What the looks see of one object, together; at most one detection of each look."""
    groups: List[List[Detection]] = []
    for found in seen:
        free = list(groups)
        for detection in found:
            best = max(free, key=lambda group: iou(group[0].xyxy, detection.xyxy), default=None)
            if best is not None and iou(best[0].xyxy, detection.xyxy) > SAME_OBJECT:
                best.append(detection)
                free = [group for group in free if group is not best]
            else:
                groups.append([detection])
    return groups


def tally(group: Sequence[Detection]) -> Tuple[str, float, str, float]:
    """The best class that is seen and the sum of its scores, and the same of its best rival."""
    totals: Dict[str, float] = {}
    for detection in group:
        totals[detection.name] = totals.get(detection.name, 0.0) + detection.score
        if detection.rival:
            rival = totals.get(detection.rival, 0.0)
            totals[detection.rival] = rival + detection.rival_score
    named = {detection.name for detection in group}  # of a rival alone there is no box
    winner = max(sorted(named), key=lambda name: totals[name])
    others = {name: total for name, total in totals.items() if name != winner}
    second = max(sorted(others), key=lambda name: others[name], default="")
    return winner, totals[winner], second, others.get(second, 0.0)


def _vote(
    group: Sequence[Detection], looks: int, min_score: float, sure_margin: float
) -> Detection:
    winner, total, second, second_total = tally(group)
    score, second_score = total / looks, second_total / looks
    clear = [detection for detection in group if detection.score >= min_score]
    agree = len(clear) == looks and {detection.name for detection in clear} == {winner}
    corners = np.mean([detection.xyxy for detection in group], axis=0)
    xmin, ymin, xmax, ymax = (float(value) for value in corners)
    return Detection(
        next(detection.label for detection in group if detection.name == winner),
        winner,
        score,
        *(xmin, ymin, xmax, ymax),
        rival=second,
        rival_score=second_score,
        mask=next((detection.mask for detection in group if detection.mask is not None), None),
        unsure=not agree or score - second_score < sure_margin,
    )
