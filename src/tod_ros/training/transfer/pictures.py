"""Pictures that are made from the few of a project: what all of them have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterable, Mapping, Protocol, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.tfrecord import encode_example, write_record
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.samples import Sample
from tod_ros.dataset.synthetic_records import JPEG_QUALITY
from tod_ros.files import replacing
from tod_ros.scene.scene import Scene


class Pictures(Protocol):
    """Kinds of pictures, each numbered from 0; sent to the processes that draw them."""

    @property
    def classes(self) -> Tuple[str, ...]: ...

    @property
    def samples(self) -> Tuple[Sample, ...]: ...

    @property
    def shares(self) -> Mapping[str, float]:
        """Of each kind in a batch, where all kinds are there."""

    def counts(self) -> Dict[str, int]:
        """How many pictures of each kind there will be: a kind without material has none."""

    def told(self) -> str:
        """What they are drawn from besides the samples: where it changes, all are drawn anew."""

    def draw(self, kind: str, number: int) -> Scene:
        """Picture `number` of a kind, and its boxes: always the same one."""


def write_pictures(path: Path, kind: str, numbers: Iterable[int], pictures: Pictures) -> None:
    """Draw these pictures of a kind into a record."""
    label_map = LabelMap.from_names(pictures.classes)
    with replacing(path) as draft, open(draft, "wb") as stream:
        for number in numbers:
            scene = pictures.draw(kind, number)
            write_record(stream, _example(scene, f"{kind}{number}.jpg", label_map))


def _example(scene: Scene, name: str, label_map: LabelMap) -> bytes:
    height, width = scene.image.shape[:2]
    annotation = Annotation(name, (width, height), scene.boxes)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(scene.image), quality)
    return encode_example(annotation, label_map, packed.tobytes(), "jpeg")
