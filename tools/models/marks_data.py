"""The pictures that the marks network learns from: which marks, how many of what."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, Tuple

from tod_ros.cli.progress import watcher
from tod_ros.dataset.synthetic_records import TrainingSet, draw_records
from tod_ros.scene.invented_marks import INVENTED

# No two that a person could take for one another: no Z beside the 2, no circle beside the 0.
MARKS = (
    *"0123456789",
    *"ABCDEFGHJKLMNPQRSTUVWXY",
    *"adeh",
    *("star", "heart", "triangle", "square", "plus", "arrow", "check", "wave", "moon", "house"),
    *("bolt", "hash", "question", "spiral"),
    *sorted(INVENTED),
)
SHARDS = 24
SIZE_WH = (320, 240)


def drawings(marks: Tuple[str, ...], scenes: int, mosaics: int, seed: int) -> Iterator[TrainingSet]:
    """The training set of a network that knows these marks."""
    yield TrainingSet(marks, mosaics, SHARDS, seed, SIZE_WH, "dense")
    yield TrainingSet(marks, scenes, SHARDS, seed, SIZE_WH, "scenes")


def empty(marks: Tuple[str, ...], scenes: int, seed: int, model: Path) -> TrainingSet:
    """Those of so many scenes without a mark that this network finds hard."""
    return TrainingSet(marks, scenes, SHARDS, seed, SIZE_WH, "empty", hard_for=str(model))


def draw(folder: Path, wanted: Iterator[TrainingSet], processes: int) -> None:
    """Draw what is missing of each into FOLDER/scenes, FOLDER/dense, FOLDER/empty."""
    watch = watcher("drawing", unit="shard")
    for training_set in wanted:
        draw_records(folder / training_set.kind, training_set, processes=processes, watch=watch)
