"""This machine: ROS, Python, the pinned packages, OpenCV, disk, memory, its own name."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import shutil
import socket
import sys
from importlib import metadata
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from tod_ros.doctor.environment import check_environment
from tod_ros.doctor.finding import Finding, off, ok, wrong
from tod_ros.doctor.kinds import TRAINING, check_kinds, is_meant
from tod_ros.files import PathLike
from tod_ros.pipeline.api_source import find_shadows
from tod_ros.shipped import shipped
from tod_ros.training.memory import free_memory

OLDEST_PYTHON, NEWEST_PYTHON = (3, 8), (3, 11)
MIN_DISK_GB = 3.0  # a run of Faster R-CNN keeps five checkpoints of 0.4 GB
MIN_MEMORY_GB = 2.0
PIN = re.compile(
    r"""([\w.-]+)==([\w.]+)\s*(?:;\s*python_version\s*(>=|<)\s*["'](\d+(?:\.\d+)?)["'])?"""
)
SETUP = "set the package up again with `make setup`"
SOURCE = "source .ws/devel/setup.bash"
_KINDS = ("python", "python-headless", "contrib-python", "contrib-python-headless")
PIP_OPENCV = tuple(f"opencv-{kind}" for kind in _KINDS)


def check_machine(folder: PathLike = ".") -> List[Finding]:
    """Everything about this machine; `folder` is where disk space is needed."""
    trains = is_meant(TRAINING, is_importable)
    pins = read_pins(shipped("requirements"), "*.in" if trains else "robot.in")
    findings = [
        check_python(sys.version_info[:2]),
        check_ros(is_importable, os.environ),
        *check_kinds(is_importable),
        *check_versions(pins, installed_version),
        check_opencv(installed_version),
        *check_environment(os.environ, find_shadows(), sys.prefix),
        check_host_name(own_name(os.environ), resolves),
    ]
    if trains:
        findings.append(check_disk(folder, shutil.disk_usage(_existing(folder)).free))
        findings.append(check_memory(free_memory()))
    return findings


def check_python(version: Tuple[int, ...]) -> Finding:
    text = ".".join(map(str, version))
    if OLDEST_PYTHON <= tuple(version) <= NEWEST_PYTHON:
        return ok("Python", text)
    return wrong(
        "Python",
        f"{text}, TensorFlow and ROS 1 need 3.8 to 3.11",
        "use the Python of `make setup`, .venv/bin/python",
    )


def check_ros(can_import: Callable[[str], bool], environment: Mapping[str, str]) -> Finding:
    if not can_import("rospy"):
        return off(
            "ROS",
            "not here, rospy cannot be imported; annotating and training do not need it",
            f"{SETUP}, or source /opt/ros/noetic/setup.bash where ROS is there",
        )
    if not can_import("tod_ros.srv"):
        return wrong("ROS", "tod_ros.srv cannot be imported", SOURCE)
    return ok("ROS", f"{environment.get('ROS_DISTRO') or 'of the system'}, workspace sourced")


def check_versions(
    pins: Mapping[str, str], installed: Callable[[str], Optional[str]]
) -> List[Finding]:
    """What is installed against the versions that were tested together; kinds.py tells the rest."""
    if not pins:
        return [off("packages", "the list of tested versions is not beside this package")]
    findings, fitting = [], []
    for name, version in sorted(pins.items()):
        found = installed(name)
        if found is not None and found != version:
            findings.append(wrong(name, f"{found}, tested with {version}", SETUP))
        elif found is not None:
            fitting.append(f"{name} {version}")
    if fitting:
        findings.insert(0, ok("packages", ", ".join(fitting)))
    return findings


def read_pins(folder: Path, names: str = "*.in") -> Dict[str, str]:
    """What these files pin with == for this Python; other lines leave the choice open."""
    pins: Dict[str, str] = {}
    for path in sorted(folder.glob(names)):
        for line in path.read_text(encoding="utf-8").splitlines():
            pins.update(_pin(line.split("#")[0].strip()))
    return pins


def _pin(line: str) -> Iterable[Tuple[str, str]]:
    match = PIN.fullmatch(line)
    if match is None:
        return ()
    name, version, comparison, python = match.groups()
    if comparison:
        is_newer = sys.version_info[:2] >= tuple(map(int, python.split(".")))
        if is_newer != (comparison == ">="):
            return ()
    return [(name, version)]


def check_opencv(installed: Callable[[str], Optional[str]]) -> Finding:
    shadowing = [name for name in PIP_OPENCV if installed(name) is not None]
    if not shadowing:
        return ok("OpenCV", "the system's, which cv_bridge is built with")
    return wrong(
        "OpenCV",
        f"{', '.join(shadowing)} hides the system's OpenCV, which cv_bridge is built with",
        f"python -m pip uninstall {' '.join(shadowing)}",
    )


def check_disk(folder: PathLike, free_bytes: int) -> Finding:
    free = free_bytes / 1e9
    if free >= MIN_DISK_GB:
        return ok("disk", f"{free:.0f} GB free in {folder}")
    return wrong(
        "disk",
        f"{free:.1f} GB free in {folder}, a training needs about {MIN_DISK_GB:g}",
        "remove old checkpoints and exports, or work on another disk",
    )


def check_memory(free_bytes: float) -> Finding:
    """`free_bytes` is infinite where the system does not tell."""
    if math.isinf(free_bytes):
        return off("memory", "this system does not tell how much is free")
    free = free_bytes / 1e9
    if free >= MIN_MEMORY_GB:
        return ok("memory", f"{free:.1f} GB available")
    return wrong(
        "memory",
        f"{free:.1f} GB available, a training needs {MIN_MEMORY_GB:g} and more",
        "close other programs, or train on another machine",
    )


def check_host_name(name: str, can_resolve: Callable[[str], bool]) -> Finding:
    if not can_resolve("localhost"):
        return wrong(
            "host name", "localhost does not resolve", "add `127.0.0.1 localhost` to /etc/hosts"
        )
    if can_resolve(name):
        return ok("host name", f"{name} resolves")
    return wrong(
        "host name",
        f"{name} does not resolve: roslaunch and other machines cannot reach nodes here",
        "export ROS_HOSTNAME=localhost, or ROS_IP with this machine's address",
    )


def own_name(environment: Mapping[str, str]) -> str:
    """What ROS nodes here tell the others to call them by."""
    return environment.get("ROS_HOSTNAME") or environment.get("ROS_IP") or socket.gethostname()


def resolves(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None)
    except (OSError, UnicodeError):
        return False
    return True


def installed_version(name: str) -> Optional[str]:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def is_importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _existing(folder: PathLike) -> Path:
    place = Path(folder).absolute()
    while not place.exists():
        place = place.parent
    return place
