"""The masks of a picture's objects, in a file beside its XML: image001.masks.json.

    {"size": [480, 640], "masks": ["Zm_51h>6K4M2N1N3N...", "QXb31g>9H7J5L3M3N..."]}

`size` is height and width of the picture, a mask is COCO's compressed run lengths (mask.py). The
XML stays labelImg's own: it may be edited by any tool. So a mask names no object. It belongs to the
object whose box its own box overlaps best, by half at least; one that fits no object any more is
left out, and an object that no mask fits has none.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, List, Sequence, Tuple

from tod_ros.annotation import Annotation
from tod_ros.errors import AnnotationBroken, AnnotationError
from tod_ros.files import PathLike, read_bounded
from tod_ros.images.limits import MAX_PIXELS
from tod_ros.mask import Mask, from_text
from tod_ros.text import one_line

ENDING = ".masks.json"
MAX_BYTES = 8_000_000
MOST_MASKS = 1000  # of one picture
LEAST_OVERLAP = 0.5  # of a mask's own box with the object's


def masks_path(picture: Path) -> Path:
    """Where the masks of a picture, or of an XML, lie."""
    return picture.with_name(picture.stem + ENDING)


def read_masks(path: PathLike) -> List[Mask]:
    """The masks of one file; AnnotationError says what is wrong with it."""
    too_large = f"{MAX_BYTES / 1e6:g} MB, these are no masks of one picture"
    text = read_bounded(path, MAX_BYTES, AnnotationError, too_large)
    try:
        content = json.loads(text, parse_int=_small_number)
    except (ValueError, RecursionError) as error:
        raise AnnotationBroken(f"{path}: broken JSON ({one_line(error)})") from None
    size_wh, texts = _parts(content, path)
    masks = []
    for number, mask in enumerate(texts, start=1):
        try:
            masks.append(from_text(size_wh, mask))
        except ValueError as fault:
            raise AnnotationError(f"{path}: object {number}: {fault}") from None
    return masks


def add_masks(annotation: Annotation, path: PathLike) -> Annotation:
    """The annotation with the masks of a file, each at the object that it fits."""
    masks = read_masks(path)
    if masks and masks[0].size_wh != annotation.size_wh:
        width, height = masks[0].size_wh
        raise AnnotationError(
            f"{path}: its masks are {width}x{height}, the XML says"
            f" {annotation.size_wh[0]}x{annotation.size_wh[1]}; make them anew, or move it away"
        )
    return with_masks(annotation, masks)


def with_masks_beside(annotation: Annotation, picture: Path) -> Annotation:
    """The annotation with the masks beside its picture or XML, where there are any."""
    path = masks_path(picture)
    return add_masks(annotation, path) if path.is_file() else annotation


def with_masks(annotation: Annotation, masks: Sequence[Mask]) -> Annotation:
    boxes = list(annotation.boxes)
    for at, mask in _fitting([box.xyxy for box in boxes], [mask.xyxy for mask in masks]):
        boxes[at] = replace(boxes[at], mask=masks[mask])
    return replace(annotation, boxes=tuple(boxes))


def to_masks_text(annotation: Annotation) -> str:
    """The file's text; "" where no object has a mask, and no file is to be there."""
    masks = [box.mask.to_text() for box in annotation.boxes if box.mask is not None]
    width, height = annotation.size_wh
    return json.dumps({"size": [height, width], "masks": masks}) + "\n" if masks else ""


def _parts(content: Any, path: PathLike) -> Tuple[Tuple[int, int], List[str]]:
    size, masks = (
        (content.get("size"), content.get("masks")) if isinstance(content, dict) else (None, None)
    )
    if not (
        isinstance(size, list)
        and [type(side) for side in size] == [int, int]
        and isinstance(masks, list)
        and all(isinstance(mask, str) for mask in masks)
    ):
        raise AnnotationError(f"{path}: holds no 'size' [height, width] and list of 'masks'")
    height, width = size
    if min(size) < 1 or height * width > MAX_PIXELS:
        raise AnnotationError(f"{path}: 'size' {height}x{width} is no size of a picture")
    if len(masks) > MOST_MASKS:
        raise AnnotationError(f"{path}: {len(masks)} masks, {MOST_MASKS} are the most")
    return (width, height), masks


def _small_number(digits: str) -> int:
    if len(digits) > 9:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _fitting(boxes: Sequence[Any], masks: Sequence[Any]) -> List[Tuple[int, int]]:
    """(box, mask) of each pair that fits, best first; nobody is in two pairs."""
    if not boxes or not masks:
        return []
    import numpy as np

    a, b = np.array(boxes, float)[:, np.newaxis], np.array(masks, float)[np.newaxis]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=2)
    areas = [np.prod(corners[..., 2:] - corners[..., :2], axis=2) for corners in (a, b)]
    overlaps = shared / np.maximum(areas[0] + areas[1] - shared, 1e-9)
    pairs: List[Tuple[int, int]] = []
    for _ in range(min(overlaps.shape)):
        box, mask = np.unravel_index(int(np.argmax(overlaps)), overlaps.shape)
        if not overlaps[box, mask] >= LEAST_OVERLAP:
            break
        pairs.append((int(box), int(mask)))
        overlaps[box, :] = overlaps[:, mask] = -1
    return pairs
