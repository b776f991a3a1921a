"""The pictures that a detector is judged on: annotated, checked, looked at one by one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Iterable, List, Sequence, Tuple

import numpy as np

from tod_ros.dataset.checks import box_faults, label_faults
from tod_ros.dataset.formats.masks_json import with_masks_beside
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import pictures
from tod_ros.dataset.samples import Sample, Samples, name_fault, read_samples
from tod_ros.detection import Detection
from tod_ros.errors import AnnotationError, ImageError, ProjectError, SeveralErrors, TodError
from tod_ros.evaluation.judge import Judge
from tod_ros.files import PathLike
from tod_ros.images.image_file import read_image
from tod_ros.images.inspection import read_picture_file


def annotated_pictures(
    images: PathLike, annotations: PathLike, label_map: LabelMap
) -> Tuple[Sample, ...]:
    """Every picture of a folder with its annotation; all that is wrong with them at once."""
    for folder in (images, annotations):
        if not os.path.isdir(folder):
            raise ProjectError(f"{folder}: no such folder")
    read = _read(Path(images), Path(annotations))
    faults: List[TodError] = list(read.faults)
    for sample in read.good:
        faults += _faults(sample, label_map)
    if faults:
        raise SeveralErrors(sorted(faults, key=str))
    if not read.good:
        raise ProjectError(f"{images}: no pictures with annotations, there is nothing to judge on")
    return read.good


def judge_samples(
    samples: Sequence[Sample],
    detect: Callable[[np.ndarray], Sequence[Detection]],
    judge: Judge,
    each: Callable[..., Iterable[Sequence[Detection]]] = map,
) -> None:
    """Show each picture to `detect` and its answer to `judge`.

    `each` is map(), with one picture in memory at a time, or looks at several at a time.
    """

    def look(sample: Sample) -> Sequence[Detection]:
        return detect(read_image(sample.picture))

    for detections, sample in zip(each(look, samples), samples):
        judge.add(str(sample.picture), sample.annotation.boxes, detections)


def _read(images: Path, annotations: Path) -> Samples:
    if os.path.samefile(images, annotations):
        return read_samples(images)
    good: List[Sample] = []
    faults: List[TodError] = []
    for picture in pictures(images):
        fault = name_fault(picture)
        if fault:
            faults.append(fault)
            continue
        xml = annotations / f"{picture.stem}.xml"
        if not xml.is_file():
            faults.append(AnnotationError(f"{picture}: its annotation {xml} is missing"))
            continue
        try:
            good.append(Sample(picture, xml, with_masks_beside(read_voc(xml), xml)))
        except AnnotationError as fault:
            faults.append(fault)
    return Samples(tuple(good), tuple(faults))


def _faults(sample: Sample, label_map: LabelMap) -> List[TodError]:
    """What stands against judging on this picture; a class the model never learnt, too."""
    faults: List[TodError] = list(label_faults(sample, label_map))
    try:
        size_wh = read_picture_file(sample.picture).size_wh
    except ImageError as fault:
        return [*faults, fault]
    return [*faults, *box_faults(sample, size_wh)]
