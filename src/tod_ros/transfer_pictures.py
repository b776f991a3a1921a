"""The pictures that help a project with few of its own, drawn before its training starts.

FOLDER/captures/train.record-00000-of-00004   the project's pictures, shown anew
FOLDER/composites/...  mosaics/...  replay/...
FOLDER/drawn.json                             what they were drawn from: other pictures are redone
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.annotations import Annotation
from tod_ros.checking import Sample
from tod_ros.drawn_records import CROWDS, JPEG_QUALITY, scene_seed
from tod_ros.files import replacing, write_text
from tod_ros.labels import LabelMap
from tod_ros.records import encode_example, shard_paths, write_record
from tod_ros.scene import Scene, draw_mosaic, draw_scene
from tod_ros.shown_anew import read_sample, shown_anew
from tod_ros.transfer_plan import Plan
from tod_ros.transfer_settings import TransferSettings

SIZE_WH = (320, 240)
SHARDS = 4
# of a batch, where all kinds are there
SHARES = {"captures": 0.2, "composites": 0.4, "mosaics": 0.15, "replay": 0.25}
KINDS = tuple(SHARES)


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


def draw_pictures(
    folder: Path,
    plan: Plan,
    samples: Sequence[Sample],
    settings: TransferSettings,
    *,
    processes: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> List[Pictures]:
    """Draw what is missing in FOLDER: what is there from before a stop is kept."""
    counts = numbers_of(plan, samples, settings)
    _forget_others(folder, _key(plan, samples, settings))
    jobs = [job for kind, count in counts.items() for job in _jobs(folder / kind, kind, count)]
    missing = [job for job in jobs if not job.path.exists()]
    for job in missing:
        job.path.parent.mkdir(parents=True, exist_ok=True)
    done = total = sum(len(job.numbers) for job in jobs)
    done -= sum(len(job.numbers) for job in missing)
    material = (plan, tuple(samples), settings)
    for job in _drawn(missing, material, processes or os.cpu_count() or 1):
        done += len(job.numbers)
        progress(done, total)
    return [
        Pictures(kind, count, str(folder / kind / "train.record-*"), SHARES[kind])
        for kind, count in counts.items()
    ]


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


def picture(kind: str, number: int, material: Tuple[Plan, Tuple[Sample, ...], Any]) -> Scene:
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
        return draw_mosaic(seed, plan.shown, SIZE_WH, **options)
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
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_text(path, key + "\n")


def _jobs(folder: Path, kind: str, count: int) -> Iterator[_Job]:
    shards = min(SHARDS, count)
    for number, path in enumerate(shard_paths(folder / "train.record", shards)):
        named = path if shards > 1 else path.with_name(f"{path.name}-00000-of-00001")
        yield _Job(kind, named, range(number, count, shards))


def _drawn(jobs: Sequence[_Job], material: Any, processes: int) -> Iterator[_Job]:
    if processes == 1 or len(jobs) < 2:
        for job in jobs:
            _draw(job, material)
            yield job
        return
    # spawned, not forked: TensorFlow's threads do not survive a fork
    with multiprocessing.get_context("spawn").Pool(processes, _prepare, (material,)) as pool:
        # the dearest first, so that no process is left alone with one of them
        dearest = sorted(jobs, key=lambda job: job.kind != "mosaics")
        yield from pool.imap_unordered(_draw_shard, dearest)


_material: Any = None  # of a drawing process, sent to it once


def _prepare(material: Any) -> None:
    global _material
    _material = material
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides


def _draw_shard(job: _Job) -> _Job:
    _draw(job, _material)
    return job


def _draw(job: _Job, material: Tuple[Plan, Tuple[Sample, ...], Any]) -> None:
    label_map = LabelMap.from_names(material[0].classes)
    with replacing(job.path) as draft, open(draft, "wb") as stream:
        for number in job.numbers:
            scene = picture(job.kind, number, material)
            write_record(stream, _example(scene, f"{job.kind}{number}.jpg", label_map))


def _example(scene: Scene, name: str, label_map: LabelMap) -> bytes:
    height, width = scene.image.shape[:2]
    annotation = Annotation(name, (width, height), scene.boxes)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(scene.image), quality)
    return encode_example(annotation, label_map, packed.tobytes(), "jpeg")
