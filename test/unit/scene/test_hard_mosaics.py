"""Mosaics of hard spots show each of them as often as asked for, near the size it has."""

import numpy as np

from tod_ros.annotation import Box
from tod_ros.scene.mosaic import MOST_CELLS, HardMosaics
from tod_ros.scene.scene import Scene

SIZE_WH = (320, 240)
SPOT = Box("one", 130, 90, 170, 130)


def grey_scene(level):
    return Scene(np.full((240, 320, 3), level, np.uint8), (SPOT,))


def mosaics_of(levels, shows):
    mosaics = HardMosaics(np.random.default_rng(1), shows, SIZE_WH)
    return [m for level in levels for m in mosaics.add(grey_scene(level), (SPOT,))]


def shown(mosaic):
    return set(np.unique(mosaic.image).tolist())


def test_a_mosaic_waits_for_enough_spots():
    assert mosaics_of(range(1, MOST_CELLS), shows=2) == []
    assert mosaics_of(range(1, MOST_CELLS + 1), shows=2)


def test_each_spot_is_shown_as_often_as_asked_for_and_once_in_a_mosaic():
    levels = range(1, 121)
    mosaics = mosaics_of(levels, shows=3)
    spots = [shown(mosaic) for mosaic in mosaics]
    times = [sum(level in once for once in spots) for level in levels]
    assert max(times) == 3 and times[:40] == [3] * 40
    assert [len(mosaic.boxes) for mosaic in mosaics] == [len(once) for once in spots]


def test_a_spot_keeps_about_its_size_where_it_fits():
    edges = [b.xmax - b.xmin for m in mosaics_of(range(1, 121), shows=1) for b in m.boxes]
    assert max(edges) <= 40 * 1.3 + 1
    assert sum(edge >= 40 / 1.3 - 1 for edge in edges) > len(edges) / 2


def test_nothing_is_shown_again_where_it_is_not_asked_for():
    assert mosaics_of(range(1, 100), shows=0) == []
