#!/usr/bin/env python3
"""judge_model.py: how a model folder does on pictures with their truth, and on drawn scenes.

judge_model.py models/cube_faces --pictures FOLDER --scenes 1000 --empty 500
judge_model.py models/cube_faces --pictures FOLDER --card

A row per set: sequences exact with their 95 % interval, pictures with a false detection, the lowest
score of a face read right. Fresh scenes of both families are drawn, the same for every model.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

import judged_sets as sets
import numpy as np
from making import CACHE, put_in_place, read_json, run
from measuring import measure
from model_card import write_card

from tod_ros.evaluation.report import draw_verdict
from tod_ros.images.drawing import draw_detections
from tod_ros.images.image_file import write_image
from tod_ros.inference.detector import Detector, load_detector
from tod_ros.scene.request import FAMILIES


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = _parser().parse_args(argv)
    return run("judge_model", lambda: _judge(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="the model folder")
    parser.add_argument(
        "--pictures",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="pictures with truth.json, or with Pascal VOC beside each; may be given again",
    )
    parser.add_argument("--scenes", type=int, default=0, help="drawn, of each family (%(default)s)")
    parser.add_argument(
        "--empty", type=int, default=0, help="drawn without cubes, of each family (%(default)s)"
    )
    parser.add_argument(
        "--written", type=int, default=0, help="drawn with digits that people wrote (%(default)s)"
    )
    parser.add_argument(
        "--family", action="append", choices=FAMILIES, help="only scenes of this one (all)"
    )
    parser.add_argument(
        "--card", action="store_true", help="measure all that its card tells, and write that anew"
    )
    parser.add_argument(
        "--worst", type=Path, metavar="FOLDER", help="write the worst pictures of each set there"
    )
    return parser


def _judge(args: argparse.Namespace) -> None:
    if args.card:
        renew_card(args.model, args.pictures, args.scenes or 1000, args.empty or 500)
        return
    detector = load_detector(args.model)
    for name, samples in _sets(args, detector):
        figures, worst = sets.judge_set(detector, name, samples)
        print(figures.row(), flush=True)
        if args.worst:
            write_worst(args.worst, figures, worst)


def _sets(
    args: argparse.Namespace, detector: Detector
) -> Iterator[Tuple[str, Iterator[sets.Sample]]]:
    classes = tuple(detector.label_map.ids)
    for folder in args.pictures:
        yield folder.name, sets.from_folder(folder, detector.label_map)
    for family in args.family or FAMILIES:
        if args.written:
            yield f"{family} written scenes", sets.written(family, classes, args.written)
            yield f"{family} written, no class", sets.written_empty(family, classes, args.written)
        if args.scenes:
            yield f"{family} scenes", sets.drawn(family, classes, args.scenes)
        if args.empty:
            yield f"{family}, no class", sets.drawn_empty(family, classes, args.empty)
            yield f"{family}, no cube", sets.drawn_empty(family, classes, args.empty, others=0)


def renew_card(model: Path, away: Sequence[Path], scenes: int, empty: int) -> None:
    """Measure again; how the network was made stays told as it is."""
    told = read_json(model / "model.json")
    judged = CACHE / "judge_model" / model.name
    measure(model, judged, tuple(told["classes"]), scenes, empty, away)
    figures = read_json(judged / "figures.json")
    facts = {name: fact for name, fact in told["figures"].items() if name not in figures}
    draft = judged / "finished"
    shutil.copytree(model, draft, ignore=shutil.ignore_patterns("fault*.jpg"))
    write_card(draft, judged, facts)
    put_in_place(draft, model)


def write_worst(folder: Path, figures: sets.SetFigures, worst: List[sets.Fault]) -> None:
    """Half as large: what was found, and in red what is there but was missed or misread."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = figures.name.replace(", ", "-").replace(" ", "-")
    for number, fault in enumerate(worst, start=1):
        shown = draw_verdict(fault.image, fault.verdict, draw_detections)[::2, ::2]
        write_image(folder / f"{stem}-{number:02d}.jpg", np.ascontiguousarray(shown))


if __name__ == "__main__":
    sys.exit(main())
