"""Detection over files: which pictures, one result at a time, and where annotated ones go."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple, Union

import numpy as np

from tod_ros.detection import Detection, left_to_right
from tod_ros.errors import ImageError
from tod_ros.files import PathLike
from tod_ros.images.image_file import EXTENSIONS, read_image

READABLE = (*EXTENSIONS, "gif", "tif", "tiff", "webp")


@dataclass(frozen=True)
class PictureResult:
    """One picture, by the path it was given as, and what was found in it from left to right."""

    path: str
    found: Tuple[Detection, ...]

    def to_json(self) -> Dict[str, Any]:
        """Masks are there where the network has them, as COCO's compressed run lengths."""
        told = {
            "image": self.path,
            "labels": [detection.label for detection in self.found],
            "names": [detection.name for detection in self.found],
            "scores": [round(detection.score, 4) for detection in self.found],
            "boxes": [[round(side, 2) for side in detection.xyxy] for detection in self.found],
        }
        if any(detection.mask for detection in self.found):
            masks = [detection.mask for detection in self.found]
            told["masks"] = [mask.to_json() if mask else None for mask in masks]
        return told


def find_pictures(inputs: Iterable[str]) -> List[str]:
    """The files given, and the pictures of the folders given; each path begins as it was given."""
    found: List[str] = []
    for given in inputs:
        if os.path.isdir(given):
            found += _in_folder(given)
        elif os.path.exists(given):
            found.append(given)
        else:
            raise ImageError(f"{given}: no such file or folder")
    return found


def _in_folder(folder: str) -> List[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise ImageError(f"{folder}: cannot be read ({error.strerror})") from None
    paths = [os.path.join(folder, name) for name in names if _is_picture_name(name)]
    if not paths:
        raise ImageError(
            f"{folder}: no pictures in this folder (looked for {', '.join(READABLE)});"
            " folders inside it are not searched"
        )
    return paths


def _is_picture_name(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(tuple(f".{e}" for e in READABLE))


def output_paths(paths: Sequence[str], folder: PathLike) -> Dict[str, Path]:
    """Where each annotated picture goes: its own name, numbered where two would be the same.

    The folder of a picture itself is refused: no picture is ever replaced by its annotated one.
    """
    target = os.path.realpath(folder)
    taken: Set[str] = set()
    chosen: Dict[str, Path] = {}
    for path in dict.fromkeys(paths):
        # of a link, both where it lies and what it leads to
        if target in (os.path.realpath(os.path.dirname(path)), _folder_of(path)):
            raise ImageError(
                f"{folder}: holds {os.path.basename(path)}, which would be overwritten;"
                " give -o another folder"
            )
        stem, extension = os.path.splitext(os.path.basename(path))
        if extension.lower().lstrip(".") not in EXTENSIONS:
            extension = ".png"
        name, number = f"{stem}{extension}", 2
        while name in taken:
            name, number = f"{stem}_{number}{extension}", number + 1
        taken.add(name)
        chosen[path] = Path(folder) / name
    return chosen


def _folder_of(path: str) -> str:
    return os.path.dirname(os.path.realpath(path))


def look_at(
    path: str,
    detect: Callable[[np.ndarray], Sequence[Detection]],
    max_objects: int,
    show: Optional[Callable[[str, np.ndarray, Sequence[Detection]], object]] = None,
) -> Union[PictureResult, ImageError]:
    """What is in one picture, or why it cannot be read; `show` is handed the picture as well."""
    try:
        bgr = read_image(path)
    except ImageError as error:
        return error
    found = tuple(left_to_right(detect(bgr), max_objects))
    if show:
        show(path, bgr, found)
    return PictureResult(path, found)
