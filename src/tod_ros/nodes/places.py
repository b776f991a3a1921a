"""Where the cubes stand, as tf frames and as markers for RViz."""

from __future__ import annotations

import math
from typing import Any, List, Sequence

import rospy
from geometry_msgs.msg import Point, Pose, Quaternion, Transform, TransformStamped, Vector3

from tod_ros.detection import Detection, Place
from tod_ros.errors import RuntimeMissingError

CUBE_RGBA = (0.9, 0.7, 0.2, 0.9)
TEXT_RGBA = (1.0, 1.0, 1.0, 1.0)


def pose_of(place: Place, height_m: float = 0.0) -> Pose:
    """The middle of the cube's base; x of its frame to its right, y into it, z up."""
    half = math.radians(place.turn_deg) / 2
    turn = Quaternion(0.0, 0.0, math.sin(half), math.cos(half))
    return Pose(Point(place.x_m, place.y_m, height_m), turn)


class Places:
    """Publishes the frames cube_1.. from left to right on /tf, and ~markers (latched)."""

    def __init__(self, frame_id: str, cube_edge_m: float):
        try:
            from tf2_msgs.msg import TFMessage
            from visualization_msgs.msg import Marker, MarkerArray
        except ImportError as error:
            raise RuntimeMissingError(
                f"parameter 'place' needs {error.name}; install python3-tf2-msgs and"
                " python3-visualization-msgs (Noetic: ros-noetic-tf2-msgs,"
                " ros-noetic-visualization-msgs)"
            ) from None
        self._kinds: Any = (TFMessage, Marker, MarkerArray)
        self._frame_id, self._edge_m = frame_id, cube_edge_m
        self._tf = rospy.Publisher("/tf", TFMessage, queue_size=10)
        self._markers = rospy.Publisher("~markers", MarkerArray, queue_size=1, latch=True)
        self._placed: List[Detection] = []

    def show(self, detections: Sequence[Detection], stamp: rospy.Time) -> None:
        """The places of one request; those of the request before are gone."""
        self._placed = [detection for detection in detections if detection.place]
        self._send_frames(stamp)
        self._send_markers(stamp)

    def repeat(self) -> None:
        """Frames grow old in a tf buffer, so they are sent again while they hold."""
        self._send_frames(rospy.Time.now())

    def _send_frames(self, stamp: rospy.Time) -> None:
        message, _, _ = self._kinds
        frames = []
        for number, detection in enumerate(self._placed, start=1):
            pose = pose_of(detection.place)  # type: ignore[arg-type]
            frame = TransformStamped(child_frame_id=f"cube_{number}")
            frame.header.stamp, frame.header.frame_id = stamp, self._frame_id
            at = pose.position
            frame.transform = Transform(Vector3(at.x, at.y, at.z), pose.orientation)
            frames.append(frame)
        if frames:
            self._tf.publish(message(frames))

    def _send_markers(self, stamp: rospy.Time) -> None:
        _, marker, array = self._kinds
        markers = [marker(action=marker.DELETEALL)]
        for number, detection in enumerate(self._placed, start=1):
            cube = marker(ns="cubes", id=number, type=marker.CUBE, action=marker.ADD)
            cube.pose = pose_of(detection.place, self._edge_m / 2)  # type: ignore[arg-type]
            cube.scale = Vector3(self._edge_m, self._edge_m, self._edge_m)
            name = marker(ns="names", id=number, type=marker.TEXT_VIEW_FACING, action=marker.ADD)
            name.pose = pose_of(detection.place, 1.6 * self._edge_m)  # type: ignore[arg-type]
            name.scale.z, name.text = self._edge_m / 2, detection.name
            for each, rgba in ((cube, CUBE_RGBA), (name, TEXT_RGBA)):
                each.header.stamp, each.header.frame_id = stamp, self._frame_id
                each.color.r, each.color.g, each.color.b, each.color.a = rgba
                markers.append(each)
        self._markers.publish(array(markers))
