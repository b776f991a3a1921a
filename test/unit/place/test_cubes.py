"""The cubes' own edges calibrate the camera that took a few pictures of them."""

import numpy as np
import pytest

from tod_ros.errors import SettingError
from tod_ros.place.cubes import calibrate_by_cubes
from tod_ros.simulation.desk import EDGE_M, SIZE_WH, Desk

MOST_BOX_ERROR_PX = 1.5  # as of a detector


def looks_of(desk, pictures, cubes=2):
    views = [desk.view(n, cubes, "plain", 0.0, with_sheet=False) for n in range(pictures)]
    rng = np.random.default_rng(1)
    error = lambda: rng.uniform(-MOST_BOX_ERROR_PX, MOST_BOX_ERROR_PX, 4)  # noqa: E731
    return [(view.bgr, [np.array(box.xyxy) + error() for box in view.boxes]) for view in views]


@pytest.mark.parametrize("knows_focal", [True, False])
def test_a_few_pictures_of_cubes_tell_height_and_tilt_of_the_camera(knows_focal):
    desk = Desk(seed=2)
    facts = desk.facts()
    focal_px = facts["focal_px"] if knows_focal else None
    found = calibrate_by_cubes(looks_of(desk, 3), EDGE_M, focal_px)
    camera = found.above.camera()
    true_down = np.arcsin(-np.array(facts["rotation"]).reshape(3, 3)[2, 2])
    assert camera.position_m[:2] == (0, 0) and camera.size_wh == SIZE_WH
    if knows_focal:
        assert camera.focal_px == pytest.approx(focal_px)
        assert camera.position_m[2] == pytest.approx(facts["position_m"][2], abs=0.02)
        assert found.above.down == pytest.approx(true_down, abs=np.radians(3))
    assert camera.focal_px == pytest.approx(facts["focal_px"], rel=0.25)
    assert found.residual_px < 1.0 and found.points > 200


def test_pictures_without_cubes_are_refused_with_the_way_out():
    desk = Desk(seed=2)
    with pytest.raises(SettingError, match="show no cubes; show it more cubes"):
        calibrate_by_cubes(looks_of(desk, 1, cubes=0), EDGE_M)


def test_boxes_where_nothing_has_edges_are_refused():
    grey = np.full((480, 640, 3), 120, np.uint8)
    with pytest.raises(SettingError, match="cannot be seen well enough"):
        calibrate_by_cubes([(grey, [(300, 200, 360, 262)])], EDGE_M, 600.0)


def test_pictures_of_two_sizes_are_of_two_cameras():
    box = (30, 20, 60, 52)
    pictures = [(np.zeros((side, 640, 3), np.uint8), [box]) for side in (480, 360)]
    with pytest.raises(SettingError, match="differ in size"):
        calibrate_by_cubes(pictures, EDGE_M)
