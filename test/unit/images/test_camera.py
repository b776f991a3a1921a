from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tod_ros.errors import BlindImageError, CameraError, ImageError, WrongTypeError
from tod_ros.images.camera import Camera
from tod_ros.images.message import to_message_fields


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (12, 40, 3), dtype=np.uint8)


def stamped(bgr, secs, nsecs=0, frame_id="cam"):
    header = SimpleNamespace(stamp=SimpleNamespace(secs=secs, nsecs=nsecs), frame_id=frame_id)
    return message(bgr, header=header)


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
    assert np.array_equal(camera([message(picture(1))], slept=slept)().bgr, picture(1))
    assert slept == []


@pytest.mark.parametrize(
    "fault", [OFF, BLACK, CameraError("hung"), message(picture(9), data=b"12")]
)
def test_a_failed_or_blind_picture_is_asked_for_again_after_a_pause(fault):
    slept = []
    take = camera([fault, fault, message(picture(1))], slept=slept)
    assert np.array_equal(take().bgr, picture(1))
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
    assert np.array_equal(black_twice().bgr, picture(1))
    assert np.array_equal(black_twice().bgr, picture(1))


def test_a_failed_call_does_not_make_the_next_picture_frozen_or_new():
    take = camera([message(picture(1)), CameraError("hung"), message(picture(1))], attempts=2)
    take()
    with pytest.raises(BlindImageError, match="frozen"):
        take()


def test_a_picture_keeps_its_header_and_one_without_gets_the_time_it_was_asked_for():
    answers = iter([stamped(picture(1), 7, 5), message(picture(2))])
    take = Camera(lambda: next(answers), 1, [].append, now_ns=lambda: 42)
    first, second = take(), take()
    assert (first.stamp_ns, first.frame_id) == (7_000_000_005, "cam")
    assert (second.stamp_ns, second.frame_id) == (42, "")


def test_a_still_picture_with_a_new_stamp_is_alive_and_with_the_same_stamp_frozen():
    still = [stamped(picture(1), 7), stamped(picture(1), 8), stamped(picture(1), 8)]
    take = camera(still, attempts=1)
    assert [take().stamp_ns, take().stamp_ns] == [7_000_000_000, 8_000_000_000]
    with pytest.raises(BlindImageError, match="frozen"):
        take()
    assert "frozen" in take.last_fault


def test_frozen_can_be_left_unchecked():
    answers = iter([message(picture(1)), message(picture(1))])
    take = Camera(lambda: next(answers), 1, [].append, check_frozen=False)
    assert np.array_equal(take().bgr, take().bgr)


def test_a_wrong_type_is_not_asked_for_again():
    slept = []
    with pytest.raises(WrongTypeError):
        camera([WrongTypeError("a Trigger"), message(picture(1))], slept=slept)()
    assert slept == []
