"""Drawn pictures with their VOC XML, so that the road can be walked without a robot."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Callable, Iterable, List

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import SPLITS, Project, next_number
from tod_ros.errors import ProjectError, SceneError
from tod_ros.images.image_file import write_image
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.handwriting import mark_of_class
from tod_ros.scene.scene import Scene

PREFIX = "synth"


def synthesise(
    project: Project,
    label_map: LabelMap,
    number: int,
    *,
    seed: int = 0,
    difficulty: str = "plain",
    watch: Callable[[Iterable[int], int], Iterable[int]] = lambda items, total: items,
) -> List[Path]:
    """Draw `number` pictures into images/, numbered on after those that are there.

    The picture with a number is the same for the same seed, however many are drawn at a time.
    """
    if number < 1:
        raise ProjectError(f"-n is {number}, must be 1 or more")
    if seed < 0:
        raise ProjectError(f"--seed is {seed}, must be 0 or more")
    _check_looks(project, label_map)
    folder = project.images_root
    first = next_number([folder, *(project.images_dir(split) for split in SPLITS)], PREFIX)
    drawn: List[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for index in watch(range(first, first + number), number):
            scene = draw_scene(
                seed * 1_000_003 + index, classes=tuple(label_map.ids), difficulty=difficulty
            )
            drawn.append(folder / f"{PREFIX}{index:05d}.png")
            _write_both(drawn[-1], scene)
    except OSError as error:
        raise ProjectError(
            f"{error.filename or folder}: cannot be written ({error.strerror})"
        ) from None
    return drawn


def _check_looks(project: Project, label_map: LabelMap) -> None:
    """Only what a class's name tells can be drawn."""
    for name in label_map.ids:
        try:
            mark_of_class(name)
        except SceneError as error:
            raise ProjectError(
                f"{project.label_map_path}: {error}; take pictures of it with a camera instead"
            ) from None


def _write_both(picture: Path, scene: Scene) -> None:
    """The picture with its XML beside it, or neither."""
    xml = picture.with_suffix(".xml")
    height, width = scene.image.shape[:2]
    annotation = Annotation(picture.name, (width, height), scene.boxes)
    try:
        write_voc(xml, annotation)
        write_image(picture, scene.image)
    except BaseException:  # Ctrl-C too
        if not picture.is_file():
            with contextlib.suppress(FileNotFoundError):
                xml.unlink()
        raise
