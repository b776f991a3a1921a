"""The last parts of the shipped detector's learning: away from the scenes that it began with.

It learns from harsh painted scenes and from lit ones, beside what it knows; then on, where steps
for that are asked for, also from those of them that it got wrong.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, Mapping

import model_parts as parts
from making import last_checkpoint
from mean_weights import write_mean

from tod_ros.cli.progress import watcher
from tod_ros.dataset.synthetic_records import TrainingSet, draw_records
from tod_ros.training.hard_pictures import Examiner

SEED, MOSAICS_SEED, HARD_SEED = 7000, 8000, 9000  # more than the seed of the other pictures
SHOWN = "harsh scenes, lit ones and mosaics of the first, to learn from"
HARSH: Mapping[str, Any] = {"difficulty": "harsh"}
LIT: Mapping[str, Any] = {"family": "lit"}
MOSAICS: Mapping[str, Any] = {"kind": "mosaics"}
FULL: Mapping[str, Any] = {}
SETS: Dict[str, Mapping[str, Any]] = {
    "harsh": HARSH,
    "lit": LIT,
    "harsh-mosaics": {**HARSH, **MOSAICS},
}
EXAMINED = {"hard-harsh": HARSH, "hard-lit": LIT, "hard-full": FULL}
FIRST_SHARES = {"harsh": 0.2, "lit": 0.28, "harsh-mosaics": 0.27, "scenes": 0.25}
HARD_SHARES = {"hard-harsh": 0.2, "hard-lit": 0.1, "hard-full": 0.1}
FIRST_RATE, SECOND_RATE = 2e-3, 1.5e-3
FALLS_IN = 1.134  # of the first part's steps: they end a little above a rate of 0


@dataclass(frozen=True)
class Defaults:
    """How many pictures and steps, and how many scenes are looked through for hard ones."""

    pictures: Any = (6000, 4000, 2400)
    examined: Any = (8000, 1500, 6000)
    steps: Any = (1587, 0)
    share: float = 0.4  # of the weights after these parts, in the mean with those before


DEFAULTS = Defaults()


def draw(args: argparse.Namespace, work: Path) -> None:
    for (name, options), count in zip(SETS.items(), args.wide_pictures):
        seed = MOSAICS_SEED if options.get("kind") == "mosaics" else SEED
        wanted = TrainingSet(parts.CLASSES, count, parts.SHARDS, seed + args.seed, **options)
        _draw(args, work / name, wanted)


def train(args: argparse.Namespace, work: Path) -> None:
    """Where asked for, as another model folder's network goes on."""
    steps = args.wide_steps[0]
    config = parts.config_to_go_on(_start(args, work), steps, FIRST_RATE, round(FALLS_IN * steps))
    parts.learn(config, args, work, FIRST_SHARES, "run-wide-1")


def export_to_examine(args: argparse.Namespace, work: Path) -> None:
    parts.export(work / "run-wide-1", work / "network-wide")


def draw_hard(args: argparse.Namespace, work: Path) -> None:
    for (name, options), count in zip(EXAMINED.items(), args.wide_examined):
        wanted = TrainingSet(parts.CLASSES, count, parts.SHARDS, HARD_SEED + args.seed, **options)
        hard_for = str(work / "network-wide")
        _draw(args, work / name, replace(wanted, hard_for=hard_for, hard_shows=parts.HARD_SHOWS))


def train_on(args: argparse.Namespace, work: Path) -> None:
    start = last_checkpoint(work / "run-wide-1")
    config = parts.config_to_go_on(start, args.wide_steps[1], SECOND_RATE)
    config.model.ssd.freeze_batchnorm = True
    left = 1 - sum(HARD_SHARES.values())
    shares = {name: round(left * share, 4) for name, share in FIRST_SHARES.items()}
    parts.learn(config, args, work, {**shares, **HARD_SHARES}, "run-wide-2")


def mix(args: argparse.Namespace, work: Path) -> None:
    """The mean of what it was before these parts and what it is after them."""
    last = "run-wide-2" if args.wide_steps[1] else "run-wide-1"
    write_mean(work / "mixed", _start(args, work), last_checkpoint(work / last), args.wide_share)


def _start(args: argparse.Namespace, work: Path) -> str:
    """The network before these parts: another folder's, where one is to go on from."""
    if args.go_on_from:
        return str(args.go_on_from / "checkpoint/ckpt-0")
    return last_checkpoint(work / f"run-{max(parts.PARTS)}")


def _draw(args: argparse.Namespace, folder: Path, wanted: TrainingSet) -> None:
    examiner = Examiner if wanted.hard_for else None
    watch = watcher("examining" if examiner else "drawing", unit="shard")
    draw_records(folder, wanted, processes=args.processes, new_examiner=examiner, watch=watch)
