from __future__ import annotations

import numpy as np
import pytest

from tod_ros.nodes.capture_window import STRIP_PX, wants_picture, with_lines

NUM_LOCK = 0x100000
LEFT = 0xFF51  # its last byte is that of Q


@pytest.mark.parametrize(
    "key, expected",
    [
        (ord(" "), True),
        (ord("a"), True),
        (13, True),
        (LEFT, True),
        (NUM_LOCK + ord("n"), True),
        (ord("q"), False),
        (ord("Q"), False),
        (NUM_LOCK + ord("q"), False),
        (-1, False),
    ],
)
def test_any_key_takes_a_picture_but_q_and_the_closing_of_the_window(key, expected):
    assert wants_picture(key) is expected


@pytest.mark.parametrize(
    "line, strips", [("", 1), ("stored a.png", 2), ("x" * 36, 2), ("x" * 37, 3)]
)
def test_the_picture_stays_whole_and_a_long_line_is_broken_below_it(line, strips):
    picture = np.random.default_rng(1).integers(0, 256, (120, 324, 3), dtype=np.uint8)
    shown = with_lines(picture, line)
    assert shown.shape == (120 + strips * STRIP_PX, 324, 3)
    assert np.array_equal(shown[:120], picture)
    assert shown[120:].max() == 255
