"""Boxes on a picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tod_ros.detection import Detection
from tod_ros.images.drawing import draw_detections


def at(xmin, ymin, xmax, ymax, label=1, name="one"):
    return Detection(label, name, 0.9, xmin, ymin, xmax, ymax)


def test_a_new_picture_is_drawn_and_the_old_one_is_left_alone():
    bgr = np.full((120, 400, 3), 90, np.uint8)
    drawn = draw_detections(bgr, [at(200, 40, 260, 100), at(40, 30, 90, 90, 2, "two")])
    assert np.all(bgr == 90)
    assert drawn.shape == bgr.shape
    changed = np.any(drawn != bgr, axis=2)
    assert changed[:, 195:270].any() and changed[:, 35:95].any()
    assert not changed[:, 320:].any()


@pytest.mark.parametrize("box", [(50, 50, 150, 110), (-20, 90, 60, 140), (390, 10, 420, 30)])
def test_an_unsure_box_is_dashed(box):
    bgr = np.zeros((120, 400, 3), np.uint8)
    unsure = dataclasses.replace(at(*box), unsure=True, rival="two")
    whole, dashed = (np.count_nonzero(draw_detections(bgr, [d])[-30:]) for d in (at(*box), unsure))
    assert np.any(draw_detections(bgr, [unsure])) and dashed <= whole


def test_an_unsure_box_has_gaps():
    bgr = np.zeros((120, 400, 3), np.uint8)
    unsure = dataclasses.replace(at(50, 50, 150, 110), unsure=True)
    bottom = draw_detections(bgr, [unsure])[110, 52:149].any(axis=1)
    assert 0.3 < bottom.mean() < 0.9


def test_classes_have_different_colours():
    bgr = np.zeros((120, 400, 3), np.uint8)
    colours = [draw_detections(bgr, [at(50, 50, 150, 110, n)])[110, 100].tolist() for n in (1, 2)]
    assert colours[0] != colours[1]


@pytest.mark.parametrize(
    "box", [(0, 0, 400, 120), (-5, -5, 3, 3), (395, 115, 400, 120), (10.4, 10.6, 10.5, 10.7)]
)
def test_boxes_at_the_borders_are_drawn_without_a_fault(box):
    bgr = np.zeros((120, 400, 3), np.uint8)
    assert draw_detections(bgr, [at(*box, name="a long name ä" * 9)]).shape == bgr.shape


def test_no_detections_leave_the_picture_as_it_is():
    bgr = np.random.default_rng(1).integers(0, 255, (20, 60, 3), np.uint8)
    assert np.array_equal(draw_detections(bgr, []), bgr)
