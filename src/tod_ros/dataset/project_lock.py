"""One program at a time changes a project's pictures: capture, synth, split, import, a page's save.

Each holds the lock for its moment only. Others wait, with a line that says so.
"""

from __future__ import annotations

import contextlib
from typing import Iterator

from tod_ros.dataset.locks import in_turn
from tod_ros.dataset.project import Project
from tod_ros.errors import ProjectBusy

TIMEOUT_S = 30.0  # ten thousand pictures are split in under a second


@contextlib.contextmanager
def changing(project: Project, timeout_s: float = TIMEOUT_S) -> Iterator[None]:
    """Hold the project's pictures; ProjectBusy where somebody else does not let go of them."""
    busy = ProjectBusy(
        f"{project.images_root}: another program has been changing the pictures for over"
        f" {timeout_s:g} s; wait for it or end it, then try again"
    )
    with in_turn(project.images_root, busy, timeout_s):
        yield
