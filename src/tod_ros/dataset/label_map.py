"""The label map: class names and their ids, as the Object Detection API reads them.

    item {
      id: 1
      name: 'one'
    }

Ids start at 1: 0 is the background. Where an item has a `display_name` too (COCO's map, whose
`name` is a code), that is the class's name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Dict, Iterable, Mapping

from tod_ros.dataset.label_map_text import read_items
from tod_ros.errors import LabelMapError, LabelMapNotFound
from tod_ros.files import PathLike, make_folder, read_bounded, write_text
from tod_ros.text import MOST_LETTERS, shown

MAX_BYTES = 1_000_000  # LVIS's 1,203 classes are 100 kB
LABEL_MAP, LESSON_LABEL_MAP = "label_map.pbtxt", "label_map.txt"  # the same format in both


@dataclass(frozen=True)
class LabelMap:
    """Class names by id, and ids by name; both in the order of the ids."""

    names: Mapping[int, str]
    ids: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {number: self.names[number] for number in sorted(self.names)}
        object.__setattr__(self, "names", MappingProxyType(names))
        ids = {name: number for number, name in names.items()}
        object.__setattr__(self, "ids", MappingProxyType(ids))
        for number, name in names.items():
            _check_item(number, name)
        if len(ids) != len(names):
            twice = next(n for i, n in names.items() if ids[n] != i)
            raise LabelMapError(f"class {twice!r} is there twice, every name must be unique")

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def from_names(cls, names: Iterable[str]) -> LabelMap:
        """Ids from 1, in the order given."""
        return cls(dict(enumerate(names, start=1)))


def read_label_map(path: PathLike) -> LabelMap:
    """Read a label_map.pbtxt; LabelMapError names the file and the line.

    A label_map.txt beside it, the lesson's name, must say the same: the robot's programs may read
    either of them.
    """
    label_map = _read(Path(path))
    twin = Path(path).with_name(LESSON_LABEL_MAP)
    if Path(path).name == LABEL_MAP and twin.is_file():
        _check_twin(Path(path), label_map, twin)
    return label_map


def _check_twin(path: Path, label_map: LabelMap, twin: Path) -> None:
    try:
        other = _read(twin)
    except LabelMapError:
        return  # any text may be called so
    if other.names != label_map.names:
        raise LabelMapError(
            f"{path}: has {_listed(label_map)}, but {twin} has {_listed(other)};"
            " keep the one that the pictures were annotated with, and remove the other"
        )


def _listed(label_map: LabelMap) -> str:
    return ", ".join(f"{number} {name}" for number, name in label_map.names.items())


def _read(path: Path) -> LabelMap:
    if not os.path.lexists(path):
        raise LabelMapNotFound(
            f"{path}: no such label map, write it with `tod init` or `tod convert`"
        )
    too_large = f"{MAX_BYTES // 1_000_000} MB, this is no label map"
    raw = read_bounded(path, MAX_BYTES, LabelMapError, too_large)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LabelMapError(f"{path}: not a text file (UTF-8), this is no label map") from None
    return from_text(text, source=str(path))


def from_text(text: str, source: str = "label map") -> LabelMap:
    """Parse the text of a label map; `source` is what messages call it."""
    names: Dict[int, str] = {}
    lines: Dict[str, int] = {}
    for line, item in read_items(text, source):
        number, name = item.get("id"), item.get("display_name") or item.get("name")
        if number is None or name is None:
            lacking = "id" if number is None else "name"
            raise LabelMapError(f"{source}, line {line}: this item has no {lacking}")
        if number in names:
            raise LabelMapError(
                f"{source}, line {line}: id {number} is taken by {names[number]!r} already"
            )
        if name in lines:
            raise LabelMapError(
                f"{source}, line {line}: class {name!r} is on line {lines[name]} already"
            )
        try:
            _check_item(number, name)
        except LabelMapError as error:
            raise LabelMapError(f"{source}, line {line}: {error}") from None
        names[number], lines[name] = name, line
    if not names:
        raise LabelMapError(
            f"{source}: no classes, add items such as: item {{ id: 1 name: 'one' }}"
        )
    return LabelMap(names)


def to_text(label_map: LabelMap) -> str:
    return "\n".join(
        f"item {{\n  id: {number}\n  name: '{_escaped(name)}'\n}}\n"
        for number, name in label_map.names.items()
    )


def write_label_map(path: PathLike, label_map: LabelMap) -> None:
    make_folder(Path(path).parent)
    write_text(path, to_text(label_map))


def _check_item(number: int, name: str) -> None:
    if len(name) > MOST_LETTERS:
        raise LabelMapError(f"class {shown(name)} has {len(name)} letters, over {MOST_LETTERS}")
    if number < 1:
        raise LabelMapError(f"class {name!r} has id {number}, ids start at 1 (0 is the background)")
    if number > 2**31 - 1:
        raise LabelMapError(f"class {name!r} has id {number}, over 2147483647")
    if not name.strip():
        raise LabelMapError(f"class {number} has an empty name")
    if name != name.strip() or not name.isprintable():
        raise LabelMapError(
            f"class {name!r} has spaces around it or characters that cannot be printed"
        )


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")
