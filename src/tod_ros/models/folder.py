"""A model folder: its files, and whether they are still as they were written.

    saved_model/       the network as the Object Detection API exports it
    model.tflite       the same network for LiteRT, where its architecture allows
    label_map.pbtxt    the names of its classes
    model.json         classes, input_size_hw, learnt_from_size_hw (of the pictures it learnt from,
                       where they had one), tflite (which output is which), files (their sha256)

A bare SavedModel, a folder that holds saved_model.pb itself, is taken too; its label map is looked
for beside it and above it.

It is long because every field of the card is checked before anything believes it.
"""

from __future__ import annotations

import errno
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from tod_ros.dataset.label_map import LabelMap, read_label_map
from tod_ros.errors import LabelMapError, ModelError
from tod_ros.files import PathLike, read_json, sha256_of
from tod_ros.text import one_line, shown

LABEL_MAP = "label_map.pbtxt"
TFLITE = "model.tflite"
CARD = "model.json"
LEARNT_FROM = "learnt_from_size_hw"
LEAST_SIDE = 16  # of a picture that a network can learn from
RECORD = "zoo.json"  # of tod zoo get, beside the folders it unpacks
MAX_CARD_BYTES = 10_000_000
MAX_FILE_BYTES = 2**31 - 1  # what protobuf and LiteRT can read; the zoo's largest has 0.8 GB

log = logging.getLogger("rosout." + __name__)


@dataclass(frozen=True)
class ModelFolder:
    """What a model folder holds; paths that are None are not there."""

    path: Path
    label_map: LabelMap
    saved_model: Optional[Path] = None
    tflite: Optional[Path] = None
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def learnt_from_wh(self) -> Optional[Tuple[int, int]]:
        """The size of the pictures that the network learnt from, where the card tells one."""
        height, width = self.card.get(LEARNT_FROM, (0, 0))
        return (width, height) if height else None


def read_model_folder(path: PathLike, label_map_path: Optional[PathLike] = None) -> ModelFolder:
    """Look into a model folder; reads its label map and its card, not yet its network."""
    folder = Path(os.path.expanduser(path))
    if not os.path.isdir(folder):  # of a name that no disk takes too
        fault = "is not a folder" if os.path.exists(folder) else "no such model folder"
        raise ModelError(f"{folder}: {fault}; give the folder that `tod export` wrote")
    saved_model = next(
        (d for d in (folder / "saved_model", folder) if (d / "saved_model.pb").is_file()), None
    )
    tflite = folder / TFLITE if (folder / TFLITE).is_file() else None
    if saved_model is None and tflite is None:
        raise ModelError(
            f"{folder}: holds neither saved_model/saved_model.pb nor {TFLITE};"
            " give the folder that `tod export` wrote, or a SavedModel"
        )
    card = read_card(folder / CARD) or _record_of_the_zoo(folder)
    return ModelFolder(
        path=folder,
        label_map=_find_label_map(folder, label_map_path, card),
        saved_model=saved_model,
        tflite=tflite,
        card=card,
    )


def check_hashes(folder: ModelFolder, part: Path) -> None:
    """Compare what lies under `part`, and the label map, with the sha256 sums in model.json."""
    for name, expected in sorted(folder.card.get("files", {}).items()):
        path = folder.path / name
        if path != part and part not in path.parents and path.name != LABEL_MAP:
            continue
        try:
            actual = sum_of(path)
        except OSError as error:
            raise ModelError(
                f"{path}: is named in {CARD} and cannot be read ({error.strerror});"
                " copy the whole model folder again"
            ) from None
        if actual != expected:
            raise ModelError(
                f"{path}: is not the file that {CARD} describes (its sha256 differs);"
                " copy the whole model folder again, or export it again"
            )


def sum_of(path: Path) -> str:
    """The sha256 sum of a model's file; OSError for one that is larger than any network's."""
    if os.stat(path).st_size > MAX_FILE_BYTES:
        raise OSError(errno.EFBIG, "is over 2 GB, no file of a network is", str(path))
    return sha256_of(path)


def unvouched_files(folder: ModelFolder, part: Path) -> List[Path]:
    """What lies under `part` and has no sha256 sum in model.json."""
    vouched = {folder.path / name for name in folder.card.get("files", {})}
    there = (
        [path for path in sorted(part.rglob("*")) if path.is_file()] if part.is_dir() else [part]
    )
    return [path for path in there if path not in vouched]


def read_card(path: Path) -> Dict[str, Any]:
    """What a model.json says, each field as it should be; {} where there is no such file."""
    if not os.path.lexists(path):
        return {}
    try:
        card = read_json(path, MAX_CARD_BYTES)
    except (OSError, ValueError) as error:
        fault = one_line(getattr(error, "strerror", None) or error)
        raise ModelError(f"{path}: cannot be read ({fault}); export the model again") from None
    wrong = next((name for name, fits in _CARD_FIELDS.items() if not fits(card, name)), None)
    if not isinstance(card, dict) or wrong:
        raise ModelError(f"{path}: {wrong or 'its content'} is not as expected; export it again")
    for name in card.get("files", {}):
        if ".." in PurePosixPath(name).parts or name.startswith("/") or "\0" in name:
            raise ModelError(f"{path}: names {shown(name)}, a file outside of the folder")
    return card


def card_of_network(network: Path) -> Dict[str, Any]:
    """The card of a network to start from, {} where it has none that can be read."""
    try:
        return read_card(network / CARD)
    except ModelError as error:
        log.warning("%s", error)
        return {}


def _record_of_the_zoo(folder: Path) -> Dict[str, Any]:
    """The sha256 sums of a network that `tod zoo get` has unpacked."""
    if not (folder.parent / RECORD).is_file():
        return {}
    from tod_ros.models.zoo_record import read_record

    files = read_record(folder.parent).get(folder.name, {}).get("files", {})
    return {"files": files} if _fits(dict, str)({"files": files}, "files") else {}


def _fits(kind: type, of: type) -> Callable[[Any, str], bool]:
    def fits(card: Any, name: str) -> bool:
        if not isinstance(card, dict):
            return False
        value = card.get(name, kind())
        items = value.values() if isinstance(value, dict) else value
        return isinstance(value, kind) and all(isinstance(item, of) for item in items)

    return fits


def _fits_size(card: Any, name: str) -> bool:
    if not _fits(list, int)(card, name):
        return False
    size = card.get(name)
    return size is None or (len(size) == 2 and min(size) >= LEAST_SIDE)


_CARD_FIELDS = {
    "classes": _fits(list, str),
    "input_size_hw": _fits(list, int),
    LEARNT_FROM: _fits_size,
    "files": _fits(dict, str),
    "tflite": _fits(dict, object),
}


def _find_label_map(folder: Path, given: Optional[PathLike], card: Mapping[str, Any]) -> LabelMap:
    path = Path(os.path.expanduser(given)) if given else _nearest_label_map(folder)
    if path is None:
        raise LabelMapError(
            f"{folder}: no {LABEL_MAP} in it or beside it; put one there, or name it with label_map"
        )
    label_map = read_label_map(path)
    classes = card.get("classes")
    if classes and classes != list(label_map.names.values()):
        raise ModelError(
            f"{folder / CARD}: the model knows {one_line(', '.join(classes))}, but {path} says"
            f" {', '.join(label_map.names.values())}; use the label map it was trained with"
        )
    return label_map


def _nearest_label_map(folder: Path) -> Optional[Path]:
    """In the folder, or up to where a project keeps it: training/<network>/saved_model1/."""
    absolute = folder.absolute()
    for place in (absolute, *list(absolute.parents)[:3]):
        if (place / LABEL_MAP).is_file():
            return place / LABEL_MAP
    return None


def known_classes(network: Path) -> Tuple[str, ...]:
    """The classes of a network to start from, in the order of its columns; () if it is not told."""
    return tuple(card_of_network(network).get("classes", ()))
