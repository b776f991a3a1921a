"""The arguments that several verbs take, each defined once."""

from __future__ import annotations

import argparse

from tod_ros.errors import SettingError

DEFAULT_SCORE = 0.5


def add_project_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="folder of the project")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, and which of its networks and runs."""
    add_project_argument(parser)
    parser.add_argument(
        "--network", metavar="NAME", help="which network (default: the one that is configured)"
    )
    parser.add_argument(
        "--run",
        dest="run_name",  # `run` is the verb's function
        default="checkpoint1",
        metavar="NAME",
        help="the run's folder beside pipeline.config (default checkpoint1)",
    )


def add_json_argument(parser: argparse.ArgumentParser, what: str) -> None:
    """`what` is printed as JSON for programs, instead of the text for people."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON")


def add_quiet_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", "-q", action="store_true", help="no progress bar")


def add_score_argument(parser: argparse.ArgumentParser, meaning: str) -> None:
    parser.add_argument(
        "-t",
        "--min-score",
        type=float,
        default=DEFAULT_SCORE,
        metavar="SCORE",
        help=f"{meaning} (0 to 1, default {DEFAULT_SCORE:g})",
    )


def add_trust_argument(parser: argparse.ArgumentParser, what: str = "the model") -> None:
    parser.add_argument(
        "--trust",
        action="store_true",
        help=f"run {what} even if no sha256 sum vouches for it, or it reaches files: only if you"
        " know who made it",
    )


def check_score(min_score: float) -> None:
    if not 0 <= min_score <= 1:  # nan is refused too
        raise SettingError(f"-t is {min_score:g}, must be from 0 to 1")


def add_most_objects_argument(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument(
        "-n",
        "--max-objects",
        type=int,
        default=default,
        metavar="N",
        help=f"at most N objects a picture, those with the best scores (default {default};"
        " 0 means all)",
    )


def check_most_objects(most_objects: int) -> None:
    if most_objects < 0:
        raise SettingError(f"-n is {most_objects}, must be 0 (all) or more")
