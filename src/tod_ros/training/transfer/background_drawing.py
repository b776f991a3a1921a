"""The drawn pictures of a project with few of its own, made while the training begins.

FOLDER/captures/train.record-00000-of-00008   the project's pictures, augmented
FOLDER/composites/...  mosaics/...  replay/...
FOLDER/drawn.json                             what they are drawn from: a change draws all anew

The first record of each kind is complete before the training begins. Every other record is a link
to the first until it is drawn. The training opens the records anew in each epoch.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, List, Optional, Sequence

from tod_ros.errors import TrainingError
from tod_ros.files import make_folder, read_bytes, read_text, remove, remove_tree, write_text
from tod_ros.images.limits import MAX_BYTES
from tod_ros.text import Progress, one_line, unheard
from tod_ros.training.transfer.drawing_processes import draw, processes
from tod_ros.training.transfer.pictures import Pictures

SHARDS = 8
ENDED = "a process that draws pictures was ended, for want of memory perhaps; start again to go on"


@dataclass(frozen=True)
class DrawnKind:
    """Where the records of a kind are, as a pattern, and their share of a batch."""

    kind: str
    count: int
    pattern: str
    share: float


@dataclass(frozen=True)
class _Job:
    kind: str
    path: Path
    numbers: range


class BackgroundDrawing:
    """Pictures being drawn, by processes of their own; close() ends it, finished or not."""

    def __init__(
        self,
        folder: Path,
        pictures: Pictures,
        new_pool: Optional[Callable[[Pictures, Any], Executor]] = None,
    ):
        counts = pictures.counts()
        _forget_others(folder, _key(pictures))
        self.kinds = [
            DrawnKind(kind, count, str(folder / kind / "train.record-*"), pictures.shares[kind])
            for kind, count in counts.items()
        ]
        by_kind = {kind: _jobs(folder / kind, kind, count) for kind, count in counts.items()}
        self._first = [jobs[0] for jobs in by_kind.values() if not _is_drawn(jobs[0])]
        # the slowest kind first, so that no process is left alone with it at the end
        self._others = [
            job
            for jobs in sorted(by_kind.values(), key=lambda jobs: jobs[0].kind != "mosaics")
            for job in jobs[1:]
            if not _is_drawn(job)
        ]
        self._folder = folder
        self._pool: Optional[Executor] = None
        if self._first or self._others:
            self._stop = multiprocessing.get_context("spawn").Event()
            self._pool = (new_pool or processes)(pictures, self._stop)

    def draw_first(
        self,
        progress: Progress = unheard,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Draw what a training needs to begin; the rest goes on without being waited for.

        `say` is told, once and from another thread, if something went wrong with the rest.
        """
        if self._pool is None:
            return
        for job in (*self._first, *self._others):
            make_folder(job.path.parent)
        first = [_begun(self._pool, job) for job in self._first]
        started = [*first, *(_begun(self._pool, job) for job in self._others)]
        try:
            for done, drawn in enumerate(as_completed(first), start=1):
                drawn.result()
                progress(done, len(first))
        except BrokenExecutor:
            raise TrainingError(f"{self._folder}: {ENDED}") from None
        for job in self._others:
            _stand_in(job)
        self._tell_faults(started, say)

    def close(self) -> None:
        """What is not drawn yet ends at once by itself: jobs taken back could hang the pool."""
        if self._pool is not None:
            self._stop.set()
            self._pool.shutdown()

    def _tell_faults(self, started: Sequence[Future[None]], say: Callable[[str], None]) -> None:
        """Of what nobody waits for: the training goes on with the pictures that are there."""
        told = threading.Lock()

        def tell(drawn: Future[None]) -> None:
            fault = drawn.exception()
            if fault is None or self._stop.is_set() or not told.acquire(blocking=False):
                return
            why = ENDED if isinstance(fault, BrokenExecutor) else one_line(fault)
            say(f"{self._folder}: learning without some of the drawn pictures: {why}")

        for drawn in started:
            drawn.add_done_callback(tell)


def _key(pictures: Pictures) -> str:
    """What the pictures are drawn from, as one line."""
    digest = hashlib.sha256()
    for sample in pictures.samples:
        for path in (sample.picture, sample.xml):
            digest.update(path.name.encode() + read_bytes(path, MAX_BYTES))
    return json.dumps([pictures.told(), digest.hexdigest()])


def _forget_others(folder: Path, key: str) -> None:
    path = folder / "drawn.json"
    if path.is_file() and read_text(path).strip() == key:
        for draft in folder.glob("*/.draft-*"):  # of processes that were killed
            remove(draft)
        return
    try:
        remove_tree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise TrainingError(
            f"{folder}: what was drawn from other pictures cannot be removed"
            f" ({error.strerror or error}); remove it by hand, or name another --run"
        ) from None
    make_folder(folder)
    write_text(path, key + "\n")


def _jobs(folder: Path, kind: str, count: int) -> List[_Job]:
    shards = min(SHARDS, count)
    paths = (folder / f"train.record-{n:05d}-of-{shards:05d}" for n in range(shards))
    return [_Job(kind, path, range(n, count, shards)) for n, path in enumerate(paths)]


def _is_drawn(job: _Job) -> bool:
    return job.path.is_file() and not job.path.is_symlink()


def _begun(pool: Executor, job: _Job) -> Future[None]:
    return pool.submit(draw, job.path, job.kind, job.numbers)


def _stand_in(job: _Job) -> None:
    """A link to the first record where this one is not drawn yet."""
    first = job.path.with_name(f"train.record-00000{job.path.name[-9:]}")
    with contextlib.suppress(FileExistsError):  # drawn in the meantime, or left by a stop
        job.path.symlink_to(first.name)
