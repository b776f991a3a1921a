"""Keeps a thread that calls a pool of others on a core of its own.

After a pause Linux tends to wake a pool's thread on the core of the one that called it. The two
then share that core for the whole call, while others are idle: on two cores a network took 16 ms
after a pause of .1 s, one thread alone took 12, and two threads kept apart took 6.

It is done only where there are as many threads as cores. Where there are fewer, the caller must be
free to leave a core that something else uses.
"""

from __future__ import annotations

import contextlib
import os
from typing import Iterator, Set


class Cores:
    """For one pool: `helpers` while its threads are made, `caller` while it is called."""

    def __init__(self, threads: int):
        allowed = os.sched_getaffinity(0)
        self.threads = threads or len(allowed)
        is_parted = 1 < self.threads == len(allowed)
        self._own = {min(allowed)} if is_parted else set()
        self._others = allowed - self._own if is_parted else set()

    def helpers(self) -> contextlib.AbstractContextManager[None]:
        """Threads that are made here stay off the caller's core: they inherit this one's cores."""
        return _only_on(self._others)

    def caller(self) -> contextlib.AbstractContextManager[None]:
        return _only_on(self._own)


@contextlib.contextmanager
def _only_on(cores: Set[int]) -> Iterator[None]:
    """This thread runs on those of these cores that it may use; where that is none, on any."""
    before = os.sched_getaffinity(0)
    _bind((cores & before) or before)
    try:
        yield
    finally:
        _bind(before)


def _bind(cores: Set[int]) -> None:
    with contextlib.suppress(OSError):  # taken away in this very moment
        os.sched_setaffinity(0, cores)
