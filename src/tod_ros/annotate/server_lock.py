"""One annotation server per project: a lock that the system frees when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Iterator

from tod_ros.errors import ProjectError

FILE_NAME = ".tod-annotate.lock"


@contextlib.contextmanager
def only_server(folder: Path) -> Iterator[None]:
    """Hold the project's lock; ProjectError names who has it already."""
    path = folder / FILE_NAME
    try:
        path.touch()
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be written ({error.strerror})") from None
    with open(path, "r+", encoding="utf-8") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = opened.read(100).strip() or "?"
            raise ProjectError(
                f"{folder.parent}: is being annotated already, by process {holder};"
                " use its page, or end it with Ctrl-C first"
            ) from None
        opened.truncate(0)
        opened.write(f"{os.getpid()}\n")
        opened.flush()
        # The file stays: to delete it would let two servers lock two files of the same name
        yield
