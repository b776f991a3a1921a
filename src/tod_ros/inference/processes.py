"""Pictures looked at by several processes at a time, their results in the order of the pictures.

The processes are forked from one that has loaded the detector, so that none loads it again. Only
LiteRT with one thread survives that: TensorFlow's threads do not, and it uses every core alone.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Callable, Deque, Iterable, Iterator, List, TypeVar

from tod_ros.errors import ModelError

Item = TypeVar("Item")
Result = TypeVar("Result")

LEAST_EACH = 10  # pictures; for fewer, starting a process takes as long as it saves
AT_ONCE = 4  # pictures handed to a process together: less to send, and the progress still moves
AHEAD = 2  # such handfuls that wait for each process

_work: Callable[[Any], Any]  # of a forked process


def process_count(runtime: str, pictures: int) -> int:
    """How many processes look at so many pictures; 1: this one alone."""
    if runtime != "litert":
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), pictures // LEAST_EACH))


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], processes: int = 1
) -> Iterator[Result]:
    """map() by several processes; what `work` raises is raised here.

    `work` may be any function: the processes inherit it. Items and results are pickled. Whoever
    stops reading waits for the few handfuls that were handed out: taking them back may hang for
    ever while the pool ends (Python up to 3.11).
    """
    if processes == 1:
        yield from map(work, items)
        return
    waiting: Deque[Future[List[Result]]] = deque()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, context, _begin, (work,)) as pool:
        try:
            for handful in _handfuls(items):
                waiting.append(pool.submit(_do, handful))
                if len(waiting) > AHEAD * processes:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool:
            raise ModelError(
                "a process that looked at pictures was ended from outside: is there enough memory?"
            ) from None


def _handfuls(items: Iterable[Item]) -> Iterator[List[Item]]:
    left = iter(items)
    while True:
        handful = list(itertools.islice(left, AT_ONCE))
        if not handful:
            return
        yield handful


def _begin(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    follow_parent()


def follow_parent() -> None:
    """In a worker process: the parent decides about Ctrl-C, and whose parent has died, ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(handful: List[Any]) -> List[Any]:
    return [_work(item) for item in handful]
