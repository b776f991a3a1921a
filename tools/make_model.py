#!/usr/bin/env python3
"""make_model.py: the shipped detector, from nothing: draw, train, export, judge, write the card.

It learns in two parts: first from drawn pictures as they come, then with those among many more that
it got wrong. Most pictures it can soon read, and they teach it nothing more.

Every stage leaves its result in .cache/make_model/seed-N and is not done again: after Ctrl-C or a
crash the same command goes on where it was. The model folder appears whole, at the end.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

from making import (
    CACHE,
    ROOT,
    count_pictures,
    last_checkpoint,
    minutes_spent,
    put_in_place,
    read_from,
    read_json,
    run,
    run_stages,
    train_shown,
)
from model_card import measure, write_card

from tod_ros import od_api
from tod_ros.drawn_records import Drawing, draw_records
from tod_ros.labels import LabelMap, write_label_map
from tod_ros.pipeline import read_pipeline, set_value
from tod_ros.progress import watcher

CONFIG = ROOT / "config/pipelines/cube_faces.config"
CLASSES = ("one", "two")
SHARDS = 24
HARD_SEED = 3000  # more than the seed of the other pictures
RATE, WARMUP_STEPS = 1e-3, 100  # of the second part


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = _parser().parse_args(argv)
    work = CACHE / "make_model" / f"seed-{args.seed}"
    return run("make_model", lambda: run_stages(args, work, _STAGES))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seed", type=int, default=0, help="of the pictures and the network (%(default)s)"
    )
    parser.add_argument(
        "--to", type=Path, default=ROOT / "models/cube_faces", help="the model folder to make"
    )
    parser.add_argument(
        "--pictures", type=int, default=28000, help="scenes to train on (%(default)s)"
    )
    parser.add_argument(
        "--mosaics", type=int, default=10000, help="to train on, for half of a batch (%(default)s)"
    )
    parser.add_argument("--steps", type=int, default=7000, help="of the first part (%(default)s)")
    parser.add_argument(
        "--examined", type=int, default=40000, help="scenes to find hard ones in (%(default)s)"
    )
    parser.add_argument(
        "--more-steps", type=int, default=2000, help="of the second part (%(default)s)"
    )
    parser.add_argument("--scenes", type=int, default=1000, help="to judge on (%(default)s)")
    parser.add_argument(
        "--empty", type=int, default=500, help="scenes without cubes to judge on (%(default)s)"
    )
    parser.add_argument(
        "--note", default="", help="what was done by hand, for the card: 'Its last steps ...'"
    )
    parser.add_argument("--processes", type=int, default=2, help="that draw (%(default)s)")
    return parser


def _draw(args: argparse.Namespace, work: Path) -> None:
    watch = watcher("drawing", unit="shard")
    for kind, count in (("scenes", args.pictures), ("mosaics", args.mosaics)):
        drawing = Drawing(CLASSES, count, SHARDS, args.seed, kind=kind)
        draw_records(work / kind, drawing, processes=args.processes, watch=watch)


def _train(args: argparse.Namespace, work: Path) -> None:
    _learn(_config(args.steps), args, work, ("scenes", "mosaics"), "run")


def _export_first(args: argparse.Namespace, work: Path) -> None:
    _export_run(args, work, "run", "first")


def _draw_hard(args: argparse.Namespace, work: Path) -> None:
    watch = watcher("examining", unit="shard")
    seed, model = HARD_SEED + args.seed, str(work / "first")
    drawing = Drawing(CLASSES, args.examined, SHARDS, seed, hard_for=model)
    draw_records(work / "hard", drawing, processes=args.processes, watch=watch)


def _train_on(args: argparse.Namespace, work: Path) -> None:
    config = _config(args.more_steps)
    rate = config.train_config.optimizer.adam_optimizer.learning_rate.cosine_decay_learning_rate
    rate.learning_rate_base, rate.warmup_learning_rate = RATE, RATE / 10
    rate.warmup_steps = WARMUP_STEPS
    start = config.train_config
    start.fine_tune_checkpoint = last_checkpoint(work / "run")
    start.fine_tune_checkpoint_type = "full"
    set_value(config, "train_config.fine_tune_checkpoint_version", "V2")
    _learn(config, args, work, ("scenes", "mosaics", "hard"), "run-on")


def _learn(
    config: Any, args: argparse.Namespace, work: Path, kinds: Sequence[str], run_name: str
) -> None:
    """Train on pictures of these kinds, as many of each."""
    label_map = work / "label_map.pbtxt"
    write_label_map(label_map, LabelMap.from_names(CLASSES))
    read_from(config, label_map, [work / kind / "train.record-*" for kind in kinds])
    config.train_input_reader.sample_from_datasets_weights[:] = [1.0] * len(kinds)
    train_shown(config, CONFIG, work / run_name, args.seed)


def _export(args: argparse.Namespace, work: Path) -> None:
    _export_run(args, work, "run-on", "model")


def _export_run(args: argparse.Namespace, work: Path, run_name: str, folder: str) -> None:
    od_api.prepare()
    from tod_ros.export import export_model

    if (work / folder / "model.json").exists():
        return
    checkpoint = last_checkpoint(work / run_name)
    label_map = LabelMap.from_names(CLASSES)
    config = _config(args.steps)
    export_model(CONFIG, checkpoint, work / folder, label_map, config=config, say=print)


def _judge(args: argparse.Namespace, work: Path) -> None:
    if not (work / "judged/figures.json").exists():
        measure(work / "model", work / "judged", CLASSES, args.scenes, args.empty)


def _card(args: argparse.Namespace, work: Path) -> None:
    """The figures go into model.json and README.md, then the folder takes its place."""
    facts: Dict[str, Any] = {
        "seed": args.seed,
        "pictures": args.pictures,
        "mosaics": args.mosaics,
        "steps": args.steps,
        "more_steps": args.more_steps,
        "examined": args.examined,
        "hard": count_pictures(work / "hard"),
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


def _config(steps: int) -> Any:
    config = read_pipeline(CONFIG)
    config.train_config.num_steps = steps
    rate = config.train_config.optimizer.adam_optimizer.learning_rate
    rate.cosine_decay_learning_rate.total_steps = steps
    return config


_STAGES = {
    "draw": _draw,
    "train": _train,
    "export to examine": _export_first,
    "draw what it gets wrong": _draw_hard,
    "train on": _train_on,
    "export": _export,
    "judge": _judge,
    "card": _card,
}

if __name__ == "__main__":
    sys.exit(main())
