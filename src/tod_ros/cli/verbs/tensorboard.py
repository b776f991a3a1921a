"""tod tensorboard: the curves of the project's trainings in a browser on this machine."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from typing import List

from tod_ros.cli.arguments import add_project_argument
from tod_ros.dataset.project import Project, open_project
from tod_ros.errors import RuntimeMissingError, SettingError, TrainingError
from tod_ros.shipped import how_to_add

SUMMARY = "Open TensorBoard on the project's trainings, for browsers of this machine only."
EXAMPLE = "tod tensorboard cubes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project_argument(parser)
    parser.add_argument(
        "--port", type=int, default=6006, metavar="N", help="port on localhost (default 6006)"
    )


def run(args: argparse.Namespace) -> int:
    if not 0 < args.port < 65536:
        raise SettingError(f"--port is {args.port}, must be from 1 to 65535")
    command = command_for(open_project(args.project), args.port)
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:  # Ctrl-C is how one leaves it
        return 0


def command_for(project: Project, port: int) -> List[str]:
    """TensorBoard on every run of the project; TrainingError where nothing was trained yet."""
    events = sorted(project.training_dir.glob("*/*/train/events.out.tfevents.*"))
    if not events:
        raise TrainingError(
            f"{project.training_dir}: nothing was trained yet; `tod train {project.root}` first"
        )
    if importlib.util.find_spec("tensorboard") is None:
        raise RuntimeMissingError(
            f"tensorboard is not installed; {how_to_add(needs_training=True)}"
        )
    return [
        *(sys.executable, "-m", "tensorboard.main"),
        *("--logdir", str(project.training_dir), "--host", "localhost", "--port", str(port)),
    ]
