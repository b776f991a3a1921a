from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tod_ros.errors import BlindImageError, CameraError, ImageError
from tod_ros.images.camera import Camera
from tod_ros.images.message import to_message_fields


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (12, 40, 3), dtype=np.uint8)


def message(bgr, **changes):
    return SimpleNamespace(**{**to_message_fields(bgr), **changes})


def camera(answers, attempts=3, slept=None):
    """A camera that gives these answers in turn; an exception among them is raised."""
    queue = list(answers)

    def ask():
        answer = queue.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Camera(ask, attempts, sleep=[].append if slept is None else slept.append)


OFF = message(np.zeros((0, 0, 3), np.uint8))
BLACK = message(np.zeros((12, 40, 3), np.uint8))


def test_a_good_picture_is_answered_at_once():
    slept = []
    assert np.array_equal(camera([message(picture(1))], slept=slept)(), picture(1))
    assert slept == []


@pytest.mark.parametrize(
    "fault", [OFF, BLACK, CameraError("hung"), message(picture(9), data=b"12")]
)
def test_a_failed_or_blind_picture_is_asked_for_again_after_a_pause(fault):
    slept = []
    take = camera([fault, fault, message(picture(1))], slept=slept)
    assert np.array_equal(take(), picture(1))
    assert len(slept) == 2 and min(slept) > 0.1


@pytest.mark.parametrize(
    "faults, expected",
    [
        ([CameraError("hung"), CameraError("hung"), BLACK], BlindImageError),
        ([OFF, OFF, CameraError("gone")], CameraError),
        ([OFF, OFF, message(picture(9), step=1)], ImageError),
    ],
)
def test_after_the_last_attempt_its_fault_is_raised(faults, expected):
    with pytest.raises(expected):
        camera(faults)()


def test_a_frozen_camera_is_refused_however_often_it_is_asked():
    take = camera([message(picture(1))] * 7)
    take()
    for _ in range(2):
        with pytest.raises(BlindImageError, match="frozen"):
            take()


def test_frozen_means_like_the_last_picture_even_if_that_was_refused():
    black_twice = camera([BLACK, message(picture(1)), BLACK, message(picture(1))], attempts=2)
    assert np.array_equal(black_twice(), picture(1))
    assert np.array_equal(black_twice(), picture(1))


def test_a_failed_call_does_not_make_the_next_picture_frozen_or_new():
    take = camera([message(picture(1)), CameraError("hung"), message(picture(1))], attempts=2)
    take()
    with pytest.raises(BlindImageError, match="frozen"):
        take()
