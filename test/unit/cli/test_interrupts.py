import os
import signal

import pytest

from tod_ros.cli.interrupts import watching_signals


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_is_a_wish_and_the_second_an_end(number, status):
    said = []
    with watching_signals(said.append) as stopper:
        stopper.has_learnt = True
        assert not stopper()
        os.kill(os.getpid(), number)
        assert stopper() and stopper.exit_status == status
        assert said == ["stopping after this step; once more ends at once, without saving"]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


def test_before_the_first_step_there_is_nothing_to_save():
    with watching_signals(print) as stopper, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert not stopper()


def test_a_worker_that_stops_with_another_one_ends_as_if_it_was_told_to():
    with watching_signals(print) as stopper:
        assert stopper.exit_status == 143


def test_the_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with watching_signals(print):
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
