"""Strokes at random stand in for wrong marks, in both families; no class is ever one."""

import numpy as np
import pytest

from tod_ros.scene.captured_marks import FIELD_PX, CapturedMark
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.lit import standing
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.scribbles import scribble
from tod_ros.scene.staging import stand

STAND = {"painted": stand, "lit": standing.stand}


def test_no_scribble_is_drawn_twice_but_from_the_same_seed():
    first, second = (
        [scribble(rng) for _ in range(20)]
        for rng in (np.random.default_rng(1), np.random.default_rng(1))
    )
    assert len({one.field.tobytes() for one in first}) == 20
    assert all(np.array_equal(a.field, b.field) for a, b in zip(first, second))


def test_a_scribble_is_no_straight_stroke():
    """A line covers a narrow part of its own box, however it lies; a scribble goes about in it."""
    rng = np.random.default_rng(2)
    for _ in range(100):
        field = scribble(rng).field
        ys, xs = np.nonzero(field > 0)
        spread = np.linalg.eigvalsh(np.cov(np.stack([xs, ys])))
        assert np.sqrt(spread[0]) > 0.06 * FIELD_PX


def marks_of(family, scribbles, seed=3):
    request = SceneRequest(
        difficulty="full", others=2, blank=0.0, family=family, scribbles=scribbles
    )
    cubes = []
    for number in range(30):
        cubes += STAND[family](np.random.default_rng((seed, number)), request, 2)[1]
    return [c.mark for c in cubes if c.name], [c.mark for c in cubes if not c.name and c.mark]


@pytest.mark.parametrize("family", ["painted", "lit"])
@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 0.3, 0.7), (1.0, 0.9, 1)])
def test_so_many_wrong_marks_are_scribbles_and_no_class_is(family, share, least, most):
    classes, others = marks_of(family, share)
    assert set(classes) == {"1", "2"}
    drawn = sum(isinstance(mark, CapturedMark) for mark in others)
    assert len(others) > 20 and least <= drawn / len(others) <= most


@pytest.mark.parametrize("family", ["painted", "lit"])
def test_a_scene_shows_them(family):
    options = {"cubes": 0, "others": 3, "blank": 0.0, "difficulty": "full", "family": family}
    with_them, again, without = (
        draw_scene(8, scribbles=share, **options).image for share in (1.0, 1.0, 0.0)
    )
    assert np.array_equal(with_them, again) and not np.array_equal(with_them, without)
