"""Other cameras that are there, for whoever waits for one that is not."""

from __future__ import annotations

from typing import Any, Dict, List

import rospy

from tod_ros.robot.master import MASTER_FAULTS, connect_master

IMAGE_TYPES = ("sensor_msgs/Image", "sensor_msgs/CompressedImage")
OWN_TOPICS = ("image_annotated", "image")  # what this package's nodes publish, in their own names
MOST = 4


def others_in_words(wanted: str, timeout_s: float = 1.0) -> str:
    """The camera services and image topics that are there, and the arguments that take them."""
    try:
        master = connect_master(timeout_s)
        caller = rospy.get_name()
        publishers, _, services = master.getSystemState(caller)[2]
        types = dict(master.getTopicTypes(caller)[2])
    except MASTER_FAULTS:
        return ""
    found = [f"image_service:={name}" for name, _ in sorted(services) if _is_camera(name, wanted)]
    found += [f"image_topic:={name}" for name in _image_topics(publishers, types, wanted)]
    return f"; there is: {', '.join(found[:MOST])}" if found else ""


def _is_camera(name: str, wanted: str) -> bool:
    return name != wanted and name.endswith("/get_image")


def _image_topics(publishers: Any, types: Dict[str, str], wanted: str) -> List[str]:
    return [
        name
        for name, nodes in sorted(publishers)
        if types.get(name) in IMAGE_TYPES
        and name != wanted
        and not any(name == f"{node}/{own}" for node in nodes for own in OWN_TOPICS)
    ]
