"""A new project: its folders and its label map."""

from __future__ import annotations

import argparse
import re
from typing import List

from tod_ros.dataset.label_map import LabelMap, read_label_map, write_label_map
from tod_ros.dataset.project import SPLITS, Project, refuse_links_out
from tod_ros.errors import ProjectError
from tod_ros.files import make_folder

SUMMARY = "Make the folders of a project and the label map of its classes."
EXAMPLE = "tod init faces --class one --class two"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="folder of the project, made if need be")
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        metavar="NAME",
        help="a class to learn; repeat it for each class, in the order of the ids (from 1)",
    )


def run(args: argparse.Namespace) -> int:
    project = Project(args.project)
    _check_name(project)
    if not args.classes and not project.label_map_path.exists():
        raise ProjectError(f"{args.project}: no classes given; add --class NAME for each of them")
    _make(project, args.classes)
    label_map = read_label_map(project.label_map_path)
    print(f"project {project.root} with the classes:")
    for number, name in label_map.names.items():
        print(f"  {number} {name}")
    print(f"pictures go to {project.images_root}, the label map is {project.label_map_path}")
    return 0


def _make(project: Project, classes: List[str]) -> None:
    label_map = LabelMap.from_names(classes) if classes else None
    if label_map is not None and project.label_map_path.exists():
        there = read_label_map(project.label_map_path)
        if there != label_map:
            raise ProjectError(
                f"{project.label_map_path}: exists already, with the classes"
                f" {', '.join(there.ids)}; edit it, or remove it first"
            )
    refuse_links_out(project)
    try:
        for split in SPLITS:
            make_folder(project.images_dir(split))
        make_folder(project.training_dir)
        make_folder(project.pre_trained_dir)
        if label_map is not None and not project.label_map_path.exists():
            write_label_map(project.label_map_path, label_map)
    except OSError as error:
        raise ProjectError(
            f"{error.filename or project.root}: cannot be made ({error.strerror})"
        ) from None


def _check_name(project: Project) -> None:
    if not re.fullmatch(r"\w[\w .+-]*", project.name):
        raise ProjectError(
            f"{project.root}: a project's name needs letters, digits, '-' or '_', not"
            f" {project.name!r}"
        )
