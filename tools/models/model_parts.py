"""The parts in which the shipped detector learns; each goes on from where the one before ended.

First from drawn pictures as they come, made small and then at full size, then again and again with
those among many more that it got wrong. The last parts are in wide_parts.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from making import ROOT, begin_anew, export_run, last_checkpoint, read_from, train_shown

from tod_ros.cli.progress import watcher
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.synthetic_records import TrainingSet, draw_records
from tod_ros.pipeline.config_file import read_pipeline, set_value
from tod_ros.training.hard_pictures import Examiner

CONFIG = ROOT / "config/pipelines/cube_faces.config"
CLASSES = ("one", "two")
SHARDS = 24
FIRST_SHARES = {"scenes": 1.0, "mosaics": 1.0}
SMALL_HW = (160, 192)  # what the first steps see the pictures at
SMALL_RATE, SMALL_WARMUP_STEPS = 3e-3, 200
FULL_RATE = 2e-3  # of the steps after those, at the config's size
HARD_SEED = 3000  # a part: more than the seed of the other pictures
HARD_SHOWS = 4  # of each spot that it got wrong, in mosaics of such spots
HARD_SHARE = 0.4  # of a batch are pictures that it got wrong; half of them in its last state
WARMUP_STEPS = 100  # wherever it learns on


@dataclass(frozen=True)
class Part:
    """In which it learns on from what it got wrong."""

    examined: int  # scenes, to find those
    steps: int
    rate: float
    frozen: bool  # batch norm keeps its averages: a step costs 0.87 of one


PARTS = {
    1: Part(examined=25000, steps=1800, rate=1.5e-3, frozen=False),
    2: Part(examined=25000, steps=1300, rate=1.5e-3, frozen=True),
    3: Part(examined=15000, steps=1000, rate=1e-3, frozen=True),
}


def export(run_dir: Path, folder: Path) -> None:
    """The model folder of a run's last checkpoint."""
    export_run(read_pipeline(CONFIG), run_dir, folder, CLASSES)


def draw(args: argparse.Namespace, work: Path) -> None:
    draw_scenes(args, work)
    _draw(args, work, "mosaics", args.mosaics)


def draw_scenes(args: argparse.Namespace, work: Path) -> None:
    _draw(args, work, "scenes", args.pictures)


def _draw(args: argparse.Namespace, work: Path, kind: str, count: int) -> None:
    wanted = TrainingSet(CLASSES, count, SHARDS, args.seed, kind=kind)
    watch = watcher("drawing", unit="shard")
    draw_records(work / kind, wanted, processes=args.processes, watch=watch)


def train_small(args: argparse.Namespace, work: Path) -> None:
    config = read_pipeline(CONFIG)
    falls_in = 2 * args.small_steps  # they end at half their rate, not at 0
    begin_anew(config, args.small_steps, SMALL_RATE, SMALL_WARMUP_STEPS, falls_in)
    size = config.model.ssd.image_resizer.fixed_shape_resizer
    size.height, size.width = SMALL_HW
    learn(config, args, work, FIRST_SHARES, "run-small")


def train(args: argparse.Namespace, work: Path) -> None:
    config = config_to_go_on(last_checkpoint(work / "run-small"), args.steps, FULL_RATE)
    learn(config, args, work, FIRST_SHARES, "run-0")


def export_to_examine(part: int, args: argparse.Namespace, work: Path) -> None:
    export(work / f"run-{part - 1}", work / f"network-{part - 1}")


def draw_hard(part: int, args: argparse.Namespace, work: Path) -> None:
    watch = watcher("examining", unit="shard")
    seed, model = part * HARD_SEED + args.seed, str(work / f"network-{part - 1}")
    examined = args.examined[part - 1]
    wanted = TrainingSet(CLASSES, examined, SHARDS, seed, hard_for=model, hard_shows=HARD_SHOWS)
    draw_records(
        work / f"hard-{part}",
        wanted,
        processes=args.processes,
        new_examiner=Examiner,
        watch=watch,
    )


def train_on(part: int, args: argparse.Namespace, work: Path) -> None:
    steps, settings = args.more_steps[part - 1], PARTS[part]
    config = config_to_go_on(last_checkpoint(work / f"run-{part - 1}"), steps, settings.rate)
    config.model.ssd.freeze_batchnorm = settings.frozen
    shares = {"scenes": (1 - HARD_SHARE) / 2, "mosaics": (1 - HARD_SHARE) / 2}
    learn(config, args, work, {**shares, **_hard_shares(part)}, f"run-{part}")


def config_to_go_on(
    checkpoint: str, steps: int, rate: float, falls_in: Optional[int] = None
) -> Any:
    """For so many steps more from a checkpoint."""
    config = read_pipeline(CONFIG)
    begin_anew(config, steps, rate, WARMUP_STEPS, falls_in)
    config.train_config.fine_tune_checkpoint = checkpoint
    config.train_config.fine_tune_checkpoint_type = "full"
    set_value(config, "train_config.fine_tune_checkpoint_version", "V2")
    return config


def _hard_shares(part: int) -> Dict[str, float]:
    """The newest of the hard pictures make up half of them."""
    newest = HARD_SHARE / 2 if part > 1 else HARD_SHARE
    older = {f"hard-{earlier}": (HARD_SHARE - newest) / (part - 1) for earlier in range(1, part)}
    return {**older, f"hard-{part}": newest}


def learn(
    config: Any, args: argparse.Namespace, work: Path, shares: Mapping[str, float], run_name: str
) -> None:
    """Train on pictures of these kinds, in these shares of a batch."""
    label_map = work / "label_map.pbtxt"
    write_label_map(label_map, LabelMap.from_names(CLASSES))
    read_from(config, label_map, [work / kind / "train.record-*" for kind in shares])
    config.train_input_reader.sample_from_datasets_weights[:] = list(shares.values())
    train_shown(config, CONFIG, work / run_name, args.seed)
