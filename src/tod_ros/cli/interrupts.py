"""Ctrl-C and SIGTERM: the training stops after the current step instead of in the middle of it."""

from __future__ import annotations

import contextlib
import signal
from types import FrameType
from typing import Callable, Iterator, Optional


class Stopper:
    """Remembers the first signal. A second one, or one before the first step, ends the program."""

    def __init__(self, say: Callable[[str], None]):
        self._say = say
        self.signal = 0
        self.has_learnt = False

    @property
    def exit_status(self) -> int:
        """128 + the signal's number, the shell's convention.

        A worker that stops because another worker was interrupted reports SIGTERM.
        """
        return 128 + (self.signal or signal.SIGTERM)

    def __call__(self) -> bool:
        return bool(self.signal)

    def handle(self, number: int, frame: Optional[FrameType]) -> None:
        if self.signal or not self.has_learnt:
            raise KeyboardInterrupt
        self.signal = number
        self._say("stopping after this step; once more ends at once, without saving")


@contextlib.contextmanager
def watching_signals(say: Callable[[str], None]) -> Iterator[Stopper]:
    """Signals go to the stopper while the block runs."""
    stopper = Stopper(say)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, stopper.handle)
    try:
        yield stopper
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
