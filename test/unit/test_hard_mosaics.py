"""Mosaics of hard spots show each of them as often as asked for, near the size it has."""

import numpy as np

from tod_ros.annotations import Box
from tod_ros.hard_pictures import HardMosaics
from tod_ros.scene import Scene
from tod_ros.scene.mosaic import RESCALED_AT_MOST, grids_for

SIZE_WH = (320, 240)
SMALL, LARGE = Box("one", 130, 90, 170, 130), Box("two", 100, 70, 205, 175)


def grey_scene(level, spot):
    return Scene(np.full((240, 320, 3), level, np.uint8), (spot,))


def mosaics_of(levels, shows, spot=SMALL):
    mosaics = HardMosaics(np.random.default_rng(1), shows, SIZE_WH)
    return [m for level in levels for m in mosaics.add(grey_scene(level, spot), (spot,))]


def shown(mosaic):
    return set(np.unique(mosaic.image).tolist())


def edges(mosaics):
    return [box.xmax - box.xmin for mosaic in mosaics for box in mosaic.boxes]


def test_a_mosaic_waits_for_enough_spots():
    assert mosaics_of(range(1, 4), 1, LARGE) == []
    assert len(mosaics_of(range(1, 5), 1, LARGE)) == 1


def test_each_spot_is_shown_as_often_as_asked_for_and_once_in_a_mosaic():
    levels = range(1, 181)
    mosaics = mosaics_of(levels, shows=3)
    times = [sum(level in shown(mosaic) for mosaic in mosaics) for level in levels]
    assert max(times) == 3 and times[:60] == [3] * 60
    assert all(len(mosaic.boxes) == len(shown(mosaic)) for mosaic in mosaics)


def test_a_spot_keeps_about_its_size():
    widths = edges(mosaics_of(range(1, 121), shows=1))
    assert min(widths) >= 40 / RESCALED_AT_MOST - 1
    assert max(widths) <= 40 * RESCALED_AT_MOST + 1
    widths = edges(mosaics_of(range(1, 41), 1, LARGE))
    assert len(widths) == 40 and min(widths) >= 105 / RESCALED_AT_MOST - 1


def test_a_spot_is_shown_in_any_window_that_holds_it():
    assert grids_for(SMALL, SIZE_WH) == [(2, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
    assert grids_for(LARGE, SIZE_WH) == [(2, 2)]
    assert grids_for(Box("two", 10, 10, 210, 190), SIZE_WH) == [(2, 2)]


def test_nothing_is_shown_again_where_it_is_not_asked_for():
    assert mosaics_of(range(1, 100), shows=0) == []
