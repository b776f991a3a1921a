"""Harsh scenes go beyond full ones: darker, turned further, marks anywhere on faces of any size."""

import numpy as np
import pytest

from tod_ros.scene import draw_mosaic, draw_scene
from tod_ros.scene.faces import placed
from tod_ros.scene.handwriting import harsh_hand, random_hand

SMALL = (320, 240)
SEEDS = range(60)


def scenes(difficulty):
    return [draw_scene(seed, size_wh=SMALL, difficulty=difficulty) for seed in SEEDS]


@pytest.fixture(scope="module")
def harsh():
    return scenes("harsh")


@pytest.mark.parametrize("count", [0, 1, 3, 6])
def test_as_many_boxes_as_cubes_were_asked_for(count):
    for seed in range(4):
        scene = draw_scene(seed, size_wh=SMALL, cubes=count, difficulty="harsh")
        assert len(scene.boxes) == count


def test_far_more_pictures_are_dark_than_of_full_difficulty(harsh):
    harsh_dark, full_dark = (
        sum(float(np.percentile(scene.image, 98)) < 80 for scene in some)
        for some in (harsh, scenes("full"))
    )
    assert harsh_dark >= 2 * full_dark, (harsh_dark, full_dark)


def test_faces_are_from_28_pixels_in_a_frame_of_640_to_300_and_turned(harsh):
    sides = [2 * (b.xmax - b.xmin) for scene in harsh for b in scene.boxes]
    assert 24 <= min(sides) < 40 and 230 < max(sides) <= 300 * 1.45


def test_ink_differs_from_paper_in_every_box(harsh):
    for scene in harsh:
        for box in scene.boxes:
            face = scene.image[int(box.ymin) : int(box.ymax), int(box.xmin) : int(box.xmax)]
            assert np.ptp(face.mean(axis=2)) >= 8, box


def test_marks_are_anywhere_on_their_faces():
    rng = np.random.default_rng(1)

    def farthest(hands):
        middles = [placed(rng, 100, 40, 0.5, hand.astray)[1] for hand in hands]
        return max(abs(x - 50) for middle in middles for x in middle)

    assert farthest([harsh_hand(rng) for _ in range(200)]) > 25
    assert farthest([random_hand(rng) for _ in range(200)]) < 20


def test_a_mosaic_may_be_harsh_too():
    assert not np.array_equal(draw_mosaic(1, difficulty="harsh").image, draw_mosaic(1).image)
