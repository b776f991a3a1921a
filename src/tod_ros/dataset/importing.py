"""Brings the annotations of other tools into a project, as VOC XML beside each picture.

Masks go into a file beside the XML.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from tod_ros.dataset.formats.foreign import ImportedPicture
from tod_ros.dataset.formats.masks_json import masks_path, to_masks_text
from tod_ros.dataset.formats.pascal_voc import to_voc_text
from tod_ros.dataset.project import SPLITS, Project, is_picture_name
from tod_ros.dataset.project_lock import changing
from tod_ros.errors import (
    AnnotationError,
    Faults,
    ImageError,
    ProjectNotWritable,
    SeveralErrors,
    TodError,
)
from tod_ros.files import copy_file, leads_out, make_folder, read_bytes, write_text
from tod_ros.images.inspection import read_picture_file

_SPLIT_OF_FOLDER = {"train": "train", "test": "test", "val": "test", "valid": "test"}


@dataclass(frozen=True)
class _Step:
    """One picture to import: where it comes from (None: it is in the project), XML and masks."""

    source: Optional[Path]
    picture: Path
    xml: Path
    text: str
    masks: str  # "" where it has none


def import_annotations(project: Project, found: Sequence[ImportedPicture]) -> List[Path]:
    """Write an XML for each picture, which is copied into the project where it is not there yet.

    A picture from a folder train, test or val goes to train/ or test/, others to the folder above,
    where `tod split` finds them. Nothing is written unless all can be; nothing is replaced.
    """
    faults = Faults()
    steps: Dict[Path, _Step] = {}
    for foreign in found:
        step = _plan(project, foreign, faults)
        if step is not None and step.xml in steps:
            faults.add(
                AnnotationError(f"{foreign.name}: {step.xml} would hold two pictures; rename one")
            )
        elif step is not None:
            steps[step.xml] = step
    if faults:
        raise SeveralErrors(faults.told())
    try:
        make_folder(project.images_root)
        with changing(project):
            return [_carry_out(step) for step in steps.values()]
    except OSError as error:
        raise ProjectNotWritable(
            f"{error.filename or project.images_root}: cannot be written ({error.strerror})"
        ) from None


def _plan(project: Project, foreign: ImportedPicture, faults: Faults) -> Optional[_Step]:
    """It is long because every fault of every picture is collected before one is told."""
    name = foreign.name.name
    if not is_picture_name(name):
        faults.add(AnnotationError(f"{foreign.name}: pictures must be PNG or JPEG"))
        return None
    folders = [project.images_dir(split) for split in SPLITS] + [project.images_root]
    source: Optional[Path] = None
    picture = next((f / name for f in folders if (f / name).is_file()), None)
    if picture is None:
        source = next((place for place in foreign.places if place.is_file()), None)
        if source is None:
            faults.add(
                AnnotationError(
                    f"{foreign.name}: no such picture, neither there nor in the project"
                )
            )
            return None
        picture = _folder_for(project, foreign.name) / name
    xml = picture.with_suffix(".xml")
    try:
        text = to_voc_text(foreign.annotation, folder=picture.parent.name)
        masks = to_masks_text(foreign.annotation)
    except AnnotationError as fault:
        faults.add(AnnotationError(f"{foreign.name}: {fault}"))
        return None
    for path, content in ((xml, text), (masks_path(picture), masks)):
        if os.path.lexists(path) and not _says(path, content):
            faults.add(
                AnnotationError(f"{path}: is there already and says otherwise; move it away")
            )
            return None
    wrong = _source_fault(source, foreign.given) if source is not None else None
    if wrong is not None:
        faults.add(wrong)
        return None
    return _Step(source, picture, xml, text, masks)


def _says(xml: Path, text: str) -> bool:
    try:
        return read_bytes(xml, len(text.encode()) + 1) == text.encode()
    except OSError:
        return False


def _source_fault(source: Path, given: Path) -> Optional[TodError]:
    """Only pictures are copied, and nothing that a link leads to: it may be anything."""
    if source.is_symlink() or leads_out(source, given):
        return ImageError(f"{source}: is a link; put the picture itself there")
    try:
        read_picture_file(source)
    except ImageError as error:
        return error
    return None


def _folder_for(project: Project, name: Path) -> Path:
    splits = [_SPLIT_OF_FOLDER[p.lower()] for p in name.parts[:-1] if p.lower() in _SPLIT_OF_FOLDER]
    return project.images_dir(splits[-1]) if splits else project.images_root


def _carry_out(step: _Step) -> Path:
    make_folder(step.picture.parent)
    if step.source is not None:
        copy_file(step.source, step.picture)
    if step.masks:
        write_text(masks_path(step.picture), step.masks)
    write_text(step.xml, step.text)
    return step.xml
