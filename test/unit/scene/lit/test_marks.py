"""Marks made by rule: ink that stays on its face, as thick as the pen, never twice the same."""

import numpy as np
import pytest

from tod_ros.scene.lit.marks import ink_mask


@pytest.mark.parametrize("mark", ["1", "2", "7", "A", "star"])
@pytest.mark.parametrize("pen", [0.02, 0.16])
def test_ink_stays_on_its_face(mark, pen):
    for seed in range(20):
        mask = ink_mask(np.random.default_rng(seed), mark, pen, 0.6, 120)
        assert mask.shape == (120, 120) and mask.max() > 0.5
        rim = np.concatenate([mask[:3].ravel(), mask[-3:].ravel(), mask[:, :3].ravel()])
        assert rim.max() < 0.5, seed


def test_a_thicker_pen_leaves_more_ink():
    thin, thick = (ink_mask(np.random.default_rng(0), "1", pen, 0.6, 120) for pen in (0.02, 0.1))
    assert thick.sum() > 2.5 * thin.sum()


def test_no_two_marks_are_the_same():
    masks = {ink_mask(np.random.default_rng(s), "2", 0.06, 0.6, 64).tobytes() for s in range(12)}
    assert len(masks) == 12


def test_marks_are_written_off_the_middle_too():
    rows = [
        np.nonzero(ink_mask(np.random.default_rng(s), "1", 0.04, 0.4, 100))[0].mean()
        for s in range(30)
    ]
    assert min(rows) < 42 and max(rows) > 58
