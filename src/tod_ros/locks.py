"""One process at a time."""

from __future__ import annotations

import contextlib
import fcntl
from typing import Iterator

from tod_ros.errors import TodError
from tod_ros.files import PathLike


@contextlib.contextmanager
def only_one(path: PathLike, refusal: TodError) -> Iterator[None]:
    """Raise `refusal` if another process holds `path`; the lock goes with its process."""
    with open(path, "a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        yield
