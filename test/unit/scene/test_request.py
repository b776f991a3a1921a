"""A request refuses what no scene can show, before anything is drawn."""

import numpy as np
import pytest

from tod_ros.errors import SceneError
from tod_ros.scene.compose import draw, draw_scene
from tod_ros.scene.request import SceneRequest


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"family": "lid"}, "family 'lid' is unknown, did you mean 'lit'"),
        ({"family": "lit", "place": 3}, "place: no part of the family 'lit'"),
        ({"family": "lit", "photos": {"one": []}}, "photos: no part of the family 'lit'"),
        ({"wrong_marks": ("stra",)}, "'stra' cannot be drawn"),
    ],
)
def test_a_request_checks_itself(wanted, fault):
    with pytest.raises(SceneError, match=fault):
        SceneRequest(**wanted)


def test_wrong_marks_look_like_no_class():
    assert not {"1", "7", "Z"} & set(SceneRequest(("1", "2", "7")).wrong)
    assert SceneRequest(("1",), wrong_marks=("7", "1", "J")).wrong == ("7",)


def test_a_class_of_photographs_needs_no_mark():
    assert SceneRequest(("lion",), photos={"lion": [np.zeros((9, 9, 3))]}).mark_of == {"lion": ""}


def test_options_go_to_the_request():
    request = SceneRequest(("two",), (320, 240), cubes=2, difficulty="full")
    asked = draw_scene(5, ["two"], (320, 240), cubes=2, difficulty="full")
    assert np.array_equal(draw(5, request).image, asked.image)
    with pytest.raises(TypeError, match="cube_count"):
        draw_scene(5, cube_count=2)
