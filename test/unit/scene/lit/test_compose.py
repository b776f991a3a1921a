"""Lit scenes: true boxes, readable ink, and ranges that the painted family does not reach."""

import cv2
import numpy as np
import pytest

from tod_ros.scene import draw_mosaic, draw_scene

SMALL = (320, 240)
SEEDS = range(60)


@pytest.fixture(scope="module")
def scenes():
    return [draw_scene(s, size_wh=SMALL, difficulty="full", family="lit") for s in SEEDS]


def test_the_same_seed_gives_the_same_bytes(scenes):
    again = draw_scene(7, size_wh=SMALL, difficulty="full", family="lit")
    assert np.array_equal(again.image, scenes[7].image) and again.boxes == scenes[7].boxes


@pytest.mark.parametrize("count", [0, 1, 3, 6])
@pytest.mark.parametrize("difficulty", ["plain", "full"])
def test_as_many_boxes_as_cubes_were_asked_for(count, difficulty):
    for seed in range(4):
        scene = draw_scene(
            seed, size_wh=SMALL, cubes=count, others=2, difficulty=difficulty, family="lit"
        )
        assert len(scene.boxes) == count
        assert scene.image.shape == (240, 320, 3) and scene.image.dtype == np.uint8


def test_boxes_run_from_left_to_right_within_the_picture(scenes):
    for scene in scenes:
        middles = [box.xmin + box.xmax for box in scene.boxes]
        assert middles == sorted(middles)
        for box in scene.boxes:
            assert 0 <= box.xmin < box.xmax <= SMALL[0] and 0 <= box.ymin < box.ymax <= SMALL[1]


def test_some_pictures_are_as_dark_as_forty_levels_and_some_bright(scenes):
    brightest = [float(np.percentile(scene.image, 98)) for scene in scenes]
    assert min(brightest) < 60 and max(brightest) > 230


def test_faces_are_from_28_pixels_in_a_frame_of_640_to_300(scenes):
    sides = [2 * (b.xmax - b.xmin) for scene in scenes for b in scene.boxes]
    assert 20 <= min(sides) < 45 and 170 < max(sides) <= 300 * 1.45


def test_ink_stands_out_from_paper_in_every_box(scenes):
    """The middle of a marked face has more edges than the paper of a blank one would."""
    for scene in scenes:
        smooth = cv2.GaussianBlur(scene.image, (0, 0), 1.0)
        for box in scene.boxes:
            wide, high = box.xmax - box.xmin, box.ymax - box.ymin
            part = smooth[
                int(box.ymin + 0.15 * high) : int(box.ymax - 0.15 * high),
                int(box.xmin + 0.15 * wide) : int(box.xmax - 0.15 * wide),
            ].mean(axis=2)
            assert np.ptp(part) >= 4, box


def test_another_class_changes_the_picture_at_its_boxes_most():
    one, two = (
        draw_scene(3, (name,), SMALL, cubes=2, difficulty="full", family="lit")
        for name in ("3", "5")
    )
    assert [box.xyxy for box in one.boxes] == [box.xyxy for box in two.boxes]


def test_a_mosaic_shows_lit_faces():
    lit, painted = draw_mosaic(1, family="lit"), draw_mosaic(1)
    assert lit.boxes and not np.array_equal(lit.image, painted.image)
