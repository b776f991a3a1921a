"""The set of unknown marks: in each scene one cube that no class fits, beside known ones."""

import dataclasses

import pytest

from bench.rows.unknown import _at, is_sure, scenes
from tod_ros.detection import Detection

SURE = Detection(1, "one", 0.9, 10, 10, 60, 60, rival="two", rival_score=0.3)


def test_each_scene_has_one_unknown_mark_and_one_to_three_classes():
    for scene in scenes(3):
        assert len(scene.others) == 1 and 1 <= len(scene.boxes) <= 3


@pytest.mark.parametrize(("margin", "sure"), [(0.5, True), (0.7, False)])
def test_a_label_is_sure_where_it_leads_by_the_margin(margin, sure):
    assert is_sure(SURE, margin) is sure
    assert not is_sure(dataclasses.replace(SURE, unsure=True), margin)


def test_a_detection_of_a_cube_beside_it_is_not_of_the_unknown_mark():
    (scene,) = scenes(1)
    (other,), known = scene.others, scene.boxes[0]
    found = [Detection(1, "one", 0.9, *map(float, box.xyxy)) for box in (other, known)]
    assert _at(scene, found) == found[:1]
