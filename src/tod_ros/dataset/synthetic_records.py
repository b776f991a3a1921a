"""Drawn pictures as TFRecord shards to train on: by several processes, and resumable.

FOLDER/train.record-00003-of-00024    appears when it is complete, and is not drawn again
FOLDER/drawn.json                     what was asked for: other drawings are refused
"""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Protocol, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.tfrecord import encode_example, shard_paths, write_record
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import ProjectError
from tod_ros.files import PathLike, make_folder, read_text, replacing, write_text
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.mosaic import HardMosaics, draw_mosaic
from tod_ros.scene.scene import Scene
from tod_ros.scene.written_marks import read_written_marks
from tod_ros.text import Watch, unwatched

JPEG_QUALITY = 92  # nearly lossless; the camera's own compression is drawn with the scene
# (cubes with a class, others at most) of every 20 pictures, one of which is easy. More of both than
# `tod synth` draws: a training step costs the same, and what the network is slow to learn is which
# mark a face bears.
CROWDS = (
    *((0, 3), (0, 4), (1, 0), (1, 3), (2, 0), (2, 2), (2, 3), (3, 0), (3, 1), (3, 2)),
    *((3, 3), (4, 0), (4, 1), (4, 2), (5, 0), (5, 1), (6, 0), (4, 3), (3, 0), (2, 1)),
)
PLAIN_TURN = 18
WRITTEN_SHARE = 0.8  # of the marks that people wrote too bear theirs


class Examiner(Protocol):
    """Says where in a scene a network is wrong, or nearly."""

    def hard_spots(self, scene: Scene) -> Tuple[Box, ...]: ...


# From a model folder. The processes that draw are spawned: only a module's own name reaches them.
NewExaminer = Callable[[str], Examiner]


@dataclass(frozen=True)
class TrainingSet:
    """What the pictures of a training set show."""

    classes: Tuple[str, ...]
    pictures: int
    shards: int
    seed: int
    size_wh: Tuple[int, int] = (320, 240)
    kind: str = "scenes"  # or "empty" ones without a class; or "mosaics", or "dense" ones
    family: str = "painted"  # or "lit": how the scenes are made
    difficulty: str = "full"  # or "harsh"
    handwriting: str = ""  # a folder of marks that people wrote
    scribbles: float = 0.0  # share of the wrong marks that are strokes at random
    hard_for: str = ""  # a model folder: only pictures that its network finds hard are kept
    hard_shows: int = 0  # how often each spot that it finds hard is shown again, in mosaics


def draw_records(
    folder: PathLike,
    wanted: TrainingSet,
    *,
    processes: int = 1,
    new_examiner: Optional[NewExaminer] = None,
    watch: Watch = unwatched,
) -> List[Path]:
    """Draw what is missing of the shards and return all their paths.

    `new_examiner` is needed where only the pictures that a network finds hard are kept.
    """
    root = Path(folder)
    make_folder(root)
    _remember(root / "drawn.json", wanted)
    paths = shard_paths(root / "train.record", wanted.shards)
    numbers = [number for number, path in enumerate(paths) if not path.exists()]
    missing = [(paths[number], wanted, number, new_examiner) for number in numbers]
    for _ in watch(_drawn(missing, processes), len(missing)):
        pass
    return paths


def training_picture(wanted: TrainingSet, index: int) -> Scene:
    """Picture `index` of a training set."""
    seed = scene_seed(wanted.seed, index)
    if wanted.kind in ("mosaics", "dense"):
        return draw_mosaic(
            seed,
            wanted.classes,
            wanted.size_wh,
            dense=wanted.kind == "dense",
            family=wanted.family,
            difficulty=wanted.difficulty,
        )
    turn = index % len(CROWDS)
    cubes, others = CROWDS[turn] if wanted.kind == "scenes" else (0, index % 4)
    return draw_scene(
        seed,
        classes=wanted.classes,
        size_wh=wanted.size_wh,
        cubes=cubes,
        others=others,
        difficulty="plain" if turn == PLAIN_TURN else wanted.difficulty,
        family=wanted.family,
        marks=read_written_marks(wanted.handwriting) if wanted.handwriting else {},
        captured_share=WRITTEN_SHARE,
        scribbles=wanted.scribbles,
    )


def scene_seed(seed: int, index: int) -> int:
    """Far from the seeds of tests and `tod synth`: no scene is both trained and judged on."""
    return (seed + 1) * 10**12 + index


_Job = Tuple[Path, TrainingSet, int, Optional[NewExaminer]]


def _remember(path: Path, wanted: TrainingSet) -> None:
    asked = json.dumps(asdict(wanted))
    if path.exists() and read_text(path).strip() != asked:
        raise ProjectError(f"{path.parent}: holds pictures drawn for something else; remove it")
    write_text(path, asked + "\n")


def _drawn(jobs: List[_Job], processes: int) -> Iterator[Path]:
    if processes == 1 or len(jobs) < 2:
        yield from map(_draw_shard, jobs)
        return
    # spawned, not forked: TensorFlow's threads do not survive a fork
    with multiprocessing.get_context("spawn").Pool(processes, _one_thread) as pool:
        yield from pool.imap_unordered(_draw_shard, jobs)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _draw_shard(job: _Job) -> Path:
    path, wanted, number, new_examiner = job
    label_map = LabelMap.from_names(wanted.classes)
    with replacing(path) as draft, open(draft, "wb") as stream:
        for name, scene in _pictures(wanted, number, new_examiner):
            annotation = Annotation(f"{name}.jpg", wanted.size_wh, scene.boxes)
            _, packed = cv2.imencode(".jpg", scene.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            write_record(stream, encode_example(annotation, label_map, packed.tobytes(), "jpeg"))
    return path


def _pictures(
    wanted: TrainingSet, shard: int, new_examiner: Optional[NewExaminer]
) -> Iterator[Tuple[str, Scene]]:
    """The pictures of a shard, and what they are called in it."""
    numbers = range(shard, wanted.pictures, wanted.shards)
    if not wanted.hard_for:
        yield from ((str(index), training_picture(wanted, index)) for index in numbers)
        return
    if new_examiner is None:
        raise TypeError("hard_for needs new_examiner")
    examiner = new_examiner(wanted.hard_for)
    rng = np.random.default_rng((wanted.seed, shard))
    mosaics = HardMosaics(rng, wanted.hard_shows, wanted.size_wh)
    for index in numbers:
        scene = training_picture(wanted, index)
        spots = examiner.hard_spots(scene)
        if spots:
            yield str(index), scene
        for count, mosaic in enumerate(mosaics.add(scene, spots)):
            yield f"{index}-{count}", mosaic
