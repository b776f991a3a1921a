"""Every check of a project's pictures and annotations; all faults at once, one line each."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from tod_ros.annotation import Box
from tod_ros.dataset.formats.pascal_voc import number_text
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import SPLITS, Project
from tod_ros.dataset.samples import Sample, Samples, count, read_project, reading_faults
from tod_ros.errors import MOST_OF_A_KIND, AnnotationError, Faults, ImageError, TodError
from tod_ros.images.inspection import PictureFile, read_picture_file
from tod_ros.text import MOST_SHOWN, Watch, did_you_mean, shown, unwatched


@dataclass(frozen=True)
class Checked:
    """One sample with its picture as far as it could be read, and what is wrong with the two."""

    split: str
    sample: Sample
    picture: Optional[PictureFile]
    sha256: str
    faults: Tuple[TodError, ...]


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
    project: Project, label_map: LabelMap, watch: Watch = unwatched, masks: bool = True
) -> List[TodError]:
    """All of the checks that `tod convert` makes, without writing anything.

    Without `masks` an object may lack one that others have.
    """
    samples = read_project(project)
    faults = Faults()
    faults.add_all(reading_faults(samples))
    if masks:
        faults.add_all(mask_faults(samples))
    for checked in watch(check_pictures(samples, label_map), count(samples)):
        faults.add_all(checked.faults)
    return sorted_faults(faults)


def sorted_faults(faults: Faults) -> List[TodError]:
    """By file; how many more there are comes last."""
    return sorted(faults.told(), key=lambda fault: (type(fault) is TodError, str(fault)))


def label_faults(sample: Sample, label_map: LabelMap) -> Iterator[TodError]:
    """Classes that the label map does not hold: each once, since to find its like takes long."""
    counts = Counter(box.name for box in sample.annotation.boxes if box.name not in label_map.ids)
    for told, (name, boxes) in enumerate(counts.items()):
        if told == MOST_OF_A_KIND:
            yield AnnotationError(f"{sample.xml}: {len(counts) - told} more unknown classes")
            return
        first = next(n for n, box in enumerate(sample.annotation.boxes, 1) if box.name == name)
        more = f" (and {boxes - 1} more)" if boxes > 1 else ""
        hint = did_you_mean(name[:MOST_SHOWN], label_map.ids)  # of longer ones it takes long
        yield AnnotationError(
            f"{sample.xml}: object {first}{more}: unknown class {shown(name)}{hint}"
        )


def mask_faults(samples: Mapping[str, Samples]) -> Iterator[TodError]:
    """Objects without a mask where others have one: a network learns all masks, or none."""
    good = [sample for split in SPLITS for sample in samples[split].good]
    if not any(box.mask for sample in good for box in sample.annotation.boxes):
        return
    for sample in good:
        for number, box in enumerate(sample.annotation.boxes, start=1):
            if box.mask is None or not box.mask.area:
                yield AnnotationError(
                    f"{sample.xml}: object {number} ({box.name}) has no mask, as others have; give"
                    " it one, or leave all out with --without-masks"
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
