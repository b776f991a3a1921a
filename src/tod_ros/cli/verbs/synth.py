"""Drawn pictures for a project."""

from __future__ import annotations

import argparse
import json

from tod_ros.cli.arguments import add_json_argument, add_project_argument, add_quiet_argument
from tod_ros.cli.progress import watcher
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import open_project

SUMMARY = "Draw pictures of cubes with their annotations, to try every step without a robot."
EXAMPLE = "tod synth faces -n 100"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project_argument(parser)
    parser.add_argument(
        "-n", "--number", type=int, required=True, metavar="N", help="how many pictures"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the scenes (default %(default)s)"
    )
    parser.add_argument(
        "--difficulty",
        choices=("plain", "full"),
        default="plain",
        help="plain: white cubes on a desk; full: with clutter, bad light, blur and other marks"
        " (default %(default)s)",
    )
    parser.add_argument(
        "--masks",
        action="store_true",
        help="write down which pixels are each face's, in a file beside each XML",
    )
    add_json_argument(parser, "the files")
    add_quiet_argument(parser)


def run(args: argparse.Namespace) -> int:
    from tod_ros.dataset.synthesis import synthesise  # draws with OpenCV, whose import is slow

    project = open_project(args.project)
    label_map = read_label_map(project.label_map_path)
    drawn = synthesise(
        project,
        label_map,
        args.number,
        seed=args.seed,
        difficulty=args.difficulty,
        masks=args.masks,
        watch=watcher("drawing", quiet=args.quiet),
    )
    if args.json:
        print(json.dumps({"pictures": [str(picture) for picture in drawn]}, indent=2))
    else:
        print(f"drew {len(drawn)} pictures into {project.images_root}")
        print(f"next: tod split {project.root}")
    return 0
