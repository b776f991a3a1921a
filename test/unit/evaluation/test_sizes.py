"""COCO's limits, by the area of the box."""

import pytest
from pycocotools.cocoeval import COCOeval

from tod_ros.annotation import Box
from tod_ros.evaluation.sizes import AREAS, area_index


@pytest.mark.parametrize(
    "width, height, name",
    [
        (20, 51, "small"),
        (64, 16, "medium"),
        (200, 46, "medium"),
        (96, 96, "large"),
        (640, 480, "large"),
    ],
)
def test_the_area_decides_and_not_a_side(width, height, name):
    assert AREAS[area_index(Box("one", 7, 9, 7 + width, 9 + height))].name == name


def test_the_limits_are_those_of_pycocotools():
    params = COCOeval(iouType="bbox").params
    assert [area.name for area in AREAS] == params.areaRngLbl[1:]
    assert [area.from_px for area in AREAS] == [limits[0] for limits in params.areaRng[1:]]
