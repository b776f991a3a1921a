"""Large pictures made smaller, with their boxes."""

from __future__ import annotations

import argparse
import json

from tod_ros.cli.arguments import add_json_argument, add_project_argument, add_quiet_argument
from tod_ros.cli.progress import watcher
from tod_ros.dataset.project import open_project

SUMMARY = "Make large pictures smaller, their boxes with them; the originals are kept."
EXAMPLE = "tod resize cubes --to 640"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project_argument(parser)
    parser.add_argument(
        "--to",
        type=int,
        required=True,
        metavar="PIXELS",
        help="the longer side of a picture at most; smaller pictures stay as they are",
    )
    add_json_argument(parser, "the numbers")
    add_quiet_argument(parser)


def run(args: argparse.Namespace) -> int:
    from tod_ros.dataset.shrinking import shrink  # OpenCV, which `tod --help` can do without

    done = shrink(open_project(args.project), args.to, watcher("resize", quiet=args.quiet))
    if args.json:
        told = {"changed": done.changed, "total": done.total, "originals": str(done.originals)}
        print(json.dumps(told, indent=2))
        return 0
    print(f"made {done.changed} of {done.total} pictures smaller: {args.to} pixels at most")
    if done.changed:
        print(f"their originals are in {done.originals}")
        print(f"next: tod convert {args.project}")
    return 0
