"""The pictures of a project with their annotations, paired by name."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Set, Tuple

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.masks_json import ENDING, add_masks, masks_path
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.project import PICTURE_EXTENSIONS, SPLITS, Project, is_picture_name
from tod_ros.errors import AnnotationError, ImageError, ProjectError, TodError

OTHER_PICTURES = (".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic", ".ppm", ".pgm", ".avif")


@dataclass(frozen=True)
class Sample:
    """One picture and what is in it; the annotation's file name is the picture's own."""

    picture: Path
    xml: Path
    annotation: Annotation


@dataclass(frozen=True)
class Samples:
    """What could be read of one folder, and what could not."""

    good: Tuple[Sample, ...]
    faults: Tuple[TodError, ...]


def read_samples(folder: Path) -> Samples:
    """Every picture of a folder with its XML and masks; the pictures themselves are not opened."""
    pairs, faults = pair_up(folder)
    masked = _masked(folder) if pairs else set()
    good: List[Sample] = []
    for picture, xml in pairs:
        try:
            annotation = read_voc(xml)
            if picture.stem in masked:
                annotation = add_masks(annotation, masks_path(picture))
            good.append(Sample(picture, xml, replace(annotation, filename=picture.name)))
        except AnnotationError as fault:
            faults.append(fault)
    return Samples(tuple(good), tuple(faults))


def _masked(folder: Path) -> Set[str]:
    """The stems of the pictures that have a file of masks."""
    with contextlib.suppress(OSError):  # pair_up has told it
        return {name[: -len(ENDING)] for name in os.listdir(folder) if name.endswith(ENDING)}
    return set()


def pair_up(folder: Path) -> Tuple[List[Tuple[Path, Path]], List[TodError]]:
    """Each picture with the XML of the same name, and whatever has no partner.

    It is long because each way of having no partner has its words.
    """
    try:
        with os.scandir(folder) as entries:
            listed = sorted((entry.name, _is_folder(entry)) for entry in entries)
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [ProjectError(f"{folder}: cannot be listed ({error.strerror})")]
    faults: List[TodError] = []
    by_stem: Dict[str, List[str]] = {}
    xml_by_stem: Dict[str, str] = {}
    for name, is_folder in listed:
        stem, extension = os.path.splitext(name)
        if name.startswith("."):
            continue
        fault = name_fault(folder / name)
        if fault:
            faults.append(fault)
        elif is_folder:
            faults += _folder_faults(folder / name)
        elif is_picture_name(name):
            by_stem.setdefault(stem, []).append(name)
        elif extension.lower() == ".xml":
            xml_by_stem[stem] = name
        elif extension.lower() in OTHER_PICTURES:
            faults.append(
                ImageError(f"{folder / name}: pictures must be PNG or JPEG; save it as PNG")
            )
    faults += _unpaired(folder, by_stem, xml_by_stem)
    pairs = [
        (folder / names[0], folder / xml_by_stem[stem])
        for stem, names in sorted(by_stem.items())
        if stem in xml_by_stem and len(names) == 1
    ]
    return pairs, faults


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: what reads it says so
        return False


def name_fault(path: Path) -> Optional[TodError]:
    """A name that is not UTF-8 fits into no CSV, no record and no page."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return ImageError(f"{path}: its name is not UTF-8, rename it")
    return None


def read_project(project: Project) -> Dict[str, Samples]:
    return {split: read_samples(project.images_dir(split)) for split in SPLITS}


def without_masks(samples: Mapping[str, Samples]) -> Dict[str, Samples]:
    return {
        split: replace(held, good=tuple(_without_masks(sample) for sample in held.good))
        for split, held in samples.items()
    }


def _without_masks(sample: Sample) -> Sample:
    boxes = tuple(replace(box, mask=None) for box in sample.annotation.boxes)
    return replace(sample, annotation=replace(sample.annotation, boxes=boxes))


def reading_faults(samples: Mapping[str, Samples]) -> List[TodError]:
    return [fault for split in SPLITS for fault in samples[split].faults]


def count(samples: Mapping[str, Samples]) -> int:
    return sum(len(samples[split].good) for split in SPLITS)


def _folder_faults(folder: Path) -> List[TodError]:
    try:
        names = os.listdir(folder)
    except OSError as error:
        return [ProjectError(f"{folder}: cannot be listed ({error.strerror})")]
    held = [name for name in names if is_picture_name(name) or name.endswith(".xml")]
    if not held:
        return []
    return [
        ProjectError(
            f"{folder}: {len(held)} pictures and XML files in a folder inside {folder.parent};"
            f" move them up into {folder.parent}"
        )
    ]


def _unpaired(
    folder: Path, by_stem: Mapping[str, List[str]], xml_by_stem: Mapping[str, str]
) -> Iterator[TodError]:
    for stem, names in by_stem.items():
        if len(names) > 1:
            yield AnnotationError(
                f"{folder / names[0]}: shares {stem}.xml with {', '.join(names[1:])}; rename one"
            )
        if stem not in xml_by_stem:
            yield AnnotationError(
                f"{folder / names[0]}: has no XML beside it; annotate it (without objects, if it"
                " is to be a negative) or move it away"
            )
    for stem, name in xml_by_stem.items():
        if stem not in by_stem:
            wanted = " or ".join(stem + extension for extension in PICTURE_EXTENSIONS)
            yield AnnotationError(
                f"{folder / name}: its picture is missing ({wanted}); put it back or remove the XML"
            )
