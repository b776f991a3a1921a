"""How a node ends: on a signal, on a fault, or of itself; soon, whatever hangs."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from typing import Any, Callable, NoReturn

import rospy

END_WITHIN_S = 1.2  # a signal must end a node within 2 s, whatever hangs
LAST_WORDS_S = 0.3
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Knows whether the process is to end, and with which exit status.

    Until guard() is called a signal ends the process on the spot. Afterwards the signal is only
    noted, and threads that run already end the node. They let it log its last lines, unless that
    hangs.
    """

    def __init__(self, end_within_s: float = END_WITHIN_S) -> None:
        self._end_within_s = end_within_s
        self._status = 0
        self._is_signalled = False

    def leave_on_signals(self) -> None:
        """Until there is anything of the node that others would have to be told about."""
        _on_signals(lambda *_: leave())

    def guard(self) -> None:
        """See to it that the node ends soon after a signal, or after rospy's own shutdown."""

        def is_ending() -> bool:
            return self._is_signalled or rospy.core.is_shutdown_requested()

        # the threads exist before they are needed: one ends the node, two make sure that it ends
        for condition, wait_s, action in (
            (lambda: self._is_signalled, 0.0, lambda: rospy.signal_shutdown("signal")),
            (is_ending, self._end_within_s, lambda: leave(self._status)),
            (is_ending, self._end_within_s + LAST_WORDS_S, lambda: os._exit(self._status)),
        ):
            threading.Thread(target=_after, args=(condition, wait_s, action), daemon=True).start()
        _on_signals(self._note)

    def end(self, status: int, reason: str) -> None:
        """Begin the node's end; the exit status holds even if something hangs on the way."""
        self._status = status
        rospy.signal_shutdown(reason)

    def _note(self, _number: int, _frame: Any) -> None:
        """Only note it: rospy's own handler would unregister here, and could deadlock."""
        self._is_signalled = True


def leave(status: int = 0) -> NoReturn:
    """End the process at once: Python's own end takes seconds where TensorFlow is loaded."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _on_signals(handler: Callable[[int, Any], None]) -> None:
    for sign in ENDING_SIGNALS:
        signal.signal(sign, handler)


def _after(condition: Callable[[], bool], wait_s: float, action: Callable[[], None]) -> None:
    """Nothing in here may wait for a lock, which whatever hangs may hold."""
    while not condition():
        time.sleep(0.1)
    time.sleep(wait_s)
    action()
