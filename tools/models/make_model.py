#!/usr/bin/env python3
"""make_model.py: the shipped detector, from nothing: draw, train, export, judge, write the card.

It learns in parts: first from drawn pictures as they come, made small and then at full size, then
again and again with those among many more that it got wrong. Small ones cost less than half a step
and teach it what cubes and digits are. Most pictures it can soon read, and they teach it nothing
more. In the end the network grows, and learns from harsh scenes, from those of the other family and
from digits that people wrote.

Every stage leaves its result in .cache/make_model/seed-N and is not done again: after Ctrl-C or a
crash the same command goes on where it was. The model folder appears whole, at the end.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

import model_parts as parts
import wide_parts as wide
from making import (
    ROOT,
    Stage,
    count_pictures,
    make,
    minutes_spent,
    new_parser,
    put_in_place,
    read_json,
)
from measuring import measure
from model_card import write_card

from tod_ros.errors import ModelError

HOW_IT_BEGAN = (
    *("seed", "pictures", "mosaics", "small_steps", "small_size_hw", "steps", "more_steps"),
    *("examined", "hard", "other_seeds", "minutes"),
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    return make("make_model", _parser(), _stages, argv)


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
    later, told = list(parts.PARTS.values()), wide.DEFAULTS
    for option, default, meaning in (
        ("--examined", [p.examined for p in later], "scenes to find hard ones in, of each part"),
        ("--more-steps", [p.steps for p in later], "steps of each later part"),
        ("--wide-pictures", told.pictures, wide.SHOWN),
        ("--wide-examined", told.examined, wide.LOOKED_THROUGH),
        ("--wide-steps", told.steps, "steps of the last parts"),
    ):
        shown = " ".join(map(str, default))
        kind = {"type": int, "nargs": len(default), "metavar": "N", "default": list(default)}
        parser.add_argument(option, help=f"{meaning} ({shown})", **kind)
    parser.add_argument(
        "--go-on-from",
        type=Path,
        metavar="FOLDER",
        help="train the last parts alone, from this model folder's network",
    )
    parser.add_argument("--scenes", type=int, default=1000, help="to judge on (%(default)s)")
    parser.add_argument(
        "--empty", type=int, default=500, help="scenes without cubes to judge on (%(default)s)"
    )
    parser.add_argument(
        "--away",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="pictures with truth.json or Pascal VOC to judge on too; may be given again",
    )
    parser.add_argument(
        "--note", default="", help="what was done by hand, for the card: 'Its last steps ...'"
    )
    return parser


def _judge(args: argparse.Namespace, work: Path) -> None:
    if not (work / "judged/figures.json").exists():
        measure(work / "model", work / "judged", parts.CLASSES, args.scenes, args.empty, args.away)


def _card(args: argparse.Namespace, work: Path) -> None:
    """The figures go into model.json and README.md, then the folder takes its place."""
    told = _facts(args, work)
    facts = {
        **told,
        "wide_pictures": list(args.wide_pictures),
        "wide_examined": list(args.wide_examined),
        "wide_steps": list(args.wide_steps),
        "wide_hard": wide.count_hard(work),
        "minutes": {**told.get("minutes", {}), **minutes_spent(work)},
        "note": args.note,
    }
    draft = work / "finished"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(work / "model", draft)
    write_card(draft, work / "judged", facts)
    put_in_place(draft, args.to)
    print((args.to / "README.md").read_text(encoding="utf-8"))


def _facts(args: argparse.Namespace, work: Path) -> Dict[str, Any]:
    """What it learnt from before the last part: here, or as the card of its start tells."""
    if args.go_on_from:
        figures = read_json(args.go_on_from / "model.json")["figures"]
        told = {name: figures[name] for name in HOW_IT_BEGAN}
        told["minutes"] = {s: told["minutes"][s] for s in _first_stages() if s in told["minutes"]}
        return told
    return {
        "seed": args.seed,
        "pictures": args.pictures,
        "mosaics": args.mosaics,
        "small_steps": args.small_steps,
        "small_size_hw": parts.SMALL_HW,
        "steps": args.steps,
        "more_steps": list(args.more_steps),
        "examined": list(args.examined),
        "hard": sum(count_pictures(work / f"hard-{part}") for part in parts.PARTS),
        "other_seeds": _other_seeds(work),
    }


def _other_seeds(work: Path) -> Dict[str, Any]:
    """The figures of models that were made here from other seeds, for the card."""
    judged = work.parent.glob("seed-*/judged/figures.json")
    return {
        path.parts[-3].rpartition("-")[2]: read_json(path)
        for path in judged
        if path.parts[-3] != work.name
    }


def _stages(args: argparse.Namespace) -> Dict[str, Stage]:
    if args.go_on_from and not (args.go_on_from / "checkpoint/ckpt-0.index").is_file():
        raise ModelError(f"{args.go_on_from}: no model folder with a checkpoint to go on from")
    stages = {"draw": parts.draw_scenes} if args.go_on_from else _first_stages()
    return {
        **stages,
        **_wide_stages(),
        "export": wide.export,
        "judge": _judge,
        "card": _card,
    }


def _first_stages() -> Dict[str, Stage]:
    """Those of the narrow network."""
    stages: Dict[str, Stage] = {
        "draw": parts.draw,
        "train on small pictures": parts.train_small,
        "train": parts.train,
    }
    for part in parts.PARTS:
        stages[f"export to examine {part}"] = partial(parts.export_to_examine, part)
        stages[f"draw what it gets wrong {part}"] = partial(parts.draw_hard, part)
        stages[f"train on {part}"] = partial(parts.train_on, part)
    return stages


def _wide_stages() -> Dict[str, Stage]:
    """Those of the network that grows."""
    stages: Dict[str, Stage] = {"draw wide": wide.draw, "grow": wide.grow_network}
    for part in wide.PARTS:
        if part > 1:
            stages[f"export to examine wide {part}"] = partial(wide.export_to_examine, part)
            stages[f"draw what it gets wrong wide {part}"] = partial(wide.draw_hard, part)
        stages[f"train on wide {part}"] = partial(wide.train, part)
        if part in wide.MIXED_AFTER:
            stages[f"mix {part}"] = partial(wide.mix, part)
    return stages


if __name__ == "__main__":
    sys.exit(main())
