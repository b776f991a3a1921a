"""One picture judged: its sequence, and which object was taken for which."""

import pytest

from tod_ros.annotation import Box
from tod_ros.detection import Detection
from tod_ros.evaluation.verdict import Limits, judge_picture, match

IDS = {"one": 1, "two": 2}


def truth(name, x, y=100, side=100):
    return Box(name, x, y, x + side, y + side)


def seen(name, x, score=0.9, y=100, side=100):
    return Detection(IDS[name], name, score, x, y, x + side, y + side)


def judge(truths, detections, limits=Limits()):
    return judge_picture("desk.png", truths, detections, limits)


@pytest.mark.parametrize(
    "truths, detections, is_exact",
    [
        ([truth("two", 400), truth("one", 30)], [seen("one", 33), seen("two", 404)], True),
        ([truth("two", 400), truth("one", 30)], [seen("two", 33), seen("one", 404)], False),
        ([truth("two", 400), truth("one", 30)], [seen("one", 33)], False),
        ([truth("one", 30)], [seen("one", 33), seen("one", 250)], False),
        ([truth("one", 30)], [seen("one", 33), seen("one", 250, score=0.4)], True),
        ([], [], True),
        ([], [seen("one", 33)], False),
        ([truth("one", 30)], [], False),
    ],
    ids=[
        "in order whatever the order given",
        "two swapped",
        "one missed",
        "one too many",
        "too faint to count",
        "an empty desk seen as empty",
        "a ghost on an empty desk",
        "nothing seen",
    ],
)
def test_a_picture_is_right_when_the_whole_sequence_is(truths, detections, is_exact):
    assert judge(truths, detections).is_exact is is_exact


def test_only_the_best_of_too_many_objects_count():
    verdict = judge(
        [truth("two", 400), truth("one", 30)],
        [seen("one", 33, 0.8), seen("one", 200, 0.6), seen("two", 404, 0.9)],
        limits=Limits(max_objects=2),
    )
    assert verdict.found_names == ("one", "two")
    assert verdict.is_exact


def test_the_best_overlap_is_matched_first_and_each_box_once():
    truths = [truth("one", 100), truth("two", 160)]
    found = [seen("one", 150), seen("one", 110)]
    assert match(truths, found, min_iou=0.3) == [(0, 1), (1, 0)]


def test_of_equal_overlaps_the_one_of_the_right_class_is_matched():
    assert match([truth("two", 100)], [seen("one", 100), seen("two", 100)]) == [(0, 1)]


def test_an_overlap_under_the_limit_is_a_miss_and_a_false_one():
    verdict = judge([truth("one", 100)], [seen("one", 160)])
    assert verdict.is_exact  # the robot is told the right label all the same
    assert (verdict.missed, verdict.false) == ((truth("one", 100),), (seen("one", 160),))
    assert verdict.faults == 2
