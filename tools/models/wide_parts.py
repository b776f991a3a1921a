"""The last parts of the shipped detector's learning: away from the scenes that it began with.

The network grows, and sees in even light. Then it learns from harsh painted scenes and from lit
ones, beside what it knows; in later parts also from those of them that it got wrong. Its weights
are the mean of those before and after the third part. In the fourth it learns how people write.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, Mapping

import model_parts as parts
import real_handwriting
from grow import grow
from making import count_pictures, last_checkpoint
from mean_weights import write_mean

from tod_ros.cli.progress import watcher
from tod_ros.dataset.synthetic_records import TrainingSet, draw_records
from tod_ros.export.model_folder_writer import appearing
from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.training.hard_pictures import Examiner

SEED, MOSAICS_SEED, HARD_SEED = 7000, 8000, 9000  # more than the seed of the other pictures
SHOWN = "harsh scenes, lit ones, mosaics of the first and handwritten scenes, to learn from"
LOOKED_THROUGH = (
    "harsh, lit and full scenes to find hard ones in, of each later part, and handwritten ones of"
    " the last"
)
HARSH: Mapping[str, Any] = {"difficulty": "harsh"}
LIT: Mapping[str, Any] = {"family": "lit"}
MOSAICS: Mapping[str, Any] = {"kind": "mosaics"}
FULL: Mapping[str, Any] = {}
WRITTEN: Mapping[str, Any] = {"handwriting": str(real_handwriting.LEARN)}
SETS: Dict[str, Mapping[str, Any]] = {
    "harsh": HARSH,
    "lit": LIT,
    "harsh-mosaics": {**HARSH, **MOSAICS},
    "written": WRITTEN,
}
EXAMINED = {"harsh": HARSH, "lit": LIT, "full": FULL, "written": WRITTEN}
FIRST_SHARES = {"scenes": 0.32, "lit": 0.37, "harsh": 0.23, "harsh-mosaics": 0.08}
SECOND_SHARES = {
    **{"scenes": 0.29, "lit": 0.22, "harsh": 0.08, "harsh-mosaics": 0.05},
    **{"hard-full-2": 0.18, "hard-lit-2": 0.08, "hard-harsh-2": 0.1},
}
THIRD_SHARES = {
    **{"scenes": 0.27, "lit": 0.22, "harsh": 0.08, "harsh-mosaics": 0.05},
    **{"hard-full-2": 0.07, "hard-lit-2": 0.04, "hard-harsh-2": 0.04},
    **{"hard-full-3": 0.1, "hard-lit-3": 0.08, "hard-harsh-3": 0.05},
}
FOURTH_SHARES = {
    **{"scenes": 0.2, "lit": 0.2, "harsh": 0.06, "harsh-mosaics": 0.04, "written": 0.22},
    **{"hard-full-4": 0.07, "hard-lit-4": 0.05, "hard-harsh-4": 0.04, "hard-written-4": 0.12},
}


@dataclass(frozen=True)
class Part:
    """One of these parts: at which rate it learns, from which pictures, in which shares."""

    rate: float
    shares: Mapping[str, float]
    frozen: bool = False  # batch norm keeps its averages: a step costs 0.87 of one


PARTS = {
    1: Part(2e-3, FIRST_SHARES),
    2: Part(1.5e-3, SECOND_SHARES, frozen=True),
    3: Part(1.5e-3, THIRD_SHARES, frozen=True),
    4: Part(1.5e-3, FOURTH_SHARES, frozen=True),
}
MIXED_AFTER = 3  # the weights before and after this part are averaged


@dataclass(frozen=True)
class Defaults:
    """How many pictures and steps; how many scenes each later part looks through for hard ones."""

    pictures: Any = (12000, 16000, 2400, 14000)
    examined: Any = (4000, 8000, 8000, 8000)
    steps: Any = (6000, 3000, 5000, 6000)


DEFAULTS = Defaults()


def draw(args: argparse.Namespace, work: Path) -> None:
    real_handwriting.prepare()
    for (name, options), count in zip(SETS.items(), args.wide_pictures):
        seed = MOSAICS_SEED if options.get("kind") == "mosaics" else SEED
        wanted = TrainingSet(parts.CLASSES, count, parts.SHARDS, seed + args.seed, **options)
        _draw(args, work / name, wanted)


def grow_network(args: argparse.Namespace, work: Path) -> None:
    """From the narrow network; one that is as wide already stays as it is."""
    folder = work / "grown"
    if not folder.exists():
        with appearing(folder) as draft:
            grow(_start(args, work), read_pipeline(parts.CONFIG), draft, args.seed)


def train(part: int, args: argparse.Namespace, work: Path) -> None:
    settings = PARTS[part]
    start = last_checkpoint(work / _before(part))
    config = read_pipeline(parts.CONFIG)
    parts.go_on_from(start, config, args.wide_steps[part - 1], settings.rate)
    config.model.ssd.freeze_batchnorm = settings.frozen
    parts.learn(config, args, work, settings.shares, f"run-wide-{part}")


def export_to_examine(part: int, args: argparse.Namespace, work: Path) -> None:
    folder = work / f"network-wide-{part - 1}"
    parts.export(read_pipeline(parts.CONFIG), work / _before(part), folder)


def draw_hard(part: int, args: argparse.Namespace, work: Path) -> None:
    seed, model = HARD_SEED + 100 * part + args.seed, str(work / f"network-wide-{part - 1}")
    for (name, options), count in zip(EXAMINED.items(), args.wide_examined):
        if f"hard-{name}-{part}" in PARTS[part].shares:
            wanted = TrainingSet(parts.CLASSES, count, parts.SHARDS, seed, **options)
            hard = replace(wanted, hard_for=model, hard_shows=parts.HARD_SHOWS)
            _draw(args, work / f"hard-{name}-{part}", hard)


def count_hard(work: Path) -> int:
    """Of every part."""
    shares = {name for part in PARTS.values() for name in part.shares}
    return sum(count_pictures(work / name) for name in shares if name.startswith("hard-"))


def mix(args: argparse.Namespace, work: Path) -> None:
    """What it was before the third part and what it is after it, half and half."""
    last = MIXED_AFTER
    before, after = (last_checkpoint(work / f"run-wide-{part}") for part in (last - 1, last))
    write_mean(work / "mixed", before, after)


def export(args: argparse.Namespace, work: Path) -> None:
    parts.export(read_pipeline(parts.CONFIG), work / f"run-wide-{max(PARTS)}", work / "model")


def _before(part: int) -> str:
    """The run that a part goes on from."""
    return {1: "grown", MIXED_AFTER + 1: "mixed"}.get(part, f"run-wide-{part - 1}")


def _start(args: argparse.Namespace, work: Path) -> str:
    """The network before these parts: another folder's, where one is to go on from."""
    if args.go_on_from:
        return str(args.go_on_from / "checkpoint/ckpt-0")
    return last_checkpoint(work / f"run-{max(parts.PARTS)}")


def _draw(args: argparse.Namespace, folder: Path, wanted: TrainingSet) -> None:
    examiner = Examiner if wanted.hard_for else None
    watch = watcher("examining" if examiner else "drawing", unit="shard")
    draw_records(folder, wanted, processes=args.processes, new_examiner=examiner, watch=watch)
