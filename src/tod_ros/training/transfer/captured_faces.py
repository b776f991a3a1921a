"""What annotated pictures teach about their classes: faces cut out, and the marks on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Box
from tod_ros.dataset.samples import Sample
from tod_ros.images.image_file import read_image
from tod_ros.scene.captured_marks import CapturedMark, capture_mark
from tod_ros.scene.likeness import alike

MOST_FACES = 30  # of a class: more would only take longer
FACE_PX = 128
SMALLEST_PX = 24  # a face's shorter side in its picture: on smaller ones no ink can be cut out
INK_SHARE = 0.4  # of the faces of a class whose mark could be cut out, or it has no mark of ink


@dataclass(frozen=True)
class Captured:
    """Per class: square pictures of its faces, and its marks; a class without ink has none."""

    faces: Mapping[str, Tuple[np.ndarray, ...]]
    marks: Mapping[str, Tuple[CapturedMark, ...]]


def captured_faces(samples: Sequence[Sample], classes: Iterable[str]) -> Captured:
    """Cut every face out; the largest ones of each class count, for they show the most."""
    places: Dict[str, List[Tuple[float, int, Box]]] = {name: [] for name in classes}
    for index, sample in enumerate(samples):
        for box in sample.annotation.boxes:
            side = min(box.xmax - box.xmin, box.ymax - box.ymin)
            if box.name in places and side >= SMALLEST_PX and not (box.truncated or box.difficult):
                places[box.name].append((-side, index, box))
    chosen = {
        name: sorted(found, key=lambda place: place[:2])[:MOST_FACES]
        for name, found in places.items()
    }
    cut = _all_cut(samples, chosen)
    faces = {name: tuple(cut[name, place] for place in range(len(chosen[name]))) for name in chosen}
    marks = {name: _marks(photos) for name, photos in faces.items()}
    return Captured(faces, {name: found for name, found in marks.items() if found})


def _all_cut(
    samples: Sequence[Sample], chosen: Mapping[str, Sequence[Tuple[float, int, Box]]]
) -> Dict[Tuple[str, int], np.ndarray]:
    """By class and place; picture after picture, for a phone's are too large to keep many."""
    wanted: Dict[int, List[Tuple[str, int, Box]]] = {}
    for name, found in chosen.items():
        for place, (_, index, box) in enumerate(found):
            wanted.setdefault(index, []).append((name, place, box))
    cut = {}
    for index in sorted(wanted):
        image = read_image(samples[index].picture)
        cut.update({(name, place): _cut(image, box) for name, place, box in wanted[index]})
    return cut


def _cut(image: np.ndarray, box: Box) -> np.ndarray:
    xmin, ymin = max(int(box.xmin), 0), max(int(box.ymin), 0)
    part = image[ymin : int(np.ceil(box.ymax)), xmin : int(np.ceil(box.xmax))]
    return cv2.resize(part, (FACE_PX, FACE_PX), interpolation=cv2.INTER_CUBIC)


def _marks(faces: Sequence[np.ndarray]) -> Tuple[CapturedMark, ...]:
    found = [mark for mark in map(capture_mark, faces) if mark is not None]
    if len(found) < max(INK_SHARE * len(faces), 1):
        return ()
    return tuple(alike(found))
