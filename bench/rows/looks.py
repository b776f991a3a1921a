"""What looking three times gives: wrong labels that are handed over, against cubes that are unsure.

The scenes are the 1,000 full ones of the shipped detector's card. On 300 scenes of cubes that all
bear a mark which is no class, a sure label is a wrong one. The course looks once.
"""

from __future__ import annotations

import time
from typing import List, Sequence, Tuple

import numpy as np

from bench.setting import Setting
from bench.table import Row
from tod_ros.annotation import Box
from tod_ros.detection import Detection, iou, left_to_right
from tod_ros.inference.detector import load_detector
from tod_ros.inference.looks import detect_in_looks
from tod_ros.scene.compose import draw_scene

SCENES, WITHOUT = 1000, 300
FIRST_SCENE, FIRST_EMPTY = 5 * 10**9, 6 * 10**9  # as the card's
MIN_SCORE, LOOKS = 0.5, 3


def measure(setting: Setting) -> List[Row]:
    detector = load_detector(setting.model)

    def once(image: np.ndarray) -> List[Detection]:
        return detector.detect(image, MIN_SCORE)

    def thrice(image: np.ndarray) -> List[Detection]:
        return detect_in_looks(detector.look, image, LOOKS, MIN_SCORE, 0.0)

    scenes = [draw_scene(FIRST_SCENE + n, difficulty="full") for n in range(setting.times(SCENES))]
    (one, one_s), (three, three_s) = (_looked(look, scenes) for look in (once, thrice))
    wrong = [sum(map(_is_wrong, scenes, found)) for found in (one, three)]
    exact = [sum(map(_is_exact, scenes, found)) for found in (one, three)]
    cubes = [detection for found in three for detection in found]
    unsure = 100 * sum(detection.unsure for detection in cubes) / max(len(cubes), 1)
    empty = [
        draw_scene(FIRST_EMPTY + n, cubes=0, others=3, difficulty="full")
        for n in range(setting.times(WITHOUT))
    ]
    told = [sum(any(not d.unsure for d in look(s.image)) for s in empty) for look in (once, thrice)]
    of = f"of {len(scenes)} scenes"
    return [
        Row(f"wrong label handed over, {of}, three looks", wrong[1], "", course=wrong[0], most=5),
        Row(f"read exactly, {of}, three looks", exact[1], "", course=exact[0], more_is_better=True),
        Row(f"unsure, of {len(cubes)} cubes", unsure, "%", most=3),
        Row(f"sure label, of {len(empty)} without a class", told[1], "", course=told[0]),
        Row("two more looks", 1000 * (three_s - one_s) / len(scenes), "ms", most=60),
    ]


def _looked(look, scenes) -> Tuple[List[List[Detection]], float]:  # type: ignore[no-untyped-def]
    started_s = time.perf_counter()
    found = [look(scene.image) for scene in scenes]
    return found, time.perf_counter() - started_s


def _is_wrong(scene, found: Sequence[Detection]) -> bool:  # type: ignore[no-untyped-def]
    """Whether a sure detection is of no cube with a class, or names the wrong class."""
    return any(not d.unsure and _name_at(scene.boxes, d) != d.name for d in found)


def _name_at(boxes: Sequence[Box], detection: Detection) -> str:
    best = max(boxes, key=lambda box: iou(box.xyxy, detection.xyxy), default=None)
    return best.name if best is not None and iou(best.xyxy, detection.xyxy) > 0.5 else ""


def _is_exact(scene, found: Sequence[Detection]) -> bool:  # type: ignore[no-untyped-def]
    return [d.name for d in left_to_right(found)] == [box.name for box in scene.boxes]
