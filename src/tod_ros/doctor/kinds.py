"""What this machine can be used for: to run the robot's nodes, to annotate, to train.

Nobody needs all three on one machine, so a kind that is not set up is told and is no fault. One of
which the main package is there and others are missing is half-made, and that is a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Tuple

from tod_ros.doctor.finding import Finding, off, ok, wrong
from tod_ros.shipped import how_to_add

CanImport = Callable[[str], bool]


@dataclass(frozen=True)
class Kind:
    """`main`: modules of which one tells that this kind is meant; `others`: what it also needs."""

    name: str
    main: Tuple[str, ...]
    others: Tuple[str, ...]
    needs_training: bool = False


ROBOT = Kind(
    "for the robot",
    ("ai_edge_litert", "tflite_runtime", "tensorflow"),
    ("rospy", "cv_bridge", "cv2", "numpy", "yaml"),
)
ANNOTATING = Kind(
    "for annotating",
    ("flask",),
    ("PIL", "cv2", "defusedxml", "google_crc32c", "jinja2", "numpy", "tqdm", "yaml"),
)
TRAINING = Kind(
    "for training",
    ("tensorflow",),
    ("object_detection", "official", "google.protobuf", "tf_slim", "scipy", "pycocotools", "cv2"),
    needs_training=True,
)
KINDS = (ROBOT, ANNOTATING, TRAINING)


def check_kinds(can_import: CanImport) -> List[Finding]:
    return [check_kind(kind, can_import) for kind in KINDS]


def check_kind(kind: Kind, can_import: CanImport) -> Finding:
    missing = [module for module in kind.others if not can_import(module)]
    mend = how_to_add(kind.needs_training)
    if not is_meant(kind, can_import):
        return off(kind.name, f"not set up, {kind.main[0]} is not installed", mend)
    if kind is ROBOT and "rospy" in missing:
        return off(kind.name, "not set up, ROS is not sourced or not installed")
    if missing:
        return wrong(kind.name, f"{', '.join(missing)} cannot be imported", mend)
    return ok(kind.name, "every package is there")


def is_meant(kind: Kind, can_import: CanImport) -> bool:
    return any(can_import(module) for module in kind.main)
