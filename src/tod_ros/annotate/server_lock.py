"""One annotation server per project."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Iterator

from tod_ros.dataset.locks import only_one
from tod_ros.errors import ProjectBusy, ProjectNotWritable

FILE_NAME = ".tod-annotate.lock"


@contextlib.contextmanager
def only_server(folder: Path) -> Iterator[None]:
    """Hold the project's lock; ProjectError names who has it already."""

    def busy(holder: str) -> ProjectBusy:
        return ProjectBusy(
            f"{folder.parent}: is being annotated already, by process {holder};"
            " use its page, or end it with Ctrl-C first"
        )

    with contextlib.ExitStack() as held:
        try:
            held.enter_context(only_one(folder / FILE_NAME, busy))
        except OSError as error:
            raise ProjectNotWritable(
                f"{error.filename or folder}: cannot be written ({error.strerror})"
            ) from None
        yield
