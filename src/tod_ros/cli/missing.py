"""A Python package that this machine lacks, named as its user would look for it."""

from __future__ import annotations

import sys
from typing import Optional

from tod_ros.shipped import how_to_add

# module -> the package's name where that is another one
PACKAGES = {
    "PIL": "pillow",
    "ai_edge_litert": "ai-edge-litert",
    "cv2": "OpenCV (python3-opencv)",
    "google_crc32c": "google-crc32c",
    "object_detection": "the Object Detection API",
    "yaml": "PyYAML",
}
OF_TRAINING = ("tensorflow", "object_detection", "official", "tf_slim", "google", "pycocotools")
OF_ROS = ("rospy", "rosgraph", "roslib", "rospkg", "genpy", "cv_bridge", "std_srvs")
OF_SYSTEM = {"cv2": "python3-opencv", "numpy": "python3-numpy"}
SOURCE = "source the set-up file of the catkin workspace (.ws/devel/setup.bash after `make setup`)"


def missing_package(error: ModuleNotFoundError) -> Optional[str]:
    """One line on what is missing and how to add it; None where a module of our own is: a bug."""
    module = error.name or ""
    top = module.split(".")[0]
    if not top or (top == "tod_ros" and module.split(".")[1:2] not in (["srv"], ["msg"])):
        return None
    name = module if top == "tod_ros" else PACKAGES.get(top, top)
    return f"needs {name}, which {sys.executable} does not find; {_mend(top)}"


def _mend(top: str) -> str:
    if top == "tod_ros" or top in OF_ROS or top.endswith("_msgs"):
        return SOURCE
    if top in OF_SYSTEM:
        return f"`apt-get install {OF_SYSTEM[top]}` adds it"
    return how_to_add(needs_training=top in OF_TRAINING)
