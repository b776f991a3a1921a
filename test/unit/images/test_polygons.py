"""A pixel's share is what of it lies in a polygon."""

import numpy as np
import pytest

from tod_ros.images.polygons import covered

SIZE = (96, 48)


def test_a_large_polygon_costs_a_byte_a_pixel():
    shares, at_xy = covered([np.array([(0, 0), (8000, 0), (8000, 6000), (0, 6000)])], (8000, 6000))
    assert at_xy == (0, 0) and shares.shape == (6000, 8000)
    assert np.count_nonzero(shares < 128) == 0


def whole(polygons):
    shares, (x0, y0) = covered([np.array(polygon, float) for polygon in polygons], SIZE)
    picture = np.zeros(SIZE[::-1])
    picture[y0 : y0 + shares.shape[0], x0 : x0 + shares.shape[1]] = shares / 255
    return picture


def test_a_rectangle_of_whole_pixels_covers_those_and_no_other():
    shares = whole([[(12, 6), (25, 6), (25, 43), (12, 43)]])
    assert (shares[6:43, 12:25] > 0.99).all()
    shares[6:43, 12:25] = 0
    assert (shares < 0.5).all()


def test_the_area_of_a_slanted_polygon_is_its_own():
    corners = [(13.5, 8), (47, 12.25), (44, 40), (15, 38)]
    x, y = np.array(corners).T
    area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    assert whole([corners]).sum() == pytest.approx(area, rel=0.03)


def test_what_two_polygons_share_is_inside():
    first, second = ([(x, 6), (x + 20, 6), (x + 20, 30), (x, 30)] for x in (10, 20))
    assert (whole([first, second])[6:30, 10:40] > 0.99).all()


@pytest.mark.parametrize("at", [(-90, 3), (200, 3), (3, 90)])
def test_outside_the_picture_nothing_is_covered(at):
    x, y = at
    assert whole([[(x, y), (x + 20, y), (x + 20, y + 20)]]).sum() == 0


def test_beyond_the_border_only_what_is_inside_counts():
    shares = whole([[(-30, -30), (30, -30), (30, 20), (-30, 20)]])
    assert (shares[:20, :30] > 0.99).all() and shares.sum() == pytest.approx(600, rel=0.03)
