"""The arguments by which verbs name a run."""

from __future__ import annotations

import argparse


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("project", metavar="PROJECT", help="folder of the project")
    add("--network", metavar="NAME", help="which network (default: the one that is configured)")
    add(
        "--run",
        dest="run_name",  # `run` is the verb's function
        default="checkpoint1",
        metavar="NAME",
        help="the run's folder beside pipeline.config (default checkpoint1)",
    )
