"""The last parts of the shipped detector's learning: away from the scenes that it began with.

It learns from harsh painted scenes and from lit ones, beside what it knows; then also from those
of them that it got wrong; in the end with more of what it began with.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Mapping

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
HOME_SHARES = {"scenes": 0.3, "harsh": 0.12, "lit": 0.15, "harsh-mosaics": 0.05}
HARD_AT_HOME_SHARES = {"hard-harsh": 0.15, "hard-lit": 0.08, "hard-full": 0.15}
FALLS_IN = 1.134  # of the first part's steps: they end a little above a rate of 0


@dataclass(frozen=True)
class Part:
    """One of these parts: at which rate it learns, from which pictures, in which shares."""

    rate: float
    shares: Mapping[str, float]
    frozen: bool = True  # batch norm keeps its averages


PARTS = {
    1: Part(2e-3, FIRST_SHARES, frozen=False),
    2: Part(1.5e-3, {**{name: 0.6 * share for name, share in FIRST_SHARES.items()}, **HARD_SHARES}),
    3: Part(1e-3, {**HOME_SHARES, **HARD_AT_HOME_SHARES}),
}


@dataclass(frozen=True)
class Defaults:
    """How many pictures and steps, and how many scenes are looked through for hard ones."""

    pictures: Any = (6000, 4000, 2400)
    examined: Any = (8000, 1500, 6000)
    steps: Any = (1587, 2000, 1500)
    share: float = 0.6  # of the weights after these parts, in the mean with those before


DEFAULTS = Defaults()


def draw(args: argparse.Namespace, work: Path) -> None:
    for (name, options), count in zip(SETS.items(), args.wide_pictures):
        seed = MOSAICS_SEED if options.get("kind") == "mosaics" else SEED
        wanted = TrainingSet(parts.CLASSES, count, parts.SHARDS, seed + args.seed, **options)
        _draw(args, work / name, wanted)


def train(part: int, args: argparse.Namespace, work: Path) -> None:
    """The first goes on from another model folder's network, where that is asked for."""
    steps, settings = args.wide_steps[part - 1], PARTS[part]
    start = last_checkpoint(work / f"run-wide-{part - 1}") if part > 1 else _start(args, work)
    falls_in = round(FALLS_IN * steps) if part == 1 else None
    config = parts.config_to_go_on(start, steps, settings.rate, falls_in)
    config.model.ssd.freeze_batchnorm = settings.frozen
    parts.learn(config, args, work, settings.shares, f"run-wide-{part}")


def export_to_examine(args: argparse.Namespace, work: Path) -> None:
    parts.export(work / "run-wide-1", work / "network-wide")


def draw_hard(args: argparse.Namespace, work: Path) -> None:
    for (name, options), count in zip(EXAMINED.items(), args.wide_examined):
        wanted = TrainingSet(parts.CLASSES, count, parts.SHARDS, HARD_SEED + args.seed, **options)
        hard_for = str(work / "network-wide")
        _draw(args, work / name, replace(wanted, hard_for=hard_for, hard_shows=parts.HARD_SHOWS))


def mix(args: argparse.Namespace, work: Path) -> None:
    """The mean of what it was before these parts and what it is after them."""
    last = last_checkpoint(work / f"run-wide-{max(asked_for(args))}")
    write_mean(work / "mixed", _start(args, work), last, args.wide_share)


def asked_for(args: argparse.Namespace) -> List[int]:
    """The parts that are to be learnt: up to the first one without steps."""
    return [part for part in PARTS if all(args.wide_steps[:part])] or [1]


def _start(args: argparse.Namespace, work: Path) -> str:
    """The network before these parts: another folder's, where one is to go on from."""
    if args.go_on_from:
        return str(args.go_on_from / "checkpoint/ckpt-0")
    return last_checkpoint(work / f"run-{max(parts.PARTS)}")


def _draw(args: argparse.Namespace, folder: Path, wanted: TrainingSet) -> None:
    examiner = Examiner if wanted.hard_for else None
    watch = watcher("examining" if examiner else "drawing", unit="shard")
    draw_records(folder, wanted, processes=args.processes, new_examiner=examiner, watch=watch)
