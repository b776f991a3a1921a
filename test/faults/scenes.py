"""scenes.py MODEL FOLDER COUNT SEED LOOKS: draws scenes that the model reads without a doubt.

What a picture shows is known from the drawing, and stands in the XML beside it; the model only
decides which of them are easy, so that a wrong label is a fault of the system and not of the eye.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, List

import numpy as np

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.detection import Detection, left_to_right, left_to_right_key
from tod_ros.images.image_file import write_image
from tod_ros.inference.detector import load_detector
from tod_ros.inference.looks import Detect, detect_in_looks
from tod_ros.scene.compose import draw_scene

LEAST_SCORE, MOST_DOUBT = 0.6, 0.4
MOST_CUBES = 4


def main(model: str, folder: str, count: int, seed: int, looks: int) -> None:
    detector = load_detector(model)

    def detect(bgr: np.ndarray, least: float) -> List[Detection]:
        if looks == 1:
            return detector.detect(bgr, least)
        return detect_in_looks(detector.look, bgr, looks, least, 0.0)

    drawn = kept = 0
    while kept < count:
        drawn += 1
        if drawn > 20 * count:
            sys.exit(f"only {kept} of {drawn} drawn scenes are read right by {model}")
        scene = draw_scene(seed * 100_000 + drawn, cubes=kept % (MOST_CUBES + 1))
        if is_easy(detect, scene, np.random.default_rng(drawn)):
            kept += 1
            path = Path(folder, f"scene{kept:03d}.png")
            write_image(path, scene.image)
            height, width = scene.image.shape[:2]
            boxes = tuple(scene.boxes)
            write_voc(path.with_suffix(".xml"), Annotation(path.name, (width, height), boxes))
    print(f"{kept} scenes kept of {drawn} drawn")


def is_easy(detect: Detect, scene: Any, random: np.random.Generator) -> bool:
    truth = [box.name for box in sorted(scene.boxes, key=left_to_right_key)]
    for _ in range(2):
        noise = random.integers(-1, 2, scene.image.shape)
        bgr = np.clip(scene.image + noise, 0, 255).astype(np.uint8)
        found = left_to_right(detect(bgr, MOST_DOUBT))
        if [one.name for one in found] != truth:
            return False
        if any(one.score < LEAST_SCORE for one in found):
            return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
