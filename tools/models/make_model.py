#!/usr/bin/env python3
"""make_model.py: the shipped detector, from nothing: draw, train, export, judge, write the card.

It learns in parts: first from drawn pictures as they come, made small and then at full size, then
again and again with those among many more that it got wrong. Small ones cost less than half a step
and teach it what cubes and digits are. Most pictures it can soon read, and they teach it nothing
more.

Every stage leaves its result in .cache/make_model/seed-N and is not done again: after Ctrl-C or a
crash the same command goes on where it was. The model folder appears whole, at the end.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence

from making import (
    CACHE,
    ROOT,
    Stage,
    begin_anew,
    count_pictures,
    export_run,
    last_checkpoint,
    minutes_spent,
    new_parser,
    put_in_place,
    read_from,
    read_json,
    run,
    run_stages,
    train_shown,
)
from model_card import measure, write_card

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


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = _parser().parse_args(argv)
    work = CACHE / "make_model" / f"seed-{args.seed}"
    return run("make_model", lambda: run_stages(args, work, _STAGES))


def _parser() -> argparse.ArgumentParser:
    parser = new_parser((__doc__ or "").splitlines()[0], 1, ROOT / "models/cube_faces")
    parser.add_argument(
        "--pictures", type=int, default=20000, help="scenes to train on (%(default)s)"
    )
    parser.add_argument(
        "--mosaics", type=int, default=8000, help="to train on, for half of a batch (%(default)s)"
    )
    parser.add_argument(
        "--small-steps", type=int, default=4000, help="on small pictures, first (%(default)s)"
    )
    parser.add_argument(
        "--steps", type=int, default=3000, help="of the first part then (%(default)s)"
    )
    for option, default, meaning in (
        ("--examined", [part.examined for part in PARTS.values()], "scenes to find hard ones in"),
        ("--more-steps", [part.steps for part in PARTS.values()], "steps"),
    ):
        shown = " ".join(map(str, default))
        meaning = f"{meaning}, of each later part ({shown})"
        parser.add_argument(
            option, type=int, nargs=len(PARTS), default=default, metavar="N", help=meaning
        )
    parser.add_argument("--scenes", type=int, default=1000, help="to judge on (%(default)s)")
    parser.add_argument(
        "--empty", type=int, default=500, help="scenes without cubes to judge on (%(default)s)"
    )
    parser.add_argument(
        "--note", default="", help="what was done by hand, for the card: 'Its last steps ...'"
    )
    return parser


def _draw(args: argparse.Namespace, work: Path) -> None:
    watch = watcher("drawing", unit="shard")
    for kind, count in (("scenes", args.pictures), ("mosaics", args.mosaics)):
        wanted = TrainingSet(CLASSES, count, SHARDS, args.seed, kind=kind)
        draw_records(work / kind, wanted, processes=args.processes, watch=watch)


def _train_small(args: argparse.Namespace, work: Path) -> None:
    config = read_pipeline(CONFIG)
    falls_in = 2 * args.small_steps  # they end at half their rate, not at 0
    begin_anew(config, args.small_steps, SMALL_RATE, SMALL_WARMUP_STEPS, falls_in)
    size = config.model.ssd.image_resizer.fixed_shape_resizer
    size.height, size.width = SMALL_HW
    _learn(config, args, work, FIRST_SHARES, "run-small")


def _train(args: argparse.Namespace, work: Path) -> None:
    config = _config_to_go_on(work / "run-small", args.steps, FULL_RATE)
    _learn(config, args, work, FIRST_SHARES, "run-0")


def _export_to_examine(part: int, args: argparse.Namespace, work: Path) -> None:
    _export_run(work / f"run-{part - 1}", work / f"network-{part - 1}")


def _draw_hard(part: int, args: argparse.Namespace, work: Path) -> None:
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


def _train_on(part: int, args: argparse.Namespace, work: Path) -> None:
    steps, settings = args.more_steps[part - 1], PARTS[part]
    config = _config_to_go_on(work / f"run-{part - 1}", steps, settings.rate)
    config.model.ssd.freeze_batchnorm = settings.frozen
    shares = {"scenes": (1 - HARD_SHARE) / 2, "mosaics": (1 - HARD_SHARE) / 2}
    _learn(config, args, work, {**shares, **_hard_shares(part)}, f"run-{part}")


def _config_to_go_on(run_dir: Path, steps: int, rate: float) -> Any:
    """For so many steps more from where a run ended."""
    config = read_pipeline(CONFIG)
    begin_anew(config, steps, rate, WARMUP_STEPS)
    config.train_config.fine_tune_checkpoint = last_checkpoint(run_dir)
    config.train_config.fine_tune_checkpoint_type = "full"
    set_value(config, "train_config.fine_tune_checkpoint_version", "V2")
    return config


def _hard_shares(part: int) -> Dict[str, float]:
    """The newest of the hard pictures make up half of them."""
    newest = HARD_SHARE / 2 if part > 1 else HARD_SHARE
    older = {f"hard-{earlier}": (HARD_SHARE - newest) / (part - 1) for earlier in range(1, part)}
    return {**older, f"hard-{part}": newest}


def _learn(
    config: Any, args: argparse.Namespace, work: Path, shares: Mapping[str, float], run_name: str
) -> None:
    """Train on pictures of these kinds, in these shares of a batch."""
    label_map = work / "label_map.pbtxt"
    write_label_map(label_map, LabelMap.from_names(CLASSES))
    read_from(config, label_map, [work / kind / "train.record-*" for kind in shares])
    config.train_input_reader.sample_from_datasets_weights[:] = list(shares.values())
    train_shown(config, CONFIG, work / run_name, args.seed)


def _export(args: argparse.Namespace, work: Path) -> None:
    _export_run(work / f"run-{max(PARTS)}", work / "model")


def _export_run(run_dir: Path, folder: Path) -> None:
    export_run(read_pipeline(CONFIG), CONFIG, run_dir, folder, CLASSES)


def _judge(args: argparse.Namespace, work: Path) -> None:
    if not (work / "judged/figures.json").exists():
        measure(work / "model", work / "judged", CLASSES, args.scenes, args.empty)


def _card(args: argparse.Namespace, work: Path) -> None:
    """The figures go into model.json and README.md, then the folder takes its place."""
    facts: Dict[str, Any] = {
        "seed": args.seed,
        "pictures": args.pictures,
        "mosaics": args.mosaics,
        "small_steps": args.small_steps,
        "small_size_hw": SMALL_HW,
        "steps": args.steps,
        "more_steps": list(args.more_steps),
        "examined": list(args.examined),
        "hard": sum(count_pictures(work / f"hard-{part}") for part in PARTS),
        "other_seeds": _other_seeds(work),
        "minutes": minutes_spent(work),
        "note": args.note,
    }
    draft = work / "finished"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(work / "model", draft)
    write_card(draft, work / "judged", facts)
    put_in_place(draft, args.to)
    print((args.to / "README.md").read_text(encoding="utf-8"))


def _other_seeds(work: Path) -> Dict[str, Any]:
    """The figures of models that were made here from other seeds, for the card."""
    judged = work.parent.glob("seed-*/judged/figures.json")
    return {
        path.parts[-3].rpartition("-")[2]: read_json(path)
        for path in judged
        if path.parts[-3] != work.name
    }


_STAGES: Dict[str, Stage] = {
    "draw": _draw,
    "train on small pictures": _train_small,
    "train": _train,
}
for _part in PARTS:
    _STAGES[f"export to examine {_part}"] = partial(_export_to_examine, _part)
    _STAGES[f"draw what it gets wrong {_part}"] = partial(_draw_hard, _part)
    _STAGES[f"train on {_part}"] = partial(_train_on, _part)
_STAGES.update({"export": _export, "judge": _judge, "card": _card})

if __name__ == "__main__":
    sys.exit(main())
