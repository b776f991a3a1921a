"""The kinds of drawn pictures for a project with few of its own, and how each is made.

captures    the project's pictures, augmented
composites  drawn scenes with its faces and marks; mosaics: many of those in one picture
replay      drawn scenes of the classes that can be drawn
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterable, Mapping, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.tfrecord import encode_example, write_record
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.samples import Sample
from tod_ros.dataset.synthetic_records import CROWDS, JPEG_QUALITY, scene_seed
from tod_ros.files import replacing
from tod_ros.scene.compose import Scene, draw_scene
from tod_ros.scene.mosaic import draw_mosaic
from tod_ros.training.transfer.augmentation import augmented, read_sample
from tod_ros.training.transfer.plan import Plan
from tod_ros.training.transfer.settings import SIZE_WH, TransferSettings

# of a batch, where all kinds are there
SHARES = {"captures": 0.2, "composites": 0.4, "mosaics": 0.15, "replay": 0.25}
KINDS = tuple(SHARES)
Material = Tuple[Plan, Tuple[Sample, ...], TransferSettings]


def numbers_of(plan: Plan, samples: Sequence[Sample], settings: TransferSettings) -> Dict[str, int]:
    """How many pictures of each kind there will be: a kind without material has none."""
    wanted = {kind: int(getattr(settings, kind)) for kind in KINDS}
    if not samples:
        wanted["captures"] = 0
    if not plan.drawn:
        wanted["replay"] = 0
    if not plan.shown or not any(plan.captured.faces.get(name) for name in plan.classes):
        wanted["composites"] = wanted["mosaics"] = 0
    return {kind: count for kind, count in wanted.items() if count}


def picture(kind: str, number: int, material: Material) -> Scene:
    """Picture `number` of a kind, and its boxes."""
    plan, samples, settings = material
    seed = scene_seed(settings.seed, number) + (KINDS.index(kind) + 1) * 10**10
    if kind == "captures":
        return augmented(*read_sample(samples[number % len(samples)]), SIZE_WH, seed)
    if kind == "replay":
        return _scene(seed, number, plan.drawn, {"wrong_marks": plan.wrong_marks})
    pasted = {name: plan.captured.faces[name] for name in plan.shown if name not in plan.drawn}
    options = {
        "wrong_marks": plan.wrong_marks,
        "marks": plan.captured.marks,
        "photos": pasted,
    }
    if kind == "mosaics":
        return draw_mosaic(seed, plan.shown, SIZE_WH, dense=True, **options)
    return _scene(seed, number, plan.shown, options)


def _scene(seed: int, number: int, classes: Sequence[str], options: Mapping[str, Any]) -> Scene:
    cubes, others = CROWDS[number % len(CROWDS)]
    return draw_scene(
        seed, classes, SIZE_WH, cubes=cubes, others=others, difficulty="full", **options
    )


def write_pictures(path: Path, kind: str, numbers: Iterable[int], material: Material) -> None:
    """Draw these pictures of a kind into a record."""
    label_map = LabelMap.from_names(material[0].classes)
    with replacing(path) as draft, open(draft, "wb") as stream:
        for number in numbers:
            scene = picture(kind, number, material)
            write_record(stream, _example(scene, f"{kind}{number}.jpg", label_map))


def _example(scene: Scene, name: str, label_map: LabelMap) -> bytes:
    height, width = scene.image.shape[:2]
    annotation = Annotation(name, (width, height), scene.boxes)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(scene.image), quality)
    return encode_example(annotation, label_map, packed.tobytes(), "jpeg")
