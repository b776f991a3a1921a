"""A desk scene is what its view and its cubes say."""

import numpy as np
import pytest

from tod_ros.scene.desk import draw_desk
from tod_ros.scene.projection import faces_seen
from tod_ros.scene.request import SceneRequest


@pytest.mark.parametrize("seed", range(6))
def test_each_box_is_the_front_of_its_cube_left_to_right(seed):
    desk = draw_desk(seed, SceneRequest())
    assert len(desk.cubes) == len(desk.scene.boxes) >= 1
    for cube, box in zip(desk.cubes, desk.scene.boxes):
        front = faces_seen(desk.view.project(cube.corners))["front"]
        assert np.abs(np.concatenate([front.min(0), front.max(0)]) - box.xyxy).max() <= 0.5


def test_the_same_seed_gives_the_same_desk():
    first, again, other = (draw_desk(seed, SceneRequest()) for seed in (3, 3, 4))
    assert np.array_equal(first.scene.image, again.scene.image) and first.cubes == again.cubes
    assert first.cubes != other.cubes
