"""Anchors follow the sizes and shapes of the objects."""

from dataclasses import dataclass

import numpy as np
import pytest

from tod_ros.pipeline.anchors import expected_overlaps, fit_anchors


@dataclass
class Generator:
    min_level: int = 3
    max_level: int = 7
    anchor_scale: float = 4.0
    aspect_ratios: tuple = (1.0, 2.0, 0.5)
    scales_per_octave: int = 2


def sizes(*pairs):
    return np.array(pairs, float)


SMALL_AND_SLIM = sizes(*[(w, w / r) for w in (14, 20, 28, 40) for r in (0.65, 0.7, 0.75)])


def test_small_slim_objects_get_smaller_slimmer_anchors():
    anchors, before, after = fit_anchors(Generator(), SMALL_AND_SLIM)
    assert anchors.scale < 4 and all(0.6 < ratio < 0.8 for ratio in anchors.ratios)
    assert after > before + 0.05
    fitted = Generator(anchor_scale=anchors.scale, aspect_ratios=anchors.ratios)
    again = fit_anchors(fitted, SMALL_AND_SLIM)
    assert again is None or again[2] - again[1] < after - before


def test_objects_of_one_shape_take_one_ratio():
    squares = sizes(*[(w, w) for w in (12, 15, 20, 25, 31)])
    anchors, _, _ = fit_anchors(Generator(), squares)
    assert anchors.ratios == (1.0,)


def test_anchors_that_fit_stay():
    ideal = sizes(*[(side, side) for side in (32, 45.25, 64, 90.5, 128)])
    assert fit_anchors(Generator(), ideal) is None


def test_without_objects_nothing_is_fitted():
    assert fit_anchors(Generator(), np.zeros((0, 2))) is None


def test_objects_larger_than_every_anchor_get_larger_ones():
    huge = sizes((300, 300), (400, 400), (500, 480))
    anchors, before, after = fit_anchors(Generator(max_level=4), huge)
    assert anchors.scale > 4 and after > 0.6 > before


@pytest.mark.parametrize("side, share", [(32, 0.75), (8, 0.1)])
def test_the_overlap_falls_with_the_distance_of_the_anchors_centres(side, share):
    (overlap,) = expected_overlaps(Generator(aspect_ratios=(1.0,)), sizes((side, side)))
    assert overlap == pytest.approx(share, abs=0.15)
    assert overlap < 1
