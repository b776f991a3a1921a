from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tod_ros.errors import ImageError
from tod_ros.images import encodings
from tod_ros.images.message import from_message

BARE = tuple(f"{bits}UC{channels}" for bits in (8, 16) for channels in (1, 3, 4))
NAMED = tuple(sorted(set(encodings.ENCODINGS) - set(BARE)))


def message(name, width=36, height=10, big=False, seed=3):
    size = width * height * encodings.find(name).pixel_bytes
    return SimpleNamespace(
        encoding=name,
        width=width,
        height=height,
        step=size // height,
        is_bigendian=big,
        data=np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8).tobytes(),
    )


def test_every_encoding_that_shows_colours_or_grey_is_known():
    assert len(NAMED) == 19 and len(BARE) == 6


@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("name", NAMED)
def test_a_named_encoding_gives_what_cv_bridge_gives(name, big):
    bridge = pytest.importorskip("cv_bridge").CvBridge()
    # the bridge wants a real message; its own byte order handling is right only on 16 bits
    ros = pytest.importorskip("sensor_msgs.msg").Image(**vars(message(name, big=big)))
    assert np.array_equal(from_message(message(name, big=big)), bridge.imgmsg_to_cv2(ros, "bgr8"))


def test_all_65536_levels_of_grey_give_what_cv_bridge_gives():
    bridge = pytest.importorskip("cv_bridge").CvBridge()
    levels = np.arange(65536, dtype="<u2").tobytes()
    ros = pytest.importorskip("sensor_msgs.msg").Image(
        encoding="mono16", width=256, height=256, step=512, data=levels
    )
    assert np.array_equal(from_message(ros), bridge.imgmsg_to_cv2(ros, "bgr8"))


@pytest.mark.parametrize(
    "bare, named",
    [("UC1", "mono"), ("UC3", "bgr"), ("UC4", "bgra")],
)
@pytest.mark.parametrize("bits", [8, 16])
def test_a_bare_type_is_read_in_opencvs_order(bits, bare, named):
    picture = from_message(message(f"{bits}{bare}"))
    assert np.array_equal(picture, from_message(message(f"{named}{bits}")))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_a_bayer_pattern_names_the_colours_of_the_first_two_rows(pattern, bits):
    red_only = np.zeros((8, 20), f"u{bits // 8}")
    index = pattern.index("r")
    red_only[index // 2 :: 2, index % 2 :: 2] = 2**bits - 1
    picture = from_message(
        SimpleNamespace(
            encoding=f"bayer_{pattern}{bits}",
            width=20,
            height=8,
            step=20 * bits // 8,
            is_bigendian=False,
            data=red_only.tobytes(),
        )
    )
    assert picture[2:-2, 2:-2].reshape(-1, 3).tolist() == [[0, 0, 255]] * 64


def test_depth_and_signed_pictures_are_refused():
    for name in ("32FC1", "8SC3", "16SC1", "8UC2", "64FC3"):
        with pytest.raises(ImageError, match="unknown encoding"):
            encodings.find(name)
