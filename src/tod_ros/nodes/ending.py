"""How a node ends: on a signal, on a fault, or of itself; soon, whatever hangs.

Until guard() is called a signal ends the process on the spot. Afterwards it is only noted, and
threads that are there already end the node: with its last words, or without where those hang.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from typing import Any, Callable, NoReturn

import rospy

from tod_ros.errors import TodError

END_WITHIN_S = 1.2  # a signal must end a node within 2 s, whatever hangs
LAST_WORDS_S = 0.3
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_forced_status = [0]
_is_signalled = [False]


def leave_on_signals() -> None:
    """While there is nothing of the node yet that would have to be told."""
    _on_signals(lambda *_: leave())


def guard() -> None:
    """See to it that the node ends soon after a signal, or after rospy's own shutdown."""
    _start_guards()
    _on_signals(_note)


def _on_signals(handler: Callable[[int, Any], None]) -> None:
    for sign in ENDING_SIGNALS:
        signal.signal(sign, handler)


def _note(_number: int, _frame: Any) -> None:
    """rospy's own handler would unregister here, and wait for ever where it interrupts a call."""
    _is_signalled[0] = True


def end(status: int, reason: str) -> None:
    """Begin the node's end; it keeps this exit status also if something hangs on the way."""
    _forced_status[0] = status
    rospy.signal_shutdown(reason)


def give_up(error: TodError) -> NoReturn:
    """End the node with one line and exit status 1."""
    rospy.logfatal("%s", error)
    end(1, "given up")
    leave(1)


def leave(status: int = 0) -> NoReturn:
    """End the process at once: Python's own end takes seconds where TensorFlow is loaded."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _start_guards() -> None:
    """Threads that are there before they are needed: one ends the node, two see that it ends."""

    def is_signalled() -> bool:
        return _is_signalled[0]

    def is_ending() -> bool:
        return _is_signalled[0] or rospy.core.is_shutdown_requested()

    for condition, wait_s, action in (
        (is_signalled, 0.0, lambda: rospy.signal_shutdown("signal")),
        (is_ending, END_WITHIN_S, lambda: leave(_forced_status[0])),
        (is_ending, END_WITHIN_S + LAST_WORDS_S, lambda: os._exit(_forced_status[0])),
    ):
        threading.Thread(target=_after, args=(condition, wait_s, action), daemon=True).start()


def _after(condition: Callable[[], bool], wait_s: float, action: Callable[[], None]) -> None:
    """Nothing in here may wait for a lock that what hangs may hold."""
    while not condition():
        time.sleep(0.1)
    time.sleep(wait_s)
    action()
