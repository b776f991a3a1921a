"""The parts in which the shipped detector learns; each goes on from where the one before ended.

First from drawn pictures as they come, made small and then at full size, then again and again with
those among many more that it got wrong. Here it is a narrow network; it grows before the last
parts, which are in wide_parts.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping

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


def narrow_config() -> Any:
    """Of the network before it grows: half of MobileNetV2's channels, and light as it falls."""
    config = read_pipeline(CONFIG)
    extractor, predictor = config.model.ssd.feature_extractor, config.model.ssd.box_predictor
    extractor.type, extractor.depth_multiplier = "ssd_mobilenet_v2_fpn_keras", 0.5
    extractor.fpn.additional_layer_depth = 64
    predictor.weight_shared_convolutional_box_predictor.depth = 64
    return config


def export(config: Any, run_dir: Path, folder: Path) -> None:
    """The model folder of a run's last checkpoint."""
    export_run(config, run_dir, folder, CLASSES)


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
    config = narrow_config()
    falls_in = 2 * args.small_steps  # they end at half their rate, not at 0
    begin_anew(config, args.small_steps, SMALL_RATE, SMALL_WARMUP_STEPS, falls_in)
    size = config.model.ssd.image_resizer.fixed_shape_resizer
    size.height, size.width = SMALL_HW
    learn(config, args, work, FIRST_SHARES, "run-small")


def train(args: argparse.Namespace, work: Path) -> None:
    config = narrow_config()
    go_on_from(last_checkpoint(work / "run-small"), config, args.steps, FULL_RATE)
    learn(config, args, work, FIRST_SHARES, "run-0")


def export_to_examine(part: int, args: argparse.Namespace, work: Path) -> None:
    export(narrow_config(), work / f"run-{part - 1}", work / f"network-{part - 1}")


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
    config = narrow_config()
    go_on_from(last_checkpoint(work / f"run-{part - 1}"), config, steps, settings.rate)
    config.model.ssd.freeze_batchnorm = settings.frozen
    shares = {"scenes": (1 - HARD_SHARE) / 2, "mosaics": (1 - HARD_SHARE) / 2}
    learn(config, args, work, {**shares, **_hard_shares(part)}, f"run-{part}")


def go_on_from(checkpoint: str, config: Any, steps: int, rate: float) -> None:
    """Let a config's training take so many steps more from a checkpoint."""
    begin_anew(config, steps, rate, WARMUP_STEPS)
    config.train_config.fine_tune_checkpoint = checkpoint
    config.train_config.fine_tune_checkpoint_type = "full"
    set_value(config, "train_config.fine_tune_checkpoint_version", "V2")


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
