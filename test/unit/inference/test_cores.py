"""A pool's caller and its threads are kept on different cores, where there is a core for each."""

import os
import threading

import pytest

from tod_ros.inference.cores import Cores

ALLOWED = os.sched_getaffinity(0)


def cores_of_a_new_thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
    thread.start()
    thread.join()
    return seen[0]


@pytest.mark.skipif(len(ALLOWED) < 2, reason="there is one core only")
@pytest.mark.parametrize("threads", [0, len(ALLOWED)])
def test_caller_and_helpers_share_no_core(threads):
    cores = Cores(threads)
    assert cores.threads == len(ALLOWED)
    with cores.helpers():
        helpers = cores_of_a_new_thread()
    with cores.caller():
        caller = os.sched_getaffinity(0)
    assert len(caller) == 1 and helpers == ALLOWED - caller
    assert os.sched_getaffinity(0) == ALLOWED


@pytest.mark.parametrize("threads", [1, len(ALLOWED) + 1])
def test_with_fewer_or_more_threads_than_cores_nothing_is_bound(threads):
    cores = Cores(threads)
    assert cores.threads == threads
    with cores.helpers(), cores.caller():
        assert os.sched_getaffinity(0) == ALLOWED


def test_an_error_gives_the_cores_back():
    with pytest.raises(ValueError), Cores(0).caller():
        raise ValueError
    assert os.sched_getaffinity(0) == ALLOWED


@pytest.mark.skipif(len(ALLOWED) < 2, reason="there is one core only")
def test_who_was_bound_to_another_core_later_stays_there():
    cores, later = Cores(0), {max(ALLOWED)}
    os.sched_setaffinity(0, later)
    try:
        with cores.caller():
            assert os.sched_getaffinity(0) == later
    finally:
        os.sched_setaffinity(0, ALLOWED)


def test_cores_that_were_taken_away_do_not_matter(monkeypatch):
    cores = Cores(0)

    def refuse(*_):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    with cores.helpers(), cores.caller():
        pass
