"""Two looks at the robot's camera: what is frozen goes by bytes and stamp, as in the nodes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("rosgraph", exc_type=ImportError)

from tod_ros.doctor.robot import look_twice
from tod_ros.errors import BlindImageError, CameraError
from tod_ros.images.message import to_message_fields


def picture(grey=120, secs=0):
    header = SimpleNamespace(stamp=SimpleNamespace(secs=secs, nsecs=0), frame_id="desk")
    fields = to_message_fields(np.full((4, 9, 3), grey, np.uint8))
    return SimpleNamespace(header=header, **fields)


def camera(*pictures):
    return iter(pictures).__next__


@pytest.mark.parametrize(
    ("first", "second"),
    [(picture(120), picture(121)), (picture(secs=5), picture(secs=6))],
    ids=["other bytes", "a new stamp"],
)
def test_a_camera_that_gives_another_picture_or_another_stamp_is_alive(first, second):
    assert look_twice(camera(first, second)).shape == (4, 9, 3)


@pytest.mark.parametrize("secs", [0, 5])
def test_the_same_bytes_with_the_same_stamp_are_frozen(secs):
    with pytest.raises(BlindImageError, match="frozen"):
        look_twice(camera(picture(secs=secs), picture(secs=secs)))


@pytest.mark.parametrize("pictures", [(picture(0), picture()), (picture(), picture(0, secs=1))])
def test_either_picture_may_be_black(pictures):
    with pytest.raises(BlindImageError, match="black"):
        look_twice(camera(*pictures))


def test_a_camera_that_fails_is_not_asked_again():
    def fail():
        raise CameraError("boom")

    with pytest.raises(CameraError, match="boom"):
        look_twice(fail)
