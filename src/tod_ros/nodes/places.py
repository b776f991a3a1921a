"""Where the cubes stand, as tf frames and as markers for RViz."""

from __future__ import annotations

from typing import Any, List, Sequence

import rospy
from geometry_msgs.msg import Transform, TransformStamped, Vector3

from tod_ros.detection import Detection
from tod_ros.errors import RuntimeMissingError
from tod_ros.nodes.poses import pose_of
from tod_ros.place.calibration import AGAIN
from tod_ros.place.locator import Locator

CUBE_RGBA = (0.9, 0.7, 0.2, 0.9)
TEXT_RGBA = (1.0, 1.0, 1.0, 1.0)


class Places:
    """Publishes the frames cube_1.. from left to right on /tf, and ~markers (latched)."""

    def __init__(self, frame_id: str, cube_edge_m: float, locator: Locator):
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
        self._frame_id, self._edge_m, self._locator = frame_id, cube_edge_m, locator
        self._tf = rospy.Publisher("/tf", TFMessage, queue_size=10)
        self._markers = rospy.Publisher("~markers", MarkerArray, queue_size=1, latch=True)
        self._placed: List[Detection] = []

    @property
    def fault(self) -> str:
        return f"the camera seems to have been moved: {AGAIN}" if self._locator.seems_moved else ""

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
