"""A cube stands where its box and its edges say."""

import cv2
import numpy as np
import pytest
from desk import camera

from tod_ros.detection import Place
from tod_ros.place.cube_pose import box_of, corners_of, locate

EDGE_M = 0.04
POSES = [
    Place(0.12, 0.08, 0.0),
    Place(0.05, 0.15, 20.0),
    Place(0.22, 0.05, -25.0),
    Place(0.16, 0.18, 38.0),
]


def picture_of(pose):
    """Each face of the cube in its own grey on a darker desk."""
    image = np.full((480, 640, 3), 90, np.uint8)
    pixels = camera().project(corners_of(pose, EDGE_M))
    top, front = [4, 5, 6, 7], [0, 1, 5, 4]
    right, left = [1, 2, 6, 5], [3, 0, 4, 7]
    side = right if pose.turn_deg < 0 else left
    for face, grey in ((side, 140), (top, 245), (front, 200)):
        cv2.fillConvexPoly(image, np.round(pixels[face]).astype(np.int32), (grey,) * 3)
    return image


@pytest.mark.parametrize("pose", POSES, ids=str)
def test_box_and_edges_give_position_and_turn(pose):
    found = locate(camera(), box_of(camera(), pose, EDGE_M), EDGE_M, picture_of(pose)).place
    assert np.hypot(found.x_m - pose.x_m, found.y_m - pose.y_m) < 0.002
    assert abs(found.turn_deg - pose.turn_deg) < 3


@pytest.mark.parametrize("pose", POSES, ids=str)
def test_the_box_alone_gives_the_position(pose):
    found = locate(camera(), box_of(camera(), pose, EDGE_M), EDGE_M).place
    assert np.hypot(found.x_m - pose.x_m, found.y_m - pose.y_m) < 0.006


def test_a_box_that_no_cube_on_the_desk_can_have_has_no_place():
    assert locate(camera(down_deg=5.0), (300, 5, 340, 45), EDGE_M) is None


def test_a_cube_that_the_border_cuts_is_placed_by_the_sides_that_are_seen():
    pose = Place(-0.036, 0.08, 0.0)
    box = box_of(camera(), pose, EDGE_M)
    assert box[0] < 0
    cut = np.clip(box, 0, [640, 480, 640, 480])
    found = locate(camera(), cut, EDGE_M).place
    assert np.hypot(found.x_m - pose.x_m, found.y_m - pose.y_m) < 0.006


def test_a_camera_that_was_moved_fits_the_boxes_badly():
    fits, moved = [], []
    for pose in POSES:
        box = box_of(camera(), pose, EDGE_M)
        fits.append(locate(camera(), box, EDGE_M).misfit)
        moved.append(locate(camera(down_deg=46.0), box, EDGE_M).misfit)
    assert max(fits) < 0.035 and np.median(moved) > 0.05
