"""Every check of a project's pictures and annotations; all faults at once, one line each."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from tod_ros.annotations import Annotation, Box, number_text, read_voc
from tod_ros.dataset import PICTURE_EXTENSIONS, SPLITS, Project, is_picture_name
from tod_ros.errors import AnnotationError, ImageError, ProjectError, TodError
from tod_ros.labels import LabelMap
from tod_ros.names import did_you_mean
from tod_ros.picture_file import PictureFile, read_picture_file

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
    """Every picture of a folder with its XML; the pictures themselves are not opened."""
    pairs, faults = pair_up(folder)
    good: List[Sample] = []
    for picture, xml in pairs:
        try:
            annotation = read_voc(xml)
            good.append(Sample(picture, xml, replace(annotation, filename=picture.name)))
        except AnnotationError as fault:
            faults.append(fault)
    return Samples(tuple(good), tuple(faults))


def pair_up(folder: Path) -> Tuple[List[Tuple[Path, Path]], List[TodError]]:
    """Each picture with the XML of the same name, and whatever has no partner."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted((entry.name, entry.is_dir()) for entry in entries)
    except FileNotFoundError:
        return [], []
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


def name_fault(path: Path) -> Optional[TodError]:
    """A name that is not UTF-8 fits into no CSV, no record and no page."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return ImageError(f"{path}: its name is not UTF-8, rename it")
    return None


@dataclass(frozen=True)
class Checked:
    """One sample with its picture as far as it could be read, and what is wrong with the two."""

    split: str
    sample: Sample
    picture: Optional[PictureFile]
    sha256: str
    faults: Tuple[TodError, ...]


Watch = Callable[[Iterable[Checked], int], Iterable[Checked]]


def unwatched(items: Iterable[Checked], total: int) -> Iterable[Checked]:
    return items


def check_pictures(samples: Mapping[str, Samples], label_map: LabelMap) -> Iterator[Checked]:
    """Open every picture once, one at a time, and hold its annotation against it."""
    train_pictures: Dict[str, Path] = {}
    for split in SPLITS:
        for sample in samples[split].good:
            faults = list(label_faults(sample, label_map))
            picture, digest = None, ""
            try:
                picture = read_picture_file(sample.picture)
                digest = hashlib.sha256(picture.content).hexdigest()
            except ImageError as fault:
                faults.append(fault)
            faults += box_faults(sample, picture.size_wh if picture else None)
            if split == "train":
                train_pictures.setdefault(digest, sample.picture)
            elif picture and digest in train_pictures:
                faults.append(
                    ImageError(
                        f"{sample.picture}: the same bytes as {train_pictures[digest]};"
                        " a test on a picture seen in training proves nothing: remove one"
                    )
                )
            yield Checked(split, sample, picture, digest, tuple(faults))


def check_project(
    project: Project, label_map: LabelMap, watch: Watch = unwatched
) -> List[TodError]:
    """All of the checks that `tod convert` makes, without writing anything."""
    samples = read_project(project)
    faults = reading_faults(samples)
    for checked in watch(check_pictures(samples, label_map), count(samples)):
        faults += checked.faults
    return sorted(faults, key=str)


def read_project(project: Project) -> Dict[str, Samples]:
    return {split: read_samples(project.images_dir(split)) for split in SPLITS}


def reading_faults(samples: Mapping[str, Samples]) -> List[TodError]:
    return [fault for split in SPLITS for fault in samples[split].faults]


def count(samples: Mapping[str, Samples]) -> int:
    return sum(len(samples[split].good) for split in SPLITS)


def label_faults(sample: Sample, label_map: LabelMap) -> Iterator[TodError]:
    """Classes that the label map does not hold."""
    for number, box in enumerate(sample.annotation.boxes, start=1):
        if box.name not in label_map.ids:
            hint = did_you_mean(box.name, label_map.ids)
            yield AnnotationError(
                f"{sample.xml}: object {number}: unknown class {box.name!r}{hint}"
            )


def box_faults(sample: Sample, size_wh: Optional[Tuple[int, int]]) -> Iterator[TodError]:
    """A size at odds with the picture's, and boxes that are empty, inverted or outside.

    Boxes are held against the picture only where the two sizes agree: else every one of them
    would be reported for the one fault.
    """
    declared = sample.annotation.size_wh
    if size_wh is not None and size_wh != declared:
        yield AnnotationError(
            f"{sample.xml}: says the picture has {_times(declared)} pixels, but"
            f" {sample.picture.name} has {_times(size_wh)}; annotate it again or correct <size>"
        )
    for number, box in enumerate(sample.annotation.boxes, start=1):
        fault = _box_fault(box, size_wh if size_wh == declared else None)
        if fault:
            yield AnnotationError(f"{sample.xml}: object {number} ({box.name}): {fault}")


def _box_fault(box: Box, size_wh: Optional[Tuple[int, int]]) -> str:
    corners = "xmin {} ymin {} xmax {} ymax {}".format(*map(number_text, box.xyxy))
    if box.xmin > box.xmax or box.ymin > box.ymax:
        return f"the box is inverted ({corners}); draw it again"
    if box.xmin == box.xmax or box.ymin == box.ymax:
        return f"the box is empty ({corners}); draw it again"
    if size_wh is not None and (
        min(box.xmin, box.ymin) < 0 or box.xmax > size_wh[0] or box.ymax > size_wh[1]
    ):
        return f"the box ({corners}) is outside the picture of {_times(size_wh)}; draw it again"
    return ""


def _times(size_wh: Tuple[int, int]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"


def _folder_faults(folder: Path) -> List[TodError]:
    held = [name for name in os.listdir(folder) if is_picture_name(name) or name.endswith(".xml")]
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
