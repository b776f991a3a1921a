from dataclasses import replace

import numpy as np
import pytest

from tod_ros.detection import Detection
from tod_ros.evaluation.comparing import Difference, compare
from tod_ros.mask import from_pixels


def cube(label, x, score=0.9, y=100.0, side=50.0):
    return Detection(label, str(label), score, x, y, x + side, y + side)


def test_the_largest_difference_of_all_boxes_counts():
    ours = [[cube(2, 300), cube(1, 80)], [cube(1, 10, 0.8)]]
    theirs = [[cube(1, 80.5), cube(2, 300, 0.85)], [cube(1, 10, 0.79, y=102)]]
    difference = compare(ours, theirs)
    assert difference.pixels == 2.0
    assert difference.score == pytest.approx(0.05)
    assert (difference.boxes, difference.other) == (3, 0)


@pytest.mark.parametrize(
    "ours, theirs, other",
    [
        ([cube(2, 300), cube(1, 80)], [cube(2, 300)], 1),
        ([], [cube(2, 300)], 1),
        ([cube(2, 300)], [cube(1, 300)], 2),
        ([cube(2, 300)], [cube(2, 400)], 2),
        ([cube(2, 300, 0.1)], [], 0),
        ([], [cube(2, 300, 0.1)], 0),
    ],
)
def test_a_box_that_only_one_has_counts_if_it_was_sure_of_it(ours, theirs, other):
    assert compare([ours], [theirs]).other == other


def test_masks_are_compared_where_both_have_them():
    pixels = np.zeros((240, 320))
    pixels[100:150, 80:130] = 1
    whole = replace(cube(1, 80), mask=from_pixels(pixels))
    pixels[125:] = 0
    half = replace(cube(1, 80), mask=from_pixels(pixels))
    assert compare([[whole], [whole]], [[whole], [half]]).masks == 0.5
    assert "masks overlap by 0.500 at least" in str(compare([[whole]], [[half]]))
    assert compare([[whole]], [[cube(1, 80)]]).masks is None


def test_a_twin_is_taken_once():
    assert compare([[cube(1, 80), cube(1, 84)]], [[cube(1, 82)]]).other == 1


def test_the_text_says_what_a_user_wants_to_know():
    assert (
        str(Difference(0.067, 0.0015, 29, 0)) == "29 boxes, at most 0.067 pixels and 0.0015 apart"
    )
    assert str(Difference(0, 0, 1, 2)).endswith("and 2 that only one of them has")
