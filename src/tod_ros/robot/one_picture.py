"""One picture of a robot's camera and its camera_info, for programs that are no ROS nodes."""

from __future__ import annotations

import os
import posixpath
from typing import Any, Optional

import rospy
from sensor_msgs.msg import CameraInfo

from tod_ros.errors import CameraError
from tod_ros.robot.camera_search import IMAGE_TYPES
from tod_ros.robot.image_client import ImageClient
from tod_ros.robot.image_topic import ImageTopic
from tod_ros.robot.master import MASTER_FAULTS, connect_master


def take_one(name: str, timeout_s: float) -> Any:
    """A message of the service or topic of that name with a picture; CameraError where none comes.

    It makes this process an anonymous node: call it once at most.
    """
    types = _topic_types(timeout_s)
    rospy.init_node("tod_place", anonymous=True, disable_signals=True, disable_rosout=True)
    if types.get(rospy.resolve_name(name)) in IMAGE_TYPES:
        return ImageTopic(name, timeout_s)()
    return ImageClient(name, timeout_s)()


def camera_info_beside(name: str, timeout_s: float) -> Optional[Any]:
    """The CameraInfo that is published in the namespace of this camera; None where none is."""
    topic = posixpath.join(posixpath.dirname(rospy.resolve_name(name)), "camera_info")
    if _topic_types(timeout_s).get(topic) != CameraInfo._type:
        return None
    try:
        return rospy.wait_for_message(topic, CameraInfo, timeout_s)
    except rospy.ROSException:
        return None


def _topic_types(timeout_s: float) -> Any:
    uri = os.environ.get("ROS_MASTER_URI", "http://localhost:11311")
    try:
        return dict(connect_master(timeout_s).getPublishedTopics("/tod_place", "")[2])
    except (*MASTER_FAULTS, ValueError):
        raise CameraError(
            f"no ROS master answers at {uri}; start the robot, or export ROS_MASTER_URI"
        ) from None
