#!/usr/bin/env python3
"""make_marks.py: the network to start from, which knows many marks on cubes.

It begins as models/cube_faces and learns in three parts: first every mark but one, kept for
bench/rows/few_pictures.py, which measures how a network learns what it has never seen; then not to
see any where there is none; then that one too. Every stage leaves its result in
.cache/make_marks/seed-N and is not done again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple

from making import (
    ROOT,
    begin_anew,
    count_pictures,
    export_run,
    last_checkpoint,
    make,
    minutes_spent,
    new_parser,
    put_in_place,
    read_from,
    train_shown,
)
from marks_card import write_marks_card
from marks_data import MARKS, draw, drawings, empty
from measuring import measure

from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.errors import ModelError
from tod_ros.models.folder import known_classes
from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.scene.mark_styles import DIGITS
from tod_ros.training.transfer.plan import start_weights
from tod_ros.training.transfer.prediction_head import Transfer

CONFIG = ROOT / "config/pipelines/cube_faces.config"
RATE, WARMUP_STEPS, TELL_APART = 2e-3, 100, 1.0
MOST_BOXES = 64  # of a mosaic
# How edges look is the same for all marks, and what sees them costs most of a step
HELD_FAST = "^(Conv1|bn_Conv1|expanded_conv_|block_[1-5]_)"


def main(argv: Optional[Sequence[str]] = None) -> int:
    return make("make_marks", _parser(), lambda args: _STAGES, argv)


def _parser() -> argparse.ArgumentParser:
    parser = new_parser((__doc__ or "").splitlines()[0], 0, ROOT / "models/marks")
    parser.add_argument(
        "--start",
        type=Path,
        default=ROOT / "models/cube_faces",
        help="the network to begin as (models/cube_faces)",
    )
    parser.add_argument(
        "--without", default="3", choices=sorted(DIGITS), help="the digit kept back (%(default)s)"
    )
    parser.add_argument("--scenes", type=int, default=9000, help="to train on (%(default)s)")
    parser.add_argument("--mosaics", type=int, default=7000, help="to train on (%(default)s)")
    parser.add_argument(
        "--steps", type=int, default=3500, help="without the digit kept back (%(default)s)"
    )
    parser.add_argument(
        "--examined", type=int, default=16000, help="scenes without a mark (%(default)s)"
    )
    parser.add_argument(
        "--empty-steps", type=int, default=1200, help="with what it saw in them (%(default)s)"
    )
    parser.add_argument("--more-steps", type=int, default=1000, help="with all (%(default)s)")
    parser.add_argument("--judged", type=int, default=500, help="scenes to judge on (%(default)s)")
    return parser


def _draw(args: argparse.Namespace, work: Path) -> None:
    marks = drawings(_without(args), args.scenes, args.mosaics, 1000 + args.seed)
    draw(work / f"without-{args.without}", marks, args.processes)
    digits = drawings(tuple(DIGITS), args.scenes // 6, args.mosaics // 5, 2000 + args.seed)
    draw(work / f"with-{args.without}", digits, args.processes)


def _learn_without(args: argparse.Namespace, work: Path) -> None:
    known = known_classes(args.start)
    if not known:
        raise ModelError(
            f"{args.start}: not there, and marks begin as it is; run `make model` first"
        )
    (start,) = (args.start / "checkpoint").glob("*.index")
    config = _config(args.steps, len(_without(args)))
    # mosaics teach what the marks look like, scenes where there are none
    shares = {f"without-{args.without}/dense": 1.0, f"without-{args.without}/scenes": 1.0}
    transfer = _transfer(str(start.with_suffix("")), known, _without(args))
    _train(config, args, work / "run-first", shares, transfer)


def _export_first(args: argparse.Namespace, work: Path) -> None:
    _export_run(args, work, "run-first", "first", _without(args))


def _draw_empty(args: argparse.Namespace, work: Path) -> None:
    """Scenes without a mark in which the network sees one all the same."""
    wanted = empty(_without(args), args.examined, 4000 + args.seed, work / "first")
    draw(work, iter([wanted]), args.processes)


def _learn_empty(args: argparse.Namespace, work: Path) -> None:
    start, marks = last_checkpoint(work / "run-first"), _without(args)
    shares = {
        f"without-{args.without}/dense": 2.0,
        f"without-{args.without}/scenes": 2.0,
        "empty": 1.0,
    }
    config = _config(args.empty_steps, len(marks), RATE / 2)
    _train(config, args, work / "run-without", shares, _transfer(start, marks, marks))


def _learn_all(args: argparse.Namespace, work: Path) -> None:
    start = last_checkpoint(work / "run-without")
    shares = {
        "empty": 1.0,
        f"without-{args.without}/dense": 3.0,
        f"without-{args.without}/scenes": 3.0,
        f"with-{args.without}/dense": 2.0,
        f"with-{args.without}/scenes": 1.0,
    }
    transfer = _transfer(start, _without(args), MARKS)
    _train(_config(args.more_steps, len(MARKS)), args, work / "run-all", shares, transfer)


def _export(args: argparse.Namespace, work: Path) -> None:
    """Whole model folders of both; what is to start from is a part of each."""
    for name, marks in (("without", _without(args)), ("all", MARKS)):
        _export_run(args, work, f"run-{name}", f"model-{name}", marks)


def _export_run(
    args: argparse.Namespace, work: Path, run_name: str, name: str, marks: Tuple[str, ...]
) -> None:
    export_run(_config(args.steps, len(marks)), work / run_name, work / name, marks)


def _judge(args: argparse.Namespace, work: Path) -> None:
    for name, marks in (("without", _without(args)), ("all", MARKS)):
        if not (work / f"judged-{name}/figures.json").exists():
            measure(work / f"model-{name}", work / f"judged-{name}", marks, args.judged, 200)


def _place(args: argparse.Namespace, work: Path) -> None:
    """What is to start from, without the frozen networks, takes its place; its card is written."""
    facts = {
        "seed": args.seed,
        "scenes": args.scenes + args.scenes // 6,
        "mosaics": args.mosaics + args.mosaics // 5,
        "examined": args.examined,
        "empty": count_pictures(work / "empty"),
        "steps": args.steps,
        "empty_steps": args.empty_steps,
        "more_steps": args.more_steps,
        "minutes": minutes_spent(work),
    }
    without = {**facts, "more_steps": 0, "without": args.without}
    for name, told, to in (
        ("without", without, work / "marks-without"),
        ("all", facts, args.to),
    ):
        draft = write_marks_card(work / f"model-{name}", work / f"judged-{name}", told)
        put_in_place(draft, to)
    print((args.to / "README.md").read_text(encoding="utf-8"))


def _without(args: argparse.Namespace) -> Tuple[str, ...]:
    return tuple(mark for mark in MARKS if mark != args.without)


def _transfer(checkpoint: str, known: Tuple[str, ...], classes: Tuple[str, ...]) -> Transfer:
    weights = {name: start_weights(name, True, None, known) for name in classes}
    return Transfer(checkpoint, known, classes, weights, tell_apart=TELL_APART)


def _train(
    config: Any,
    args: argparse.Namespace,
    run_dir: Path,
    shares: Dict[str, float],
    transfer: Transfer,
) -> None:
    run_dir.mkdir(exist_ok=True)
    label_map = run_dir / "label_map.pbtxt"
    write_label_map(label_map, LabelMap.from_names(transfer.classes))
    records = [run_dir.parent / kind / "train.record-*" for kind in shares]
    read_from(config, label_map, records)
    config.train_input_reader.sample_from_datasets_weights[:] = shares.values()
    config.train_config.freeze_variables.append(HELD_FAST)
    train_shown(config, CONFIG, run_dir, args.seed, transfer)


def _config(steps: int, classes: int, base_rate: float = RATE) -> Any:
    """The detector's own, for other classes and fewer steps."""
    config = read_pipeline(CONFIG)
    config.model.ssd.num_classes = classes
    for limited in (config.train_config, config.train_input_reader, config.eval_input_reader[0]):
        limited.max_number_of_boxes = MOST_BOXES
    begin_anew(config, steps, base_rate, WARMUP_STEPS)
    return config


_STAGES = {
    "draw": _draw,
    "learn all but one": _learn_without,
    "export to examine": _export_first,
    "draw what it sees without": _draw_empty,
    "learn that": _learn_empty,
    "learn all": _learn_all,
    "export": _export,
    "judge": _judge,
    "card": _place,
}

if __name__ == "__main__":
    sys.exit(main())
