"""Detections get their places; a moved camera and another picture size are said once."""

import logging

import numpy as np
import pytest
from desk import SIZE_WH, camera

from tod_ros.detection import Detection, Place
from tod_ros.place.calibration import Calibration
from tod_ros.place.cube_pose import box_of
from tod_ros.place.locator import FEWEST, Locator

POSES = [Place(0.05 + 0.03 * n, 0.04 + 0.02 * n, 6.0 * n - 18) for n in range(7)]
CORNERS = ((0.0, 0.0),) * 4


def locator(seen_by=None):
    return Locator(Calibration(seen_by or camera(), (0.297, 0.21), CORNERS, 0.3))


def detections(seen_by=None):
    boxes = [box_of(seen_by or camera(), pose, 0.04) for pose in POSES]
    return [Detection(1, "one", 0.9, *map(float, box)) for box in boxes]


def grey(size_wh=SIZE_WH):
    return np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)


def test_each_detection_gets_its_place():
    for found, pose in zip(locator().placed(grey(), detections()), POSES):
        assert (found.place.x_m, found.place.y_m) == pytest.approx((pose.x_m, pose.y_m), abs=0.012)


def test_half_the_picture_size_is_the_same_camera():
    small = [
        Detection(1, "one", 0.9, *(corner / 2 for corner in found.xyxy)) for found in detections()
    ]
    for found, pose in zip(locator().placed(grey((320, 240)), small), POSES):
        assert (found.place.x_m, found.place.y_m) == pytest.approx((pose.x_m, pose.y_m), abs=0.012)


def test_another_shape_of_picture_is_said_once_and_gives_no_places(caplog):
    caplog.set_level(logging.WARNING)
    wide = locator()
    for _ in range(2):
        assert all(found.place is None for found in wide.placed(grey((640, 360)), detections()))
    assert [r.getMessage() for r in caplog.records] == [
        "the camera was calibrated with 640x480, a picture is 640x360:"
        " calibrate again with `tod place`"
    ]


def test_a_moved_camera_is_said_once_it_is_sure(caplog):
    caplog.set_level(logging.WARNING)
    moved = locator(camera(down_deg=46.0))
    first = detections()[: FEWEST - 1]
    moved.placed(grey(), first)
    assert not moved.seems_moved and not caplog.records
    for _ in range(2):
        moved.placed(grey(), detections())
    assert moved.seems_moved
    assert [r.getMessage() for r in caplog.records] == [
        "the camera seems to have been moved: calibrate again with `tod place`"
    ]


def test_a_camera_in_its_place_does_not_seem_moved():
    still = locator()
    still.placed(grey(), detections())
    assert not still.seems_moved
