"""What was seen in a frame, as messages: tod_ros/Detections, and vision_msgs where it is there."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import rospy
from std_msgs.msg import Header

from tod_ros.detection import Detection
from tod_ros.frame import Frame
from tod_ros.msg import Detection as DetectionMessage
from tod_ros.msg import Detections
from tod_ros.nodes.poses import pose_of


def header_of(frame: Frame) -> Header:
    stamp = rospy.Time(*divmod(frame.stamp_ns, 1_000_000_000))
    return Header(stamp=stamp, frame_id=frame.frame_id)


def detections_message(detections: Sequence[Detection], frame: Frame) -> Detections:
    height, width = frame.bgr.shape[:2]
    message = Detections(header=header_of(frame), image_height=height, image_width=width)
    message.detections = [_detection_message(detection) for detection in detections]
    return message


def _detection_message(detection: Detection) -> DetectionMessage:
    d = detection
    box = dict(zip(("xmin", "ymin", "xmax", "ymax"), d.xyxy))
    message = DetectionMessage(label=d.label, name=d.name, score=d.score, **box)
    message.unsure, message.rival = d.unsure, d.rival
    if d.place:
        message.has_place, message.pose = True, pose_of(d.place)
    return message


def find_vision_messages() -> Optional[Any]:
    """The messages of vision_msgs; None where the package is not installed (Debian has none)."""
    try:
        import vision_msgs.msg
    except ImportError:
        return None
    return vision_msgs.msg


def detections_2d_message(vision: Any, detections: Sequence[Detection], frame: Frame) -> Any:
    """A vision_msgs/Detection2DArray as of ROS Noetic: one hypothesis for each box."""
    header = header_of(frame)
    array = vision.Detection2DArray(header=header)
    for d in detections:
        xmin, ymin, xmax, ymax = d.xyxy
        one = vision.Detection2D(header=header)
        one.bbox.center.x, one.bbox.center.y = (xmin + xmax) / 2, (ymin + ymax) / 2
        one.bbox.size_x, one.bbox.size_y = xmax - xmin, ymax - ymin
        hypothesis = vision.ObjectHypothesisWithPose()
        hypothesis.id, hypothesis.score = d.label, d.score
        one.results = [hypothesis]
        array.detections.append(one)
    return array
