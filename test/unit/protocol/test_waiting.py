"""How often a wait looks: oftener while its end is likely, and never for long at a time."""

from __future__ import annotations

import pytest

from tod_ros.protocol.waiting import Waiting

PERIOD_S = 0.02


def rests(look_s: float, eager_s: float, last_s: float = 1.0):
    """The rests of a wait for `last_s` in virtual time, whose looks take `look_s` each."""
    now, found = [0.0], []

    def is_over() -> bool:
        now[0] += look_s
        return now[0] > last_s

    def sleep(seconds: float) -> None:
        found.append((now[0], seconds))
        now[0] += seconds

    assert Waiting(PERIOD_S, sleep, lambda: now[0]).until(is_over, "the end", eager_s=eager_s)
    return found


def test_a_wait_looks_once_a_period():
    assert {seconds for _, seconds in rests(0.001, eager_s=0.0)} == {PERIOD_S}


def test_an_eager_wait_looks_five_times_as_often_at_first():
    for at, seconds in rests(0.0001, eager_s=0.5):
        assert seconds == pytest.approx(PERIOD_S / 5 if at < 0.5 else PERIOD_S)


@pytest.mark.parametrize(("look_s", "rest_s"), [(0.001, 0.01), (0.005, PERIOD_S)])
def test_an_eager_wait_spends_a_tenth_of_its_time_looking_at_most(look_s, rest_s):
    assert {round(seconds, 6) for _, seconds in rests(look_s, eager_s=9.0)} == {rest_s}
