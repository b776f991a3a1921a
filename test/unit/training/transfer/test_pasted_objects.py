"""Objects cut out of their boxes: which ones, how much they may hide, where they go and how."""

from pathlib import Path

import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.samples import Sample
from tod_ros.training.transfer.pasted_objects import cut_out, most_overlap, overlap, with_pasted

SIZE_WH = (400, 300)
FLOOR, BALL = 180, 40


def floor(*boxes, level=FLOOR):
    """A bright floor with dark balls on it."""
    image = np.full((SIZE_WH[1], SIZE_WH[0], 3), level, np.uint8)
    for box in boxes:
        image[int(box.ymin) : int(box.ymax), int(box.xmin) : int(box.xmax)] = BALL
    return image


def ball(x, y, side=40, name="ball", **options):
    return Box(name, x, y, x + side, y + side, **options)


def sample(*boxes):
    return Sample(Path("a.png"), Path("a.xml"), Annotation("a.png", SIZE_WH, boxes))


def cut(*pictures):
    return cut_out([sample(*boxes) for boxes in pictures], lambda one: painted(one))


def painted(one):
    return floor(*one.annotation.boxes), one.annotation.boxes


def test_only_whole_objects_that_stand_alone_are_cut_out():
    whole, cut_off, marked = ball(50, 50), ball(0, 200), ball(200, 50, truncated=True)
    near, beside = ball(300, 200), ball(335, 200)
    objects = cut([whole, cut_off, marked, near, beside])
    assert [cutout.top * SIZE_WH[1] for cutout in objects.cutouts["ball"]] == [50]


def test_a_class_of_which_none_stands_alone_keeps_those_that_do_not():
    objects = cut([ball(50, 50), ball(85, 50)])
    assert len(objects.cutouts["ball"]) == 2


def test_a_class_with_no_whole_object_is_not_pasted():
    assert not cut([ball(0, 50)]).cutouts


def test_what_two_boxes_share_is_told_in_parts_of_the_smaller():
    assert overlap(ball(0, 0, 40), ball(20, 0, 80)) == pytest.approx(0.5)
    assert overlap(ball(0, 0), ball(50, 0)) == 0


def test_overlaps_are_those_of_the_data_without_the_rarest():
    apart = [ball(x, 50, 20) for x in range(0, 400, 25)]
    assert most_overlap([apart]) == 0
    hiding = [ball(0, 100), ball(20, 100)]
    assert most_overlap([hiding]) == pytest.approx(0.5)
    assert most_overlap([]) == 0


def test_pasted_objects_keep_their_size_and_height_and_do_not_hide_each_other():
    objects = cut([ball(50, 100)])
    image, boxes = with_pasted(floor(), (), objects, 8, np.random.default_rng(1))
    assert len(boxes) >= 5
    for box in boxes:
        assert 30 < box.xmax - box.xmin < 52 and 60 < box.ymin < 140
        inside = image[int(box.ymin) + 5 : int(box.ymax) - 5, int(box.xmin) + 5 : int(box.xmax) - 5]
        assert inside.mean() < BALL + 15
    assert all(overlap(a, b) == 0 for a in boxes for b in boxes if a is not b)
    assert image[:40].min() >= FLOOR - 2 and image[200:].min() >= FLOOR - 2


def test_what_was_in_the_picture_stays_and_the_picture_itself_is_not_changed():
    there = ball(50, 100)
    image = floor(there)
    before = image.copy()
    pasted, boxes = with_pasted(image, (there,), cut([there]), 3, np.random.default_rng(2))
    assert boxes[0] is there and len(boxes) > 1
    assert (image == before).all() and (pasted[105:135, 55:85] == BALL).all()


def test_the_edge_of_a_cutout_is_soft_and_its_surroundings_fit_the_place():
    image, boxes = with_pasted(
        floor(level=FLOOR - 20), (), cut([ball(50, 100)]), 1, np.random.default_rng(3)
    )
    box = boxes[0]
    row = image[int((box.ymin + box.ymax) / 2), int(box.xmax) : int(box.xmax) + 12, 0].astype(int)
    assert abs(int(row[-1]) - (FLOOR - 20)) <= 1
    assert np.abs(np.diff(row[2:])).max() < 12


def test_nothing_is_pasted_where_the_place_is_much_darker_than_its_own():
    image, boxes = with_pasted(
        floor(level=60), (), cut([ball(50, 100)]), 5, np.random.default_rng(4)
    )
    assert boxes == () and (image == 60).all()


def test_an_object_larger_than_the_picture_is_left_out():
    objects = cut([ball(30, 30, 250)])
    small = np.full((300, 120, 3), FLOOR, np.uint8)
    assert with_pasted(small, (), objects, 2, np.random.default_rng(5))[1] == ()
