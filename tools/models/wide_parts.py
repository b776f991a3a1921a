"""The last parts of the shipped detector's learning: away from the scenes that it began with.

The network grows, and sees in even light. Then it learns from harsh painted scenes and from lit
ones, beside what it knows; in later parts also from those of them that it got wrong. Its weights
are the mean of those before and after the third part. In the fourth it learns how people write; in
the fifth also in harsh and lit scenes, where strokes at random are among the wrong marks. The mean
of its weights before and after that is what comes out.
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
SHOWN = (
    "harsh scenes, lit ones, mosaics of the first, and handwritten ones (painted, harsh, lit), to"
    " learn from"
)
LOOKED_THROUGH = (
    "harsh, lit and full scenes to find hard ones in, of each later part; handwritten ones of the"
    " last two; scribbled ones (painted, and handwritten harsh, lit) of the last"
)
HARSH: Mapping[str, Any] = {"difficulty": "harsh"}
LIT: Mapping[str, Any] = {"family": "lit"}
MOSAICS: Mapping[str, Any] = {"kind": "mosaics"}
FULL: Mapping[str, Any] = {}
WRITTEN: Mapping[str, Any] = {"handwriting": str(real_handwriting.LEARN)}
SCRIBBLED: Mapping[str, Any] = {"scribbles": 0.35}
WRITTEN_HARSH: Mapping[str, Any] = {**WRITTEN, **HARSH, **SCRIBBLED}
WRITTEN_LIT: Mapping[str, Any] = {**WRITTEN, **LIT, **SCRIBBLED}
SETS: Dict[str, Mapping[str, Any]] = {
    "harsh": HARSH,
    "lit": LIT,
    "harsh-mosaics": {**HARSH, **MOSAICS},
    "written": WRITTEN,
    "written-harsh": WRITTEN_HARSH,
    "written-lit": WRITTEN_LIT,
}
EXAMINED = {
    "harsh": HARSH,
    "lit": LIT,
    "full": FULL,
    "written": WRITTEN,
    "scribbled": SCRIBBLED,
    "written-harsh": WRITTEN_HARSH,
    "written-lit": WRITTEN_LIT,
}
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
FIFTH_SHARES = {
    **{"scenes": 0.12, "lit": 0.14, "harsh": 0.05, "harsh-mosaics": 0.03},
    **{"written": 0.12, "written-harsh": 0.12, "written-lit": 0.16},
    **{"hard-scribbled-5": 0.06, "hard-written-lit-5": 0.08, "hard-written-harsh-5": 0.05},
    **{"hard-written-5": 0.07},
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
    5: Part(1.5e-3, FIFTH_SHARES, frozen=True),
}
MIXED_AFTER = (3, 5)  # the weights before and after these parts are averaged


@dataclass(frozen=True)
class Defaults:
    """How many pictures and steps; how many scenes each later part looks through for hard ones."""

    pictures: Any = (12000, 16000, 2400, 14000, 8000, 10000)
    examined: Any = (4000, 8000, 8000, 8000, 6000, 4000, 8000)
    steps: Any = (6000, 3000, 5000, 6000, 6000)


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


def mix(part: int, args: argparse.Namespace, work: Path) -> None:
    """What it was before this part and what it is after it, half and half."""
    before, after = (last_checkpoint(work / run) for run in (_before(part), f"run-wide-{part}"))
    write_mean(work / f"mixed-{part}", before, after)


def export(args: argparse.Namespace, work: Path) -> None:
    parts.export(read_pipeline(parts.CONFIG), work / _before(max(PARTS) + 1), work / "model")


def _before(part: int) -> str:
    """The weights that a part goes on from."""
    if part == 1:
        return "grown"
    return f"mixed-{part - 1}" if part - 1 in MIXED_AFTER else f"run-wide-{part - 1}"


def _start(args: argparse.Namespace, work: Path) -> str:
    """The network before these parts: another folder's, where one is to go on from."""
    if args.go_on_from:
        return str(args.go_on_from / "checkpoint/ckpt-0")
    return last_checkpoint(work / f"run-{max(parts.PARTS)}")


def _draw(args: argparse.Namespace, folder: Path, wanted: TrainingSet) -> None:
    examiner = Examiner if wanted.hard_for else None
    watch = watcher("examining" if examiner else "drawing", unit="shard")
    draw_records(folder, wanted, processes=args.processes, new_examiner=examiner, watch=watch)
