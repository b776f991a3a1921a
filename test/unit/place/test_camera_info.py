"""camera_info gives the focal length in pixels of the picture, and says how far it bends."""

import pytest

from tod_ros.errors import SettingError
from tod_ros.place.camera_info import MOST_BENT_PX, lens_of

K = (600.0, 0, 320.0, 0, 620.0, 240.0, 0, 0, 1)
SIZE = (640, 480)


def test_the_focal_length_is_the_mean_of_both_and_grows_with_the_picture():
    assert lens_of(K, [], "", SIZE, SIZE).focal_px == pytest.approx(610)
    assert lens_of(K, [], "", SIZE, (1280, 960)).focal_px == pytest.approx(1220)


def test_a_pinhole_bends_hardly_and_a_wide_lens_or_an_axis_beside_the_middle_does():
    square = (600.0, 0, 320.0, 0, 600.0, 240.0, 0, 0, 1)
    assert lens_of(square, [0.0] * 5, "plumb_bob", SIZE, SIZE).bent_px < 0.01
    wide = lens_of(square, [-0.3, 0.1, 0, 0, 0], "plumb_bob", SIZE, SIZE)
    beside = lens_of((600.0, 0, 340.0, 0, 600.0, 240.0, 0, 0, 1), [], "", SIZE, SIZE)
    assert wide.bent_px > MOST_BENT_PX
    assert beside.bent_px == pytest.approx(20)


@pytest.mark.parametrize(
    ("matrix", "model", "info_wh", "said"),
    [
        ((0.0,) * 9, "", SIZE, "was never calibrated"),
        (K, "equidistant", SIZE, "distortion_model 'equidistant'"),
        (K, "", (640, 360), "camera_info is of 640x360 pixels, the picture has 640x480"),
    ],
)
def test_what_says_nothing_of_the_picture_is_refused(matrix, model, info_wh, said):
    with pytest.raises(SettingError, match=said):
        lens_of(matrix, [], model, info_wh, SIZE)
