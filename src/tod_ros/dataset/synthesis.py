"""Drawn pictures with their VOC XML, so that the road can be walked without a robot."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.masks_json import masks_path, to_masks_text
from tod_ros.dataset.formats.pascal_voc import to_voc_text
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import PICTURE_EXTENSIONS, SPLITS, Project, next_number
from tod_ros.dataset.project_lock import changing
from tod_ros.errors import ProjectError, ProjectNotWritable, SceneError
from tod_ros.files import make_folder, remove, write_bytes
from tod_ros.images.image_file import encode
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.handwriting import mark_of_class
from tod_ros.text import Watch, unwatched

PREFIX = "synth"


def synthesise(
    project: Project,
    label_map: LabelMap,
    number: int,
    *,
    seed: int = 0,
    difficulty: str = "plain",
    masks: bool = False,
    watch: Watch = unwatched,
) -> List[Path]:
    """Draw `number` pictures into images/, numbered on after those that are there.

    The picture with a number is the same for the same seed, however many are drawn at a time.
    With `masks` each has a file of its faces' masks beside its XML. It is long for its options.
    """
    if number < 1:
        raise ProjectError(f"-n is {number}, must be 1 or more")
    if seed < 0:
        raise ProjectError(f"--seed is {seed}, must be 0 or more")
    _check_looks(project, label_map)
    try:
        make_folder(project.images_root)
        numbers = _free_numbers(project)
        return [
            _draw(project, numbers, tuple(label_map.ids), seed, (difficulty, masks))
            for _ in watch(range(number), number)
        ]
    except OSError as error:
        raise ProjectNotWritable(
            f"{error.filename or project.images_root}: cannot be written ({error.strerror})"
        ) from None


def _draw(
    project: Project,
    numbers: Iterator[int],
    classes: Tuple[str, ...],
    seed: int,
    how: Tuple[str, bool],
) -> Path:
    """Draw the picture of the next number that nobody else takes meanwhile."""
    for index in numbers:
        scene = draw_scene(
            seed * 1_000_003 + index, classes=classes, difficulty=how[0], masks=how[1]
        )
        picture = project.images_root / _name(index)
        height, width = scene.image.shape[:2]
        annotation = Annotation(picture.name, (width, height), tuple(scene.boxes))
        text = to_voc_text(annotation, folder=picture.parent.name).encode("utf-8")
        beside = {picture.with_suffix(".xml"): text}
        masks = to_masks_text(annotation)
        if masks:
            beside[masks_path(picture)] = masks.encode("ascii")
        content = encode(scene.image, picture.suffix)
        with changing(project):
            if _is_free(project, index):
                _write_all(picture, content, beside)
                return picture
    raise AssertionError("numbers never end")


def _free_numbers(project: Project) -> Iterator[int]:
    first = next_number([*_folders(project)], PREFIX)
    return (index for index in itertools.count(first) if _is_free(project, index))


def _is_free(project: Project, index: int) -> bool:
    name = Path(_name(index))
    return not any(
        os.path.lexists(folder / name.with_suffix(ending))
        for folder in _folders(project)
        for ending in (*PICTURE_EXTENSIONS, ".xml")
    )


def _folders(project: Project) -> List[Path]:
    return [project.images_root, *(project.images_dir(split) for split in SPLITS)]


def _name(index: int) -> str:
    return f"{PREFIX}{index:05d}.png"


def _check_looks(project: Project, label_map: LabelMap) -> None:
    """Only what a class's name tells can be drawn."""
    for name in label_map.ids:
        try:
            mark_of_class(name)
        except SceneError as error:
            raise ProjectError(
                f"{project.label_map_path}: {error}; take pictures of it with a camera instead"
            ) from None


def _write_all(picture: Path, content: bytes, beside: Dict[Path, bytes]) -> None:
    """The picture with the files beside it, or none of them."""
    try:
        for path, text in beside.items():
            write_bytes(path, text)
        write_bytes(picture, content)
    except BaseException:  # Ctrl-C too
        if not picture.is_file():
            for path in beside:
                remove(path)
        raise
