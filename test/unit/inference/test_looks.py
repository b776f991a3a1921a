"""Several looks agree, or say that they do not."""

import cv2
import numpy as np
import pytest

from tod_ros.detection import Detection, suppress_overlaps
from tod_ros.inference.looks import LOOKS, detect_in_looks

IMAGE = np.zeros((240, 320, 3), np.uint8)
CUBE = (100.0, 80.0, 160.0, 140.0)


def looking(*answers):
    """A detector that gives one list of (name, score) after the other, all at CUBE's place."""
    waiting = iter(answers)
    labels = {"one": 1, "two": 2}

    def detect(_image, least):
        found = [Detection(labels[name], name, score, *CUBE) for name, score in next(waiting)]
        return [d for d in suppress_overlaps(found) if d.score >= least]

    return detect


def voted(*answers, margin=0.0):
    return detect_in_looks(looking(*answers), IMAGE, len(answers), 0.5, margin)


def test_looks_that_agree_give_one_sure_cube_with_their_mean_score():
    (cube,) = voted([("one", 0.9)], [("one", 0.8)], [("one", 0.7)])
    assert (cube.name, cube.label, cube.unsure) == ("one", 1, False)
    assert cube.score == pytest.approx(0.8)


@pytest.mark.parametrize(
    "answers, rival",
    [
        ([[("one", 0.9)], [("two", 0.8)], [("one", 0.9)]], "two"),
        ([[("one", 0.9)], [], [("one", 0.9)]], ""),
        ([[("one", 0.9)], [("one", 0.4)], [("one", 0.9)]], ""),
    ],
)
def test_looks_that_do_not_agree_make_it_unsure(answers, rival):
    (cube,) = voted(*answers)
    assert cube.name == "one" and cube.unsure and cube.rival == rival


def test_what_most_looks_hardly_see_is_no_cube():
    assert voted([("one", 0.9)], [("one", 0.2)], []) == []


def test_the_lead_over_the_second_class_counts():
    looks = [[("one", 0.8), ("two", 0.6)]]
    (sure,) = voted(*looks, margin=0.1)
    (unsure,) = voted(*looks, margin=0.3)
    assert not sure.unsure and unsure.unsure
    assert unsure.rival == "two" and unsure.rival_score == pytest.approx(0.6)


def test_a_look_is_the_picture_shifted_and_its_boxes_are_shifted_back():
    image = IMAGE.copy()
    cv2.rectangle(image, (100, 80), (159, 139), (255, 255, 255), cv2.FILLED)

    def detect(seen, _least):
        ys, xs = np.nonzero(seen[:, :, 0] > 127)
        return [Detection(1, "one", 0.9, xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)]

    for count in range(2, len(LOOKS) + 1):
        (cube,) = detect_in_looks(detect, image, count, 0.5, 0.0)
        assert cube.xyxy == pytest.approx(CUBE, abs=1.5) and not cube.unsure


def test_two_cubes_stay_two():
    def detect(_image, _least):
        return [Detection(1, "one", 0.9, *CUBE), Detection(2, "two", 0.8, 200, 80, 260, 140)]

    assert [cube.name for cube in detect_in_looks(detect, IMAGE, 3, 0.5, 0.0)] == ["one", "two"]
