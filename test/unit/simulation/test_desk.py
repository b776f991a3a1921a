"""The simulated desk: its camera stands still, and what it says of camera and cubes is true."""

import numpy as np
import pytest

from tod_ros.detection import Place
from tod_ros.place.cube_pose import box_of
from tod_ros.place.desk_camera import look_at
from tod_ros.simulation.desk import EDGE_M, SIZE_WH, Desk


@pytest.fixture(scope="module")
def desk():
    return Desk(seed=1)


def camera_of(desk):
    facts = desk.facts()
    rotation, position_m = np.array(facts["rotation"]), np.array(facts["position_m"])
    return look_at(facts["focal_px"], SIZE_WH, rotation, position_m)


def test_the_camera_that_is_told_sees_the_sheets_corners_where_they_are(desk):
    width, height = desk.facts()["sheet_wh_m"]
    sheet = np.array([(0, 0, 0), (width, 0, 0), (width, height, 0), (0, height, 0)])
    assert camera_of(desk).project(sheet) == pytest.approx(np.array(desk.facts()["corners_px"]))


@pytest.mark.parametrize("number", range(4))
def test_the_camera_that_is_told_sees_each_cube_at_its_place(desk, number):
    view = desk.view(number, -1, "plain", tilt_deg=0.0, with_sheet=False)
    assert view.places and len(view.places) == len(view.boxes)
    for place, box in zip(view.places, view.boxes):
        seen = box_of(camera_of(desk), Place(*place), EDGE_M)
        assert np.abs(seen - box.xyxy).max() <= 1.0


def test_a_sheet_lies_between_its_corners_and_only_where_it_is_asked_for(desk):
    bare, covered = (
        desk.view(0, 0, "plain", tilt_deg=0.0, with_sheet=sheet).bgr for sheet in (False, True)
    )
    x, y = np.mean(desk.facts()["corners_px"], axis=0).astype(int)
    assert int(covered[y, x].min()) > int(bare[y, x].max()) + 50


def test_a_tilted_camera_sees_the_same_places_higher_up(desk):
    before = desk.view(1, 2, "plain", tilt_deg=0.0, with_sheet=False)
    after = desk.view(1, 2, "plain", tilt_deg=5.0, with_sheet=False)
    assert after.places == before.places
    for box, was in zip(after.boxes, before.boxes):
        assert box.ymin < was.ymin - 20


def test_a_view_has_as_many_cubes_as_it_is_asked_for(desk):
    counts = [len(desk.view(2, n, "plain", 0.0, with_sheet=False).boxes) for n in (0, 1, 2, 3)]
    assert counts == [0, 1, 2, 3]
