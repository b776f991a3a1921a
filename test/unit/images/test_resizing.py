"""Pictures get to the network as the Object Detection API would have shown them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tod_ros.images.resizing import averaged, network_input


def noise(width, height):
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def sampled_from_the_corner(bgr, size_wh):
    """The same with OpenCV, in floats."""
    height, width = bgr.shape[:2]
    back = np.array([[width / size_wh[0], 0, 0], [0, height / size_wh[1], 0]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    exact = bgr[..., ::-1].astype(np.float32)
    return cv2.warpAffine(exact, back, size_wh, flags=how, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(
    "given_wh, wanted_wh",
    [
        ((640, 480), (320, 256)),  # whole steps across, others down
        ((640, 480), (256, 192)),  # the other way round
        ((640, 480), (320, 240)),
        ((1280, 720), (320, 256)),
        ((33, 17), (320, 256)),  # larger than it came
        ((320, 31), (320, 256)),
        ((1, 1), (64, 32)),
    ],
)
def test_any_size_is_sampled_from_the_corner(given_wh, wanted_wh):
    bgr = noise(*given_wh)
    seen = network_input(bgr, wanted_wh)
    assert seen.dtype == np.float32 and seen.shape == (wanted_wh[1], wanted_wh[0], 3)
    # OpenCV knows 32 places between two pixels
    assert np.abs(seen - sampled_from_the_corner(bgr, wanted_wh)).max() <= 255 / 32


def test_the_right_size_is_only_turned_to_red_first():
    bgr = noise(64, 32)
    assert np.array_equal(network_input(bgr, (64, 32)), bgr[..., ::-1].astype(np.float32))


def test_a_slope_stays_a_slope():
    """Exact where OpenCV rounds: halfway between two rows is their mean."""
    bgr = np.repeat(np.arange(15, dtype=np.uint8)[:, None, None], 30, axis=1).repeat(3, axis=2)
    assert np.allclose(network_input(bgr, (10, 8))[:, 0, 0], np.arange(8) * 15 / 8)


def test_a_part_of_a_picture_and_a_read_only_one_are_taken():
    bgr = noise(100, 60)
    bgr.flags.writeable = False
    part = bgr[5:45, 10:70]
    assert np.array_equal(network_input(part, (30, 20)), network_input(part.copy(), (30, 20)))
    assert np.array_equal(network_input(part, (25, 20)), network_input(part.copy(), (25, 20)))


@pytest.mark.parametrize("given_wh, blocks", [((640, 480), (2, 2)), ((1280, 720), (4, 3))])
def test_a_large_picture_is_averaged_block_by_block(given_wh, blocks):
    bgr = noise(*given_wh)
    small, covered = averaged(bgr, (320, 240))
    assert small.shape == (240, 320, 3) and small.dtype == np.uint8 and covered == given_wh
    corner = bgr[: blocks[1], : blocks[0]].reshape(-1, 3).mean(axis=0)
    assert np.abs(small[0, 0] - corner).max() <= 0.5
    exact = cv2.resize(bgr.astype(np.float32), (320, 240), interpolation=cv2.INTER_AREA)
    assert np.abs(small - exact).max() <= 0.51


@pytest.mark.parametrize("given_wh", [(320, 240), (639, 479), (64, 32), (1, 1)])
def test_a_picture_hardly_larger_stays_as_it_is(given_wh):
    bgr = noise(*given_wh)
    small, covered = averaged(bgr, (320, 240))
    assert small is bgr and covered == given_wh


def test_the_blocks_cover_what_they_can():
    bgr = noise(101, 47)
    small, covered = averaged(bgr, (20, 40))
    assert covered == (100, 47) and small.shape == (47, 20, 3)
    assert np.array_equal(small, averaged(bgr[:, :100], (20, 40))[0])


def test_white_stays_white_however_large_the_blocks():
    assert (averaged(np.full((640, 480, 3), 255, np.uint8), (16, 16))[0] == 255).all()
