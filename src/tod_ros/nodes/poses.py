"""A place on the desk as a pose of ROS."""

from __future__ import annotations

import math

from geometry_msgs.msg import Point, Pose, Quaternion

from tod_ros.detection import Place


def pose_of(place: Place, height_m: float = 0.0) -> Pose:
    """The middle of the cube's base; x of its frame to its right, y into it, z up."""
    half = math.radians(place.turn_deg) / 2
    turn = Quaternion(0.0, 0.0, math.sin(half), math.cos(half))
    return Pose(Point(place.x_m, place.y_m, height_m), turn)
