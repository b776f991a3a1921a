"""YOLO's text files: one beside each picture, or in `labels/` where the pictures are in `images/`.

    1 0.164844 0.404167 0.232812 0.316667

Each line is a class number from 0, then the box's centre and size, all in 0..1 of the picture. The
names are in classes.txt, obj.names, _darknet.labels or data.yaml. An empty file is a negative.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.foreign import ImportedPicture, inside
from tod_ros.dataset.project import PICTURE_EXTENSIONS
from tod_ros.errors import AnnotationBroken, AnnotationError, Faults, ImageError, SeveralErrors
from tod_ros.files import read_bounded
from tod_ros.images.inspection import read_picture_file
from tod_ros.plain_yaml import load_plain_yaml
from tod_ros.text import MOST_LETTERS, one_line

MAX_BYTES = 500_000  # ten thousand boxes
MAX_YAML_BYTES = 200_000  # a second's work; COCO's 80 classes are 2 kB
NAME_FILES = ("classes.txt", "obj.names", "_darknet.labels")
_OTHER_TEXTS = (*NAME_FILES, "train.txt", "test.txt", "val.txt", "valid.txt", "readme.txt")


def read_yolo(folder: Path) -> List[ImportedPicture]:
    """Every picture that has a text file; SeveralErrors with every line that is wrong."""
    if not folder.is_dir():
        raise AnnotationError(f"{folder}: no such folder of YOLO text files")
    names = _names(folder)
    texts = sorted(
        path
        for path in folder.rglob("*.txt")
        if path.name.lower() not in _OTHER_TEXTS and not path.name.lower().startswith("readme.")
    )
    if not texts:
        raise AnnotationError(f"{folder}: no YOLO text files (*.txt) in there")
    found: List[ImportedPicture] = []
    faults = Faults()
    for text in texts:
        picture = _picture_of(text)
        if picture is None:
            faults.add(AnnotationError(f"{text}: its picture is missing"))
            continue
        try:
            size_wh = read_picture_file(picture).size_wh
            boxes = _boxes(text, names, size_wh, faults)
        except (AnnotationError, ImageError) as fault:
            faults.add(fault)
            continue
        annotation = Annotation(picture.name, size_wh, boxes)
        found.append(ImportedPicture(picture.relative_to(folder), (picture,), annotation, folder))
    if faults:
        raise SeveralErrors(faults.told())
    return found


def _names(folder: Path) -> Dict[int, str]:
    for name in NAME_FILES:
        for path in (folder / name, folder / "labels" / name):
            if path.is_file():
                lines = [line.strip() for line in _lines(path) if line.strip()]
                if any(len(line) > MOST_LETTERS for line in lines):
                    raise AnnotationError(f"{path}: a line is too long for the name of a class")
                return dict(enumerate(lines))
    for path in (*sorted(folder.glob("*.yaml")), *sorted(folder.glob("*.yml"))):
        names = _yaml_names(path)
        if names:
            return names
    raise AnnotationError(
        f"{folder}: nothing names the classes; write classes.txt, one name a line, in their order"
    )


def _yaml_names(path: Path) -> Dict[int, str]:
    try:
        content = load_plain_yaml("\n".join(_lines(path, MAX_YAML_BYTES)))
    except ValueError as error:
        raise AnnotationBroken(f"{path}: broken YAML ({one_line(error)})") from None
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not all(isinstance(number, int) for number in names):
        return {}
    for name in names.values():  # a list, the text of which can be endless, names nothing
        if not isinstance(name, (str, int, float)) or len(_name(name)) > MOST_LETTERS:
            raise AnnotationError(f"{path}: names holds what is no name of a class")
    return {number: _name(name) for number, name in names.items()}


def _name(value: Any) -> str:
    """1 and yes are names too, to who wrote them."""
    return str(value) if isinstance(value, (str, float)) or abs(value) < 10**99 else "?" * 999


def _picture_of(text: Path) -> Optional[Path]:
    """Beside the text, or at the same place under images/ instead of labels/."""
    folders = [text.parent]
    for depth, part in enumerate(text.parts):
        if part == "labels":
            folders.append(Path(*text.parts[:depth], "images", *text.parts[depth + 1 : -1]))
    for folder in folders:
        for extension in PICTURE_EXTENSIONS:
            for candidate in (extension, extension.upper()):
                if (folder / (text.stem + candidate)).is_file():
                    return folder / (text.stem + candidate)
    return None


def _boxes(
    text: Path, names: Dict[int, str], size_wh: Tuple[int, int], faults: Faults
) -> Tuple[Box, ...]:
    boxes: List[Box] = []
    for number, line in enumerate(_lines(text), start=1):
        if not line.strip():
            continue
        try:
            boxes.append(_box(line.split(), names, size_wh))
        except ValueError as fault:
            faults.add(AnnotationError(f"{text}, line {number}: {fault}"))
    return tuple(boxes)


def _box(words: List[str], names: Dict[int, str], size_wh: Tuple[int, int]) -> Box:
    if len(words) != 5:
        raise ValueError("not five numbers: class, centre x, centre y, width, height")
    try:
        number, (x, y, wide, high) = int(words[0]), map(float, words[1:])
    except ValueError:
        raise ValueError(f"{' '.join(words)[:60]!r} is not five numbers") from None
    if number not in names:
        raise ValueError(f"class {words[0][:20]} has no name, there are {len(names)} from 0")
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in (x, y, wide, high)):
        raise ValueError("a box outside 0..1: YOLO's are shares of the picture, not pixels")
    width, height = size_wh
    left, right = (x - wide / 2) * width, (x + wide / 2) * width
    top, bottom = (y - high / 2) * height, (y + high / 2) * height
    xmin, ymin, xmax, ymax = (round(value, 2) for value in (left, top, right, bottom))
    return inside(Box(names[number], xmin, ymin, xmax, ymax), size_wh)


def _lines(path: Path, most: int = MAX_BYTES) -> List[str]:
    too_large = f"{most / 1e6:g} MB, too much for what it is"
    content = read_bounded(path, most, AnnotationError, too_large)
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise AnnotationError(f"{path}: not a text file (UTF-8)") from None
