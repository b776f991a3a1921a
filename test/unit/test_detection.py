"""One order from left to right, whatever has a place in the picture."""

import random

import pytest

from tod_ros.annotation import Box
from tod_ros.detection import Detection, left_to_right, left_to_right_key

# name, xmin, ymin, xmax: wide, with two objects of one centre and two of one place
PLACES = [("b", 400, 90, 480), ("b", 10, 60, 90), ("a", 20, 20, 80), ("a", 400, 90, 480)]
IN_ORDER = [("a", 20), ("b", 10), ("a", 400), ("b", 400)]


def boxes():
    return [Box(name, xmin, ymin, xmax, ymin + 50) for name, xmin, ymin, xmax in PLACES]


def detections():
    # the label ids run against the names: the order must not depend on them
    ids = {"a": 2, "b": 1}
    return [Detection(ids[box.name], box.name, 0.9, *box.xyxy) for box in boxes()]


@pytest.mark.parametrize("make", [boxes, detections])
@pytest.mark.parametrize("seed", range(5))
def test_boxes_and_detections_have_the_same_order(make, seed):
    shuffled = make()
    random.Random(seed).shuffle(shuffled)
    ordered = sorted(shuffled, key=left_to_right_key)
    assert [(one.name, one.xmin) for one in ordered] == IN_ORDER


def test_the_best_are_chosen_by_score_and_told_from_left_to_right():
    found = [Detection(1, "one", score, x, 10, x + 40, 50) for x, score in ((300, 0.7), (5, 0.9))]
    found.append(Detection(2, "two", 0.6, 100, 10, 140, 50))
    assert [one.xmin for one in left_to_right(found, 2)] == [5, 300]
    assert [one.xmin for one in left_to_right(found)] == [5, 100, 300]
