"""Pictures of topics that end in /compressed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tod_ros.errors import BlindImageError, ImageError
from tod_ros.images.image_file import encode
from tod_ros.images.message import from_message
from tod_ros.scene.compose import draw_scene

SCENE = draw_scene(3, cubes=2).image


def compressed(content, kind="jpeg"):
    return SimpleNamespace(format=f"bgr8; {kind} compressed bgr8", data=content)


def test_png_comes_as_it_was_and_jpeg_nearly():
    assert np.array_equal(from_message(compressed(encode(SCENE, "png"), "png")), SCENE)
    jpeg = from_message(compressed(encode(SCENE, "jpg")))
    assert jpeg.shape == SCENE.shape
    assert np.abs(jpeg.astype(int) - SCENE).mean() < 8


@pytest.mark.parametrize(
    "content, error, words",
    [
        (b"", BlindImageError, "camera is off"),
        (b"garbage", ImageError, "neither PNG nor JPEG"),
        (encode(SCENE, "jpg")[:5000], ImageError, "is cut off"),
        (encode(SCENE, "png")[:5000], ImageError, "is cut off"),
    ],
)
def test_what_is_broken_is_refused_in_words(content, error, words):
    with pytest.raises(error, match=words):
        from_message(compressed(content))
