"""The processes that draw pictures for a training with few pictures, while it runs.

Each process receives the captured faces once. They run with low priority (nice 5), so the
training comes first. They ignore Ctrl-C and exit when asked to, or when the parent process dies.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any, Iterable, Iterator

import cv2

from tod_ros.inference.processes import follow_parent
from tod_ros.training.transfer.pictures import Pictures, write_pictures

# What a pool's initializer leaves to its tasks can only stand in the module, one per process.
_pictures: Any = None
_stop: Any = None  # an event that all of them share


def processes(pictures: Pictures, stop: Any) -> Executor:
    """A process for each core; the training comes first."""
    # spawned, not forked: TensorFlow's threads do not survive a fork
    return ProcessPoolExecutor(
        os.cpu_count() or 1,
        multiprocessing.get_context("spawn"),
        _begin_process,
        (pictures, stop),
    )


def _begin_process(pictures: Pictures, stop: Any) -> None:
    remember(pictures, stop)
    cv2.setNumThreads(1)
    os.nice(5)
    follow_parent()


def remember(pictures: Pictures, stop: Any) -> None:
    global _pictures, _stop
    _pictures, _stop = pictures, stop


def draw(path: Path, kind: str, numbers: Iterable[int]) -> None:
    """In such a process: these pictures of a kind, as a record that is whole or not there."""
    write_pictures(path, kind, _until_stopped(numbers), _pictures)


class _Stopped(Exception):
    pass


def _until_stopped(numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        if _stop.is_set():
            raise _Stopped
        yield number
