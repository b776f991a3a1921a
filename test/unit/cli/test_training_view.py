import io

import pytest

from tod_ros.cli.terminal import Terminal
from tod_ros.cli.training_view import showing, to_text
from tod_ros.training.trainer import Progress


class Watched(io.StringIO):
    def isatty(self):
        return True


def progress(step, first=False, **values):
    known = {"loss": 1.5, "rate": 0.01, "step_s": 0.25, "left_s": 75.4, **values}
    return Progress(step=step, steps=300, first=first, **known)


def test_a_line_holds_loss_step_time_and_time_left():
    assert to_text(progress(7)) == "loss 1.500, 0.25 s a step, 0:01:15 left"
    assert to_text(progress(7, step_s=0.0124)) == "loss 1.500, 12 ms a step, 0:01:15 left"


def test_the_first_steps_time_is_not_taken_for_the_others():
    assert to_text(progress(1, first=True, step_s=31)) == "loss 1.500, the first step took 31.0 s"


def test_where_nobody_watches_a_line_comes_at_once_and_then_every_ten_seconds():
    err, clock = io.StringIO(), iter([0.0, 1.0, 9.0, 11.0, 11.0, 12.0, 30.0, 30.0])
    with showing(Terminal(io.StringIO(), err), 300, False, now=lambda: next(clock)) as show:
        show(progress(41, first=True))
        for step in (42, 43, 44, 45):
            show(progress(step))
    assert [line.split(":")[0] for line in err.getvalue().splitlines()] == [
        "step 41 of 300",
        "step 44 of 300",
    ]


def test_quiet_shows_nothing():
    for err in (io.StringIO(), Watched()):
        with showing(Terminal(io.StringIO(), err), 300, True) as show:
            show(progress(1, first=True))
        assert err.getvalue() == ""


@pytest.mark.parametrize("start", [0, 120])
def test_a_watcher_sees_the_bar_at_the_first_step(start):
    err = Watched()
    with showing(Terminal(io.StringIO(), err), 300, False) as show:
        show(progress(start + 1, first=True))
        assert f"{start + 1}/300" in err.getvalue()
        assert "loss 1.500" in err.getvalue()
