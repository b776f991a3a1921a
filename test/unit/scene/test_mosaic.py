"""Mosaics: many whole faces in one picture, none of them by halves."""

import numpy as np
import pytest

from tod_ros.annotation import Box
from tod_ros.scene.mosaic import SMALLEST_PX, _moved, _share, draw_mosaic

SEEDS = range(4)


@pytest.fixture(scope="module")
def mosaics():
    return [draw_mosaic(seed, ("one", "two")) for seed in SEEDS]


def test_the_same_seed_gives_the_same_bytes(mosaics):
    again = draw_mosaic(SEEDS[-1], ("one", "two"))
    assert np.array_equal(again.image, mosaics[-1].image)
    assert again.boxes == mosaics[-1].boxes


def test_a_mosaic_holds_many_faces_of_every_class(mosaics):
    assert all(mosaic.boxes for mosaic in mosaics)
    assert sum(len(mosaic.boxes) for mosaic in mosaics) >= 6 * len(mosaics)
    assert {box.name for mosaic in mosaics for box in mosaic.boxes} == {"one", "two"}


def test_a_dense_mosaic_shows_more_faces():
    counts = {
        dense: sum(len(draw_mosaic(seed, dense=dense).boxes) for seed in SEEDS)
        for dense in (False, True)
    }
    assert counts[True] > counts[False]


def test_every_face_lies_in_the_picture_and_shows_something(mosaics):
    for mosaic in mosaics:
        height, width = mosaic.image.shape[:2]
        for box in mosaic.boxes:
            assert 0 <= box.xmin < box.xmax <= width and 0 <= box.ymin < box.ymax <= height
            assert max(box.xmax - box.xmin, box.ymax - box.ymin) >= 0.5 * SMALLEST_PX
            assert mosaic.image[box.ymin : box.ymax, box.xmin : box.xmax].std() > 1


def test_boxes_run_from_left_to_right(mosaics):
    for mosaic in mosaics:
        centres = [box.xmin + box.xmax for box in mosaic.boxes]
        assert centres == sorted(centres)


@pytest.mark.parametrize(
    "window, share",
    [
        ((0, 0, 100, 100), 1.0),
        ((0, 0, 15, 100), 0.5),
        ((50, 50, 90, 90), 0.0),
        ((15, 15, 99, 99), 0.25),
    ],
)
def test_the_share_of_a_face_in_a_window(window, share):
    assert _share(Box("one", 10, 10, 20, 20), window) == share


def test_a_box_moves_with_its_window():
    moved = _moved(Box("two", 20, 30, 40, 60), (10, 10, 60, 60), (100, 100, 200, 150))
    assert moved == Box("two", 120, 120, 160, 150)
