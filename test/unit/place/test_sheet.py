"""Four clicks on a sheet give the camera back."""

import numpy as np
import pytest
from desk import SIZE_WH, camera

from tod_ros.errors import SettingError
from tod_ros.place.sheet import A4_WH_M, calibrate_by_sheet

SHEET = np.array([(0, 0, 0), (0.297, 0, 0), (0.297, 0.21, 0), (0, 0.21, 0)])


@pytest.mark.parametrize("focal_px", [420.0, 620.0, 900.0])
def test_the_camera_is_found_with_its_focal_length(focal_px):
    true = camera(focal_px)
    found = calibrate_by_sheet(true.project(SHEET), SIZE_WH)
    assert found.residual_px < 0.2
    assert found.camera.focal_px == pytest.approx(focal_px, rel=0.02)
    assert found.camera.position_m == pytest.approx(true.position_m, abs=0.006)


def test_with_a_known_focal_length_a_sheet_that_lies_exactly_across_is_no_trouble():
    true = camera(x_m=0.1485, roll_deg=0.0)
    found = calibrate_by_sheet(true.project(SHEET), SIZE_WH, A4_WH_M, focal_px=620.0)
    assert found.camera.position_m == pytest.approx(true.position_m, abs=1e-4)
    assert found.residual_px < 1e-3


def test_a_point_of_the_desk_is_found_within_a_millimetre_in_spite_of_clicks_beside_the_corners():
    true, rng = camera(), np.random.default_rng(1)
    errors = []
    for _ in range(20):
        clicks = true.project(SHEET) + rng.normal(0, 1.0, (4, 2))
        found = calibrate_by_sheet(clicks, SIZE_WH).camera
        for point in ((0.05, 0.05), (0.15, 0.1), (0.25, 0.15)):
            (pixel,) = true.project(np.array([[*point, 0.0]]))
            errors.append(np.hypot(*(found.desk_point(tuple(pixel)) - point)))
    assert np.median(errors) < 0.001 and max(errors) < 0.003


@pytest.mark.parametrize(
    ("corners", "sheet_wh_m", "said"),
    [
        ([(0, 0)] * 3, A4_WH_M, "four corners"),
        ([(0, 0), (9, 0), (9, 9), (0, np.nan)], A4_WH_M, "four corners"),
        ([(80, 420), (560, 430), (470, 220), (465, 222)], A4_WH_M, "less than 20 pixels apart"),
        ([(80, 420), (470, 220), (560, 430), (160, 215)], A4_WH_M, "do not run around"),
        ([(160, 215), (470, 220), (560, 430), (80, 420)], A4_WH_M, "do not run around"),
        ([(80, 420), (560, 430), (470, 220), (160, 215)], (297, 210), "in metres"),
    ],
)
def test_clicks_that_are_no_sheet_are_refused(corners, sheet_wh_m, said):
    with pytest.raises(SettingError, match=said):
        calibrate_by_sheet(corners, SIZE_WH, sheet_wh_m)


def test_a_pixel_above_the_horizon_is_no_point_of_the_desk():
    assert np.isnan(camera(down_deg=5.0).desk_point((320.0, 5.0))).all()
