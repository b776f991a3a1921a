"""What was seen, as messages: every field from where it belongs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("rospy")

from tod_ros.detection import Detection, Place
from tod_ros.frame import Frame
from tod_ros.nodes.messages import detections_2d_message, detections_message

FRAME = Frame(np.zeros((48, 64, 3), np.uint8), 7_000_000_005, "cam")
CUBE = Detection(2, "two", 0.75, 10.0, 20.0, 30.0, 60.0)


def test_detections_carry_the_header_the_size_and_each_box():
    message = detections_message([CUBE], FRAME)
    assert (message.header.stamp.secs, message.header.stamp.nsecs) == (7, 5)
    assert message.header.frame_id == "cam"
    assert (message.image_width, message.image_height) == (64, 48)
    (told,) = message.detections
    assert (told.label, told.name, told.score) == (2, "two", 0.75)
    assert (told.xmin, told.ymin, told.xmax, told.ymax) == (10.0, 20.0, 30.0, 60.0)
    assert not told.has_place


def test_a_place_goes_along():
    import dataclasses

    placed = dataclasses.replace(CUBE, place=Place(0.1, 0.2, 90.0))
    (told,) = detections_message([placed], FRAME).detections
    assert told.has_place
    assert (told.pose.position.x, told.pose.position.y) == (0.1, 0.2)


def test_vision_messages_have_the_middle_and_the_size_of_each_box():
    """Stand-ins with the fields of Noetic's vision_msgs, which Debian does not have."""

    def make(**fields):
        return lambda header=None: SimpleNamespace(
            header=header, **{name: value() for name, value in fields.items()}
        )

    def box():
        return SimpleNamespace(center=SimpleNamespace(x=0, y=0, theta=0), size_x=0, size_y=0)

    vision = SimpleNamespace(
        Detection2DArray=make(detections=list),
        Detection2D=make(bbox=box, results=list),
        ObjectHypothesisWithPose=make(id=int, score=float),
    )
    array = detections_2d_message(vision, [CUBE], FRAME)
    (one,) = array.detections
    assert (one.bbox.center.x, one.bbox.center.y) == (20.0, 40.0)
    assert (one.bbox.size_x, one.bbox.size_y) == (20.0, 40.0)
    assert [(h.id, h.score) for h in one.results] == [(2, 0.75)]
    assert array.header.frame_id == one.header.frame_id == "cam"
