#!/usr/bin/env python3
"""make_model.py: the shipped detector, from nothing: draw, train, export, judge, write the card.

Every stage leaves its result in .cache/make_model/seed-N and is not done again: after Ctrl-C or a
crash the same command goes on where it was. The model folder appears whole, at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

from model_card import measure, write_card

from tod_ros import od_api
from tod_ros.drawn_records import Drawing, draw_records
from tod_ros.errors import TodError
from tod_ros.files import write_text
from tod_ros.labels import LabelMap, write_label_map
from tod_ros.progress import bar, watcher

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "config/pipelines/cube_faces.config"
CLASSES = ("one", "two")
SHARDS = 24
STAGES = ("draw", "train", "export", "judge", "card")


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = _parser().parse_args(argv)
    try:
        make(args)
    except TodError as error:
        print(f"make_model: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmake_model: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def make(args: argparse.Namespace) -> None:
    """All stages, timed; their times are kept, so that the card can tell what a model costs."""
    work = ROOT / ".cache/make_model" / f"seed-{args.seed}"
    work.mkdir(parents=True, exist_ok=True)
    spent = _read_json(work / "seconds.json")
    for stage in STAGES:
        print(f"== {stage}", flush=True)
        started = time.monotonic()
        try:
            _RUN[stage](args, work)
        finally:
            spent[stage] = round(spent.get(stage, 0.0) + time.monotonic() - started, 1)
            write_text(work / "seconds.json", json.dumps(spent) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seed", type=int, default=0, help="of the pictures and the network (%(default)s)"
    )
    parser.add_argument(
        "--to", type=Path, default=ROOT / "models/cube_faces", help="the model folder to make"
    )
    parser.add_argument(
        "--pictures", type=int, default=32000, help="scenes to train on (%(default)s)"
    )
    parser.add_argument(
        "--mosaics", type=int, default=8000, help="to train on, for half of a batch (%(default)s)"
    )
    parser.add_argument(
        "--steps", type=int, default=0, help="of training (default: as in the pipeline.config)"
    )
    parser.add_argument("--scenes", type=int, default=1000, help="to judge on (%(default)s)")
    parser.add_argument(
        "--empty", type=int, default=500, help="scenes without cubes to judge on (%(default)s)"
    )
    parser.add_argument("--processes", type=int, default=2, help="that draw (%(default)s)")
    return parser


def _draw(args: argparse.Namespace, work: Path) -> None:
    watch = watcher("drawing", unit="shard")
    for kind, count in (("scenes", args.pictures), ("mosaics", args.mosaics)):
        drawing = Drawing(CLASSES, count, SHARDS, args.seed, kind=kind)
        draw_records(work / kind, drawing, processes=args.processes, watch=watch)


def _train(args: argparse.Namespace, work: Path) -> None:
    od_api.prepare()
    import tensorflow as tf

    from tod_ros.training import Progress, train

    tf.random.set_seed(args.seed)
    write_label_map(work / "label_map.pbtxt", LabelMap.from_names(CLASSES))
    config = _config(args)
    config.train_input_reader.label_map_path = str(work / "label_map.pbtxt")
    config.train_input_reader.tf_record_input_reader.input_path[:] = [
        str(work / kind / "train.record-*") for kind in ("scenes", "mosaics")
    ]
    steps = config.train_config.num_steps
    with bar(steps, "training", unit="step") as shown:

        def progress(now: Progress) -> None:
            shown.update(now.step - shown.n)
            shown.set_postfix_str(f"loss {now.loss:.3f}")
            if shown.disable and now.step % 100 == 0:
                left = f"{now.left_s / 60:.0f} min left"
                print(f"step {now.step} of {steps}, loss {now.loss:.3f}, {left}", flush=True)

        train(CONFIG, work / "run", config=config, progress=progress, say=print)


def _export(args: argparse.Namespace, work: Path) -> None:
    od_api.prepare()
    import tensorflow as tf

    from tod_ros.export import export_model

    if (work / "model/model.json").exists():
        return
    checkpoint = tf.train.latest_checkpoint(str(work / "run"))
    label_map = LabelMap.from_names(CLASSES)
    export_model(CONFIG, checkpoint, work / "model", label_map, config=_config(args), say=print)


def _judge(args: argparse.Namespace, work: Path) -> None:
    if not (work / "judged/figures.json").exists():
        measure(work / "model", work / "judged", CLASSES, args.scenes, args.empty)


def _card(args: argparse.Namespace, work: Path) -> None:
    """The figures go into model.json and README.md, then the folder takes its place."""
    facts: Dict[str, Any] = {
        "seed": args.seed,
        "pictures": args.pictures,
        "mosaics": args.mosaics,
        "other_seeds": _other_seeds(work),
        "minutes": {
            stage: round(s / 60, 1) for stage, s in _read_json(work / "seconds.json").items()
        },
    }
    draft = work / "finished"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(work / "model", draft)
    write_card(draft, work / "judged", facts)
    args.to.parent.mkdir(parents=True, exist_ok=True)
    old = args.to.with_name(f".{args.to.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if args.to.exists():
        args.to.rename(old)
    shutil.move(str(draft), str(args.to))
    shutil.rmtree(old, ignore_errors=True)
    print((args.to / "README.md").read_text(encoding="utf-8"))


def _other_seeds(work: Path) -> Dict[str, Any]:
    """The figures of models that were made here from other seeds, for the card."""
    judged = work.parent.glob("seed-*/judged/figures.json")
    return {
        path.parts[-3].rpartition("-")[2]: _read_json(path)
        for path in judged
        if path.parts[-3] != work.name
    }


def _config(args: argparse.Namespace) -> Any:
    from tod_ros.pipeline import read_pipeline

    config = read_pipeline(CONFIG)
    if args.steps:
        config.train_config.num_steps = args.steps
        rate = config.train_config.optimizer.adam_optimizer.learning_rate
        rate.cosine_decay_learning_rate.total_steps = args.steps
    return config


def _read_json(path: Path) -> Dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


_RUN = {"draw": _draw, "train": _train, "export": _export, "judge": _judge, "card": _card}

if __name__ == "__main__":
    sys.exit(main())
