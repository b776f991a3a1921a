"""Makes a project's pictures smaller, boxes and masks with them; the originals are kept.

    <project>/images/train/image001.png             at most SIDE pixels on its longer side
    <project>/images-originals/train/image001.png   as it was, with its XML and masks

A picture that is small enough stays as it is, so the same call again changes nothing. Each picture
is replaced before its masks, and those before its XML. If the program is killed between them, the
next call finds the XML still equal to the kept one and writes both anew.

It is long because what was interrupted is found again by what it left.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.masks_json import (
    LEAST_OVERLAP,
    masks_path,
    to_masks_text,
    with_masks_beside,
)
from tod_ros.dataset.formats.pascal_voc import read_voc, write_voc
from tod_ros.dataset.project import SPLITS, Project, pictures
from tod_ros.dataset.project_lock import changing
from tod_ros.detection import iou
from tod_ros.errors import ProjectError, SeveralErrors, TodError
from tod_ros.files import (
    make_folder,
    place_new,
    read_bytes,
    refuse_link_out,
    write_bytes,
    write_text,
)
from tod_ros.images.image_file import encode, read_image
from tod_ros.images.inspection import read_picture_file
from tod_ros.images.limits import MAX_BYTES
from tod_ros.mask import Mask, from_pixels

LEAST_SIDE, MOST_SIDE = 32, 10_000  # pixels


@dataclass(frozen=True)
class Shrunk:
    """How many pictures were made smaller, how many there are, and where the originals lie."""

    changed: int
    total: int
    originals: Path


@dataclass(frozen=True)
class _Step:
    """One picture to shrink; `annotation` is what its XML says now, None without an XML."""

    picture: Path
    kept: Path
    size_wh: Tuple[int, int]
    target_wh: Tuple[int, int]
    annotation: Optional[Annotation]
    is_picture_done: bool = False


def shrink(
    project: Project,
    side: int,
    watch: Callable[[Iterable[Path], int], Iterable[Path]] = lambda items, total: items,
) -> Shrunk:
    """Shrink what is longer than `side`; SeveralErrors, and nothing changed, on any bad file."""
    if not LEAST_SIDE <= side <= MOST_SIDE:
        raise ProjectError(f"--to is {side}, must be from {LEAST_SIDE} to {MOST_SIDE} pixels")
    originals = project.images_root.with_name(project.images_root.name + "-originals")
    folders = [project.images_root, *(project.images_dir(split) for split in SPLITS)]
    found = [path for folder in folders for path in pictures(folder)]
    if not found:
        raise ProjectError(f"{project.images_root}: no pictures to resize")
    steps, faults = _plan(project, originals, watch(found, len(found)), side)
    if faults:
        raise SeveralErrors(faults)
    refuse_link_out(originals, originals.parent, ProjectError)
    try:
        for step in steps:
            with changing(project):
                if not step.is_picture_done:
                    _keep(step.picture, step.kept)
                _shrink(step)
    except OSError as error:
        raise ProjectError(
            f"{error.filename or originals}: cannot be written ({error.strerror});"
            " what is done is done, the same command goes on"
        ) from None
    return Shrunk(len(steps), len(found), originals)


def scaled(annotation: Annotation, from_wh: Tuple[int, int], to_wh: Tuple[int, int]) -> Annotation:
    """The annotation for the picture at `to_wh`; every box keeps at least one pixel."""
    return replace(
        annotation,
        size_wh=to_wh,
        boxes=tuple(_scaled_box(box, from_wh, to_wh) for box in annotation.boxes),
    )


def _scaled_box(box: Box, from_wh: Tuple[int, int], to_wh: Tuple[int, int]) -> Box:
    xmin, xmax = _scaled_side(box.xmin, box.xmax, from_wh[0], to_wh[0])
    ymin, ymax = _scaled_side(box.ymin, box.ymax, from_wh[1], to_wh[1])
    small = replace(box, xmin=xmin, xmax=xmax, ymin=ymin, ymax=ymax)
    return replace(small, mask=_scaled_mask(box.mask, small, to_wh)) if box.mask else small


def _scaled_mask(mask: Mask, box: Box, to_wh: Tuple[int, int]) -> Mask:
    """A pixel is the object's where half of what it stands for was; a tiny object's are its box."""
    shares = cv2.resize(mask.pixels().astype(np.uint8) * 255, to_wh, interpolation=cv2.INTER_AREA)
    small = from_pixels(shares >= 128)
    if iou(small.xyxy, box.xyxy) >= LEAST_OVERLAP:
        return small
    xmin, ymin, xmax, ymax = (int(side) for side in box.xyxy)
    shares[:] = 0
    shares[ymin:ymax, xmin:xmax] = 1
    return from_pixels(shares)


def _scaled_side(low: float, high: float, from_px: int, to_px: int) -> Tuple[int, int]:
    low_px, high_px = round(low * to_px / from_px), round(high * to_px / from_px)
    if high_px <= low_px:
        low_px = min(low_px, to_px - 1)
        high_px = low_px + 1
    return low_px, high_px


def _plan(
    project: Project, originals: Path, found: Iterable[Path], side: int
) -> Tuple[List[_Step], List[TodError]]:
    steps: List[_Step] = []
    faults: List[TodError] = []
    seen: Dict[Path, Path] = {}
    for picture in found:
        other = seen.setdefault(picture.with_suffix(""), picture)
        try:
            if other != picture:
                raise ProjectError(f"{picture}: shares its XML with {other.name}; rename one")
            step = _step(picture, originals / picture.relative_to(project.images_root), side)
        except TodError as fault:
            faults.append(fault)
            continue
        if step is not None:
            steps.append(step)
    return steps, faults


def _step(picture: Path, kept: Path, side: int) -> Optional[_Step]:
    size_wh = read_picture_file(picture).size_wh
    xml = picture.with_suffix(".xml")
    annotation = read_voc(xml) if xml.is_file() else None
    if max(size_wh) <= side:
        return _interrupted(picture, kept, size_wh, annotation)
    if annotation is not None:
        annotation = with_masks_beside(annotation, picture)
    share = side / max(size_wh)
    target_wh = (max(round(size_wh[0] * share), 1), max(round(size_wh[1] * share), 1))
    return _Step(picture, kept, size_wh, target_wh, annotation)


def _interrupted(
    picture: Path, kept: Path, size_wh: Tuple[int, int], annotation: Optional[Annotation]
) -> Optional[_Step]:
    """A picture that is small already, while its XML is still that of the original."""
    last = _last_copy(kept)
    if last is None or annotation is None or not last.with_suffix(".xml").is_file():
        return None
    kept_wh = read_picture_file(last).size_wh
    if kept_wh == size_wh or read_voc(last.with_suffix(".xml")) != annotation:
        return None
    whole = with_masks_beside(annotation, last)
    return _Step(picture, kept, kept_wh, size_wh, whole, is_picture_done=True)


def _copies(kept: Path) -> Iterator[Path]:
    """image001.png, image001.2.png, ...: a picture that is shrunk again is kept again."""
    yield kept
    for number in itertools.count(2):
        yield kept.with_name(f"{kept.stem}.{number}{kept.suffix}")


def _last_copy(kept: Path) -> Optional[Path]:
    there = list(itertools.takewhile(Path.is_file, _copies(kept)))
    return there[-1] if there else None


def _keep(picture: Path, kept: Path) -> None:
    """What is beside it is kept before a picture: a kept picture means that all is there."""
    last = _last_copy(kept)
    content = read_bytes(picture, MAX_BYTES)
    if last is not None and read_bytes(last, MAX_BYTES) == content:
        return
    make_folder(kept.parent)
    free = next(copy for copy in _copies(kept) if not copy.exists())
    for beside, its_copy in (
        (picture.with_suffix(".xml"), free.with_suffix(".xml")),
        (masks_path(picture), masks_path(free)),
    ):
        if beside.is_file():
            write_bytes(its_copy, read_bytes(beside))
    place_new(free, content)


def _shrink(step: _Step) -> None:
    if not step.is_picture_done:
        small = cv2.resize(read_image(step.picture), step.target_wh, interpolation=cv2.INTER_AREA)
        write_bytes(step.picture, encode(small, step.picture.suffix))
    if step.annotation is not None:
        annotation = scaled(step.annotation, step.size_wh, step.target_wh)
        masks = to_masks_text(annotation)
        if masks:
            write_text(masks_path(step.picture), masks)
        write_voc(step.picture.with_suffix(".xml"), annotation)
