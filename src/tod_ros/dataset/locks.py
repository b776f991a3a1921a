"""One program at a time: locks that the system frees when their holder dies, even by kill -9."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from pathlib import Path
from typing import Callable, Iterator, Union

from tod_ros.errors import TodError
from tod_ros.files import PathLike, open_in_place

POLL_S = 0.02
SAY_AFTER_S = 1.0

log = logging.getLogger("rosout." + __name__)
# The error for who comes second, or what makes it of the number of the process that was first
Refusal = Union[TodError, Callable[[str], TodError]]


@contextlib.contextmanager
def only_one(path: PathLike, refusal: Refusal) -> Iterator[None]:
    """Raise `refusal` if another process holds the lock file `path`.

    The file stays: to remove it would let two programs lock two files of the same name.
    """
    with open_in_place(path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read(20).decode("ascii", "replace").strip() or "?"
            raise (refusal(holder) if callable(refusal) else refusal) from None
        if callable(refusal):
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n".encode())
            lock.flush()
        yield


@contextlib.contextmanager
def in_turn(folder: Path, refusal: TodError, timeout_s: float) -> Iterator[None]:
    """Hold a folder for a moment; waits for who holds it, with a line, and then gives up.

    On a disk without locks (some network file systems) nobody waits.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _wait_for(handle, folder, refusal, timeout_s)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Show others that a folder is being worked in, as long as this process lives."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def is_held(folder: Path) -> bool:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # on a disk without locks all count as held
        return True
    finally:
        os.close(handle)
    return False


def _wait_for(handle: int, folder: Path, refusal: TodError, timeout_s: float) -> None:
    started_s, has_said = time.monotonic(), False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            waited_s = time.monotonic() - started_s
        except OSError:
            return
        if waited_s > timeout_s:
            raise refusal
        if waited_s > SAY_AFTER_S and not has_said:
            log.warning("%s: another program is changing it; waiting for it", folder)
            has_said = True
        time.sleep(POLL_S)
