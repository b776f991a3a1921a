"""The pictures that help a project with few of its own, drawn while its training begins.

FOLDER/captures/train.record-00000-of-00008   the project's pictures, shown anew
FOLDER/composites/...  mosaics/...  replay/...
FOLDER/drawn.json                             what they are drawn from: others are drawn anew

The first record of each kind is there at once. Until another one is drawn, a link to the first
stands in its place: the training reads whatever is there each time it comes round.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import threading
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

import cv2
import numpy as np

from tod_ros.annotations import Annotation
from tod_ros.checking import Sample
from tod_ros.drawn_records import CROWDS, JPEG_QUALITY, scene_seed
from tod_ros.errors import TrainingError
from tod_ros.files import replacing, write_text
from tod_ros.labels import LabelMap
from tod_ros.records import encode_example, write_record
from tod_ros.scene import Scene, draw_mosaic, draw_scene
from tod_ros.shown_anew import read_sample, shown_anew
from tod_ros.transfer_plan import Plan
from tod_ros.transfer_settings import TransferSettings

SIZE_WH = (320, 240)
SHARDS = 8
# of a batch, where all kinds are there
SHARES = {"captures": 0.2, "composites": 0.4, "mosaics": 0.15, "replay": 0.25}
KINDS = tuple(SHARES)
ENDED = "a process that draws pictures was ended, for want of memory perhaps; start again to go on"
Material = Tuple[Plan, Tuple[Sample, ...], TransferSettings]


@dataclass(frozen=True)
class Pictures:
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


class Drawing:
    """Pictures being drawn, by processes of their own; close() ends it, finished or not."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        samples: Sequence[Sample],
        settings: TransferSettings,
        new_pool: Optional[Callable[[Material, Any], Executor]] = None,
    ):
        counts = numbers_of(plan, samples, settings)
        _forget_others(folder, _key(plan, samples, settings))
        self.kinds = [
            Pictures(kind, count, str(folder / kind / "train.record-*"), SHARES[kind])
            for kind, count in counts.items()
        ]
        by_kind = {kind: _jobs(folder / kind, kind, count) for kind, count in counts.items()}
        self._first = [jobs[0] for jobs in by_kind.values() if not _is_drawn(jobs[0])]
        # the dearest first, so that no process is left alone with one of them at the end
        self._others = [
            job
            for jobs in sorted(by_kind.values(), key=lambda jobs: jobs[0].kind != "mosaics")
            for job in jobs[1:]
            if not _is_drawn(job)
        ]
        self._folder = folder
        self._drawn: List[Future[None]] = []
        self._pool: Optional[Executor] = None
        if self._first or self._others:
            self._stop = multiprocessing.get_context("spawn").Event()
            material = (plan, tuple(samples), settings)
            self._pool = (new_pool or processes)(material, self._stop)

    def draw_first(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Draw what a training needs to begin; the rest goes on without being waited for.

        `say` is told, once and from another thread, if something went wrong with the rest.
        """
        if self._pool is None:
            return
        for job in (*self._first, *self._others):
            job.path.parent.mkdir(parents=True, exist_ok=True)
        first = [self._pool.submit(_draw, job) for job in self._first]
        self._drawn = [*first, *(self._pool.submit(_draw, job) for job in self._others)]
        try:
            for done, drawn in enumerate(as_completed(first), start=1):
                drawn.result()
                progress(done, len(first))
        except BrokenExecutor:
            raise TrainingError(f"{self._folder}: {ENDED}") from None
        for job in self._others:
            _stand_in(job)
        self._tell_faults(say)

    def close(self) -> None:
        if self._pool is not None:
            self._stop.set()
            for drawn in self._drawn:
                drawn.cancel()
            self._pool.shutdown()

    def _tell_faults(self, say: Callable[[str], None]) -> None:
        """Of what nobody waits for: the training goes on with the pictures that are there."""
        told = threading.Lock()

        def tell(drawn: Future[None]) -> None:
            fault = None if drawn.cancelled() else drawn.exception()
            if fault is None or self._stop.is_set() or not told.acquire(blocking=False):
                return
            why = ENDED if isinstance(fault, BrokenExecutor) else " ".join(str(fault).split())
            say(f"{self._folder}: learning without some of the drawn pictures: {why}")

        for drawn in self._drawn:
            drawn.add_done_callback(tell)


def numbers_of(plan: Plan, samples: Sequence[Sample], settings: TransferSettings) -> Dict[str, int]:
    """How many pictures of each kind there will be: a kind without material has none."""
    wanted = {kind: int(getattr(settings, kind)) for kind in KINDS}
    if not samples:
        wanted["captures"] = 0
    if not plan.drawn:
        wanted["replay"] = 0
    if not plan.shown or not any(plan.captured.faces.get(name) for name in plan.classes):
        wanted["composites"] = wanted["mosaics"] = 0
    return {kind: count for kind, count in wanted.items() if count}


def picture(kind: str, number: int, material: Material) -> Scene:
    """Picture `number` of a kind, and its boxes."""
    plan, samples, settings = material
    seed = scene_seed(settings.seed, number) + (KINDS.index(kind) + 1) * 10**10
    if kind == "captures":
        return shown_anew(*read_sample(samples[number % len(samples)]), SIZE_WH, seed)
    if kind == "replay":
        return _scene(seed, number, plan.drawn, {"wrong_marks": plan.wrong_marks})
    pasted = {name: plan.captured.faces[name] for name in plan.shown if name not in plan.drawn}
    options = {
        "wrong_marks": plan.wrong_marks,
        "marks": plan.captured.marks,
        "photos": pasted,
    }
    if kind == "mosaics":
        return draw_mosaic(seed, plan.shown, SIZE_WH, dense=True, **options)
    return _scene(seed, number, plan.shown, options)


def _scene(seed: int, number: int, classes: Sequence[str], options: Mapping[str, Any]) -> Scene:
    cubes, others = CROWDS[number % len(CROWDS)]
    return draw_scene(
        seed, classes, SIZE_WH, cubes=cubes, others=others, difficulty="full", **options
    )


def _key(plan: Plan, samples: Sequence[Sample], settings: TransferSettings) -> str:
    """What the pictures are drawn from; the start's weights do not matter."""
    digest = hashlib.sha256()
    for sample in samples:
        for path in (sample.picture, sample.xml):
            digest.update(path.name.encode() + path.read_bytes())
    drawing = {name: value for name, value in asdict(settings).items() if name in (*KINDS, "seed")}
    told = [plan.classes, plan.drawn, plan.wrong_marks, drawing, digest.hexdigest()]
    return json.dumps(told)


def _forget_others(folder: Path, key: str) -> None:
    path = folder / "drawn.json"
    if path.is_file() and path.read_text(encoding="utf-8").strip() == key:
        for draft in folder.glob("*/.draft-*"):  # of processes that were killed
            draft.unlink()
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_text(path, key + "\n")


def _jobs(folder: Path, kind: str, count: int) -> List[_Job]:
    shards = min(SHARDS, count)
    paths = (folder / f"train.record-{n:05d}-of-{shards:05d}" for n in range(shards))
    return [_Job(kind, path, range(n, count, shards)) for n, path in enumerate(paths)]


def _is_drawn(job: _Job) -> bool:
    return job.path.is_file() and not job.path.is_symlink()


def _stand_in(job: _Job) -> None:
    """A link to the first record where this one is not drawn yet."""
    first = job.path.with_name(f"train.record-00000{job.path.name[-9:]}")
    with contextlib.suppress(FileExistsError):  # drawn in the meantime, or left by a stop
        job.path.symlink_to(first.name)


def processes(material: Material, stop: Any) -> Executor:
    """A process for each core; the training comes first."""
    # spawned, not forked: TensorFlow's threads do not survive a fork
    return ProcessPoolExecutor(
        os.cpu_count() or 1,
        multiprocessing.get_context("spawn"),
        _begin_process,
        (material, stop),
    )


def _begin_process(material: Material, stop: Any) -> None:
    remember(material, stop)
    cv2.setNumThreads(1)
    os.nice(5)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


_material: Any = None  # of a drawing process, sent to it once
_stop: Any = None  # an event, of all of them


def remember(material: Material, stop: Any) -> None:
    global _material, _stop
    _material, _stop = material, stop


class _Stopped(Exception):
    pass


def _draw(job: _Job) -> None:
    write_pictures(job.path, job.kind, _until_stopped(job.numbers), _material)


def _until_stopped(numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        if _stop.is_set():
            raise _Stopped
        yield number


def write_pictures(path: Path, kind: str, numbers: Iterable[int], material: Material) -> None:
    """Draw these pictures of a kind into a record."""
    label_map = LabelMap.from_names(material[0].classes)
    with replacing(path) as draft, open(draft, "wb") as stream:
        for number in numbers:
            scene = picture(kind, number, material)
            write_record(stream, _example(scene, f"{kind}{number}.jpg", label_map))


def _example(scene: Scene, name: str, label_map: LabelMap) -> bytes:
    height, width = scene.image.shape[:2]
    annotation = Annotation(name, (width, height), scene.boxes)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(scene.image), quality)
    return encode_example(annotation, label_map, packed.tobytes(), "jpeg")
