"""The files that come with the package: config/, models/, requirements/."""

from __future__ import annotations

import sys
from pathlib import Path

from tod_ros.errors import RuntimeMissingError


def shipped(*parts: str) -> Path:
    """The path of a file of the package: in its source folder, else where catkin installed it."""
    beside_source = Path(__file__).resolve().parents[2]
    if (beside_source / "package.xml").is_file():
        return beside_source.joinpath(*parts)
    import rospkg  # of ROS; not needed beside the sources

    try:
        return Path(rospkg.RosPack().get_path("tod_ros")).joinpath(*parts)
    except rospkg.ResourceNotFound:
        raise RuntimeMissingError(
            "package tod_ros is not found: source .ws/devel/setup.bash first"
        ) from None


def how_to_add(needs_training: bool = False) -> str:
    """The command that adds what is missing, in versions that were tested together.

    `pip install NAME` alone would bring numpy 2, which breaks TensorFlow and ROS's cv_bridge.
    """
    is_noetic = sys.version_info < (3, 9)
    if needs_training:
        name = "noetic-py38.txt" if is_noetic else "debian12-py311.txt"
        return f"`make setup` adds it (about 2.4 GB), or {_pip(name, '--no-deps ')}"
    name = "robot-noetic.txt" if is_noetic else "robot-debian12.txt"
    return f"`make setup-demo` adds it, or {_pip(name)}"


def _pip(name: str, options: str = "") -> str:
    try:
        path = str(shipped("requirements", name))
    except (ImportError, RuntimeMissingError):
        path = f"requirements/{name}"
    return f"`pip install {options}-r {path}` in a virtual environment"
