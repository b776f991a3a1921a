"""COCO's JSON: one file for a whole set of pictures.

    {"images": [{"id": 1, "file_name": "train/image001.png", "width": 640, "height": 480}],
     "annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [31, 118, 149, 152],
                      "area": 22648, "iscrowd": 0, "segmentation": []}],   (coco_masks.py)
     "categories": [{"id": 2, "name": "two"}]}

A bbox is left, top, width, height in pixels. Here file names are relative to the folder that holds
train/ and test/, where the file is written. A crowd is read as a difficult object.

It is long because each field may come from anybody.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Tuple

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.coco_masks import MaskReader, to_segmentation
from tod_ros.dataset.formats.foreign import ImportedPicture, inside
from tod_ros.dataset.formats.pascal_voc import MOST_FILE_LETTERS
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import AnnotationBroken, AnnotationError, Faults, SeveralErrors
from tod_ros.files import PathLike, read_bounded
from tod_ros.text import MOST_LETTERS, one_line, shown

MAX_BYTES = 64_000_000
MAX_VALUES = 2_000_000  # Python needs some 100 bytes for each
MOST_DIGITS = 400
MOST_PIXELS = 1_000_000  # of a side


def to_coco(annotations: Iterable[Annotation], label_map: LabelMap, folder: str = "") -> str:
    images: List[Dict[str, Any]] = []
    boxes: List[Dict[str, Any]] = []
    for image_id, annotation in enumerate(annotations, start=1):
        width, height = annotation.size_wh
        name = f"{folder}/{annotation.filename}" if folder else annotation.filename
        images.append({"id": image_id, "file_name": name, "width": width, "height": height})
        for box in annotation.boxes:
            boxes.append(_from_box(box, len(boxes) + 1, image_id, label_map.ids[box.name]))
    categories = [{"id": number, "name": name} for number, name in label_map.names.items()]
    whole = {"images": images, "annotations": boxes, "categories": categories}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def read_coco(path: PathLike) -> List[ImportedPicture]:
    """Every picture of the file with its boxes; SeveralErrors with every entry that is wrong.

    It is long because every fault of every part is collected before one is told.
    """
    faults = Faults()
    names: Dict[Any, str] = {}
    images: Dict[Any, Mapping[str, Any]] = {}
    boxes: Dict[Any, List[Box]] = {}
    masks = MaskReader()
    for what, number, entry in _entries(_load(path), path):
        try:
            if what == "categories":
                names[_new_key(entry, names)] = _name(entry, "name")
            elif what == "images":
                key = _new_key(entry, images)
                images[key], boxes[key] = entry, []
            else:
                box = _masked(_to_box(entry, names, images), entry, images, masks)
                boxes[_key(entry, "image_id")].append(box)
        except _Fault as fault:
            if faults.is_full:
                faults.count_one_more()
                continue
            faults.add(AnnotationError(f"{path}: {what} entry {number}: {fault}"))
    found: List[ImportedPicture] = []
    for image_id, image in images.items():
        try:
            found.append(_foreign(Path(path).parent, image, boxes[image_id]))
        except _Fault as fault:
            faults.add(AnnotationError(f"{path}: image {image_id!r}: {fault}"))
    if faults:
        raise SeveralErrors(faults.told())
    return found


class _Fault(Exception):
    """What is wrong with one entry; read_coco adds which one."""


def _from_box(box: Box, number: int, image_id: int, category_id: int) -> Dict[str, Any]:
    width, height = box.xmax - box.xmin, box.ymax - box.ymin
    return {
        "id": number,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": [box.xmin, box.ymin, width, height],
        "area": width * height if box.mask is None else box.mask.area,
        "iscrowd": 0,
        "segmentation": to_segmentation(box.mask),
    }


def _load(path: PathLike) -> Mapping[str, Any]:
    too_large = f"{MAX_BYTES / 1e6:g} MB, bring in less at once"
    text = read_bounded(path, MAX_BYTES, AnnotationError, too_large)
    # Each value but the first of a list or an object has a comma before it
    if sum(map(text.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise AnnotationError(f"{path}: over {MAX_VALUES:,} values, bring in less at once")
    try:
        content = json.loads(text, parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        raise AnnotationBroken(f"{path}: broken JSON ({one_line(error)})") from None
    if not isinstance(content, dict) or not all(
        isinstance(content.get(part), list) for part in ("images", "annotations", "categories")
    ):
        raise AnnotationError(
            f"{path}: not COCO's object detection JSON, which holds lists of images, annotations"
            " and categories"
        )
    return content


def _whole_number(digits: str) -> int:
    """Python needs minutes for millions of digits, and older ones have no limit of their own."""
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _entries(content: Mapping[str, Any], path: PathLike) -> Iterable[Tuple[str, int, Any]]:
    for what in ("categories", "images", "annotations"):
        for number, entry in enumerate(content[what], start=1):
            yield what, number, entry


def _field(entry: Any, name: str, kind: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get(name), kind):
        raise _Fault(f"no proper {name!r}")
    return entry[name]


def _key(entry: Any, name: str) -> Any:
    """An id: the standard says a number, some tools write a text."""
    found = _field(entry, name, (int, str))
    if isinstance(found, bool):  # to Python True is 1
        raise _Fault(f"no proper {name!r}")
    if len(str(found)) > MOST_LETTERS:
        raise _Fault(f"{name!r} is {shown(str(found))}, too long")
    return found


def _new_key(entry: Any, known: Mapping[Any, Any]) -> Any:
    """Merged sets often number twice from 1: boxes would go to the wrong picture or class."""
    key = _key(entry, "id")
    if key in known:
        raise _Fault(f"id {key!r} is there twice; give each its own id")
    return key


def _name(entry: Any, name: str, most: int = MOST_LETTERS) -> str:
    found = str(_field(entry, name, str))
    if len(found) > most or not found.isprintable():
        raise _Fault(f"{name!r} is {shown(found)}, no proper name")
    return found


def _to_box(entry: Any, names: Mapping[Any, str], images: Mapping[Any, Any]) -> Box:
    category, image = _key(entry, "category_id"), _key(entry, "image_id")
    if category not in names:
        raise _Fault(f"category_id {category!r} is not among the categories")
    if image not in images:
        raise _Fault(f"image_id {image!r} is not among the images")
    corner = _field(entry, "bbox", list)
    if len(corner) != 4 or not all(map(_is_number, corner)):
        raise _Fault("'bbox' is not four numbers: left, top, width, height")
    left, top, width, height = map(float, corner)
    box = Box(names[category], left, top, left + width, top + height, bool(entry.get("iscrowd")))
    return inside(box, _size(images[image]))


def _masked(box: Box, entry: Any, images: Mapping[Any, Any], masks: MaskReader) -> Box:
    try:
        size_wh = _size(images[_key(entry, "image_id")])
        return replace(box, mask=masks.read(entry.get("segmentation"), box, size_wh))
    except ValueError as fault:
        raise _Fault(str(fault)) from None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e9 and not math.isnan(value)


def _size(image: Any) -> Tuple[int, int]:
    size = _field(image, "width", int), _field(image, "height", int)
    if not all(0 < side <= MOST_PIXELS for side in size):
        raise _Fault("'width' and 'height' are no size of a picture")
    return size


def _foreign(folder: Path, image: Any, boxes: List[Box]) -> ImportedPicture:
    name = Path(_name(image, "file_name", MOST_FILE_LETTERS))
    annotation = Annotation(name.name, _size(image), tuple(boxes))
    places = [folder / name.name]
    if not name.is_absolute() and ".." not in name.parts:  # those lead out of what was given
        places = [folder / name, folder / "images" / name, *places]
    return ImportedPicture(name, tuple(places), annotation, folder)
