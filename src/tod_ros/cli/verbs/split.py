"""Pictures to train/ and test/."""

from __future__ import annotations

import argparse
import json

from tod_ros.cli.arguments import add_json_argument, add_project_argument
from tod_ros.dataset.project import SPLITS, open_project
from tod_ros.dataset.splitting import split

SUMMARY = "Move new pictures, each with its XML, to train/ or test/ at random."
EXAMPLE = "tod split faces --test 0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project_argument(parser)
    parser.add_argument(
        "--test",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="share of the pictures that becomes the test set (default %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the random choice (default %(default)s)"
    )
    add_json_argument(parser, "the numbers")


def run(args: argparse.Namespace) -> int:
    done = split(open_project(args.project), test_share=args.test, seed=args.seed)
    if args.json:
        print(json.dumps({"moved": done.moved, "total": done.total}, indent=2))
        return 0
    for name in SPLITS:
        print(f"{name}: {done.total[name]} pictures, {done.moved[name]} of them new")
    return 0
