#!/usr/bin/env python3
"""few_pictures.py: how well and how fast a digit is learnt that the network has never seen.

For each setting (one room, light and camera, one handwriting) 20 pictures are drawn and learnt as a
user would: tod convert, configure, train, export. The digit's class has a name that cannot be
drawn, and `make marks` has kept the digit back from the network. Judged on fresh drawn scenes:
A the same setting, B1 the same handwriting anywhere, B any handwriting anywhere, old: B with the
other two digits alone. Ends with status 1 where a mean misses its goal.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import read_voc, write_voc
from tod_ros.dataset.project import pictures
from tod_ros.evaluation.figures import wilson_interval
from tod_ros.evaluation.verdict import Limits, judge_picture
from tod_ros.images.image_file import read_image, write_image
from tod_ros.inference.detector import Detector, load_detector
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.mark_styles import MARKS, lookalikes
from tod_ros.scene.scene import Scene

ROOT = Path(__file__).resolve().parents[1]
KEPT_BACK = ROOT / ".cache/make_marks/seed-0/marks-without"
OLD, NEW, DRAWN_AS = ("one", "two"), "mine", "3"
# What cubes without a class may bear where the new one is not shown: it would be found, and rightly
WRONG = tuple(mark for mark in MARKS if mark not in lookalikes(DRAWN_AS))
PLACES = (104, 211, 307)
CAPTURES, OWN_TESTS, TESTS = 20, 6, 300
GOALS = {"A": 0.99, "B1": 0.92, "B": 0.85, "old": 0.91}
GOAL_S = 240.0
SIZE_WH = (640, 480)


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = _parser().parse_args(argv)
    if not (args.network / "pipeline.config").is_file():
        print(f"few_pictures: {args.network}: no network there; `make marks` makes it")
        return 0 if args.network == KEPT_BACK else 1
    print(f"start {args.network}; {CAPTURES} pictures, {args.tests} tests of each kind")
    print(f"{'setting':<8} {'seconds':>7} " + "  ".join(f"{name:>6}" for name in GOALS))
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for place in PLACES[: args.settings]:
            workspace = args.keep / str(place) if args.keep else Path(scratch, str(place))
            row = learn_and_judge(workspace, place, args)
            rows.append(row)
            print(_as_text(str(place), row), flush=True)
    means = {name: statistics.mean(row[name] for row in rows) for name in rows[0]}
    print(_as_text("mean", means))
    total = args.tests * len(rows)
    for name in GOALS:
        low, high = wilson_interval(round(means[name] * total), total)
        print(f"{name:<4} 95 % interval {low:.3f} to {high:.3f}, goal {GOALS[name]:g}")
    print(f"time goal {GOAL_S:.0f} s from `tod convert` to the finished export")
    missed = [name for name, goal in GOALS.items() if means[name] < goal]
    return int(bool(missed) or means["seconds"] > GOAL_S)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--network", type=Path, default=KEPT_BACK, help="to start from")
    parser.add_argument("--settings", type=int, default=len(PLACES), help="how many, 1 to 3")
    parser.add_argument("--tests", type=int, default=TESTS, help="pictures of each kind")
    parser.add_argument("--frames", type=Path, help="real pictures with XML, judged as well")
    parser.add_argument("--keep", type=Path, help="leave the projects in this folder")
    parser.add_argument(
        "--configure", default="", help='more for `tod configure`, such as "--steps 300"'
    )
    return parser


def learn_and_judge(workspace: Path, place: int, args: argparse.Namespace) -> Dict[str, float]:
    project = workspace / "cubes"
    take_pictures(project, place)
    install(args.network, workspace)
    started = time.monotonic()
    learn(project, args.network.name, args.configure.split())
    seconds = time.monotonic() - started
    detector = load_detector(project / "training" / args.network.name / "saved_model1")
    row = {"seconds": seconds}
    for name, scenes in scenes_to_judge(place, args.tests).items():
        row[name] = exact_share(detector, scenes)
    if args.frames:
        for line in read_frames(detector, args.frames):
            print(line)
    return row


def take_pictures(
    project: Path, place: int, drawn_as: str = DRAWN_AS, tests: int = OWN_TESTS
) -> None:
    """A project whose pictures are all of one place and one writer."""
    tod("init", str(project), *(word for name in (*OLD, NEW) for word in ("--class", name)))
    for split, first, count in (("train", 0, CAPTURES), ("test", 5000, tests)):
        found = captures(place, first, count, drawn_as)
        for number, scene in enumerate(found):
            path = project / "images" / split / f"{split}{number:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_image(path, scene.image)
            write_voc(path.with_suffix(".xml"), Annotation(path.name, SIZE_WH, scene.boxes))


def captures(place: int, first: int, count: int, drawn_as: str) -> List[Scene]:
    """Pictures in each of which the new class is to be seen."""
    found: List[Scene] = []
    seed = place * 10_000 + first
    while len(found) < count:
        scene = draw(seed, (*OLD, drawn_as), place=place, writer=place, others=0)
        if any(box.name == NEW for box in scene.boxes):
            found.append(scene)
        seed += 1
    return found


def draw(seed: int, classes: Sequence[str] = (*OLD, DRAWN_AS), **options: Any) -> Scene:
    scene = draw_scene(seed, classes, SIZE_WH, difficulty="full", **options)
    boxes = (replace(box, name=box.name if box.name in OLD else NEW) for box in scene.boxes)
    return Scene(scene.image, tuple(boxes))


def scenes_to_judge(place: int, count: int) -> Dict[str, Iterator[Scene]]:
    seeds = {name: range(10**8 * (1 + i), 10**8 * (1 + i) + count) for i, name in enumerate(GOALS)}
    drawers: Dict[str, Callable[[int], Scene]] = {
        "A": lambda seed: draw(seed + place * 1000, place=place, writer=place, others=0),
        "B1": lambda seed: draw(seed + place * 1000, writer=place),
        "B": draw,
        "old": lambda seed: draw(seed, OLD, wrong_marks=WRONG),
    }
    return {name: map(drawers[name], seeds[name]) for name in GOALS}


def install(network: Path, workspace: Path) -> None:
    folder = workspace / "pre-trained"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / network.name
    if not target.exists():
        target.symlink_to(network.resolve(), target_is_directory=True)


def learn(project: Path, network: str, options: Sequence[str] = ()) -> None:
    tod("convert", str(project))
    tod("configure", str(project), "--network", network, *options)
    tod("train", str(project), "--network", network)
    tod("export", str(project), "--network", network)


def tod(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "scripts/tod"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"tod {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
    return done.stdout


def exact_share(detector: Detector, scenes: Iterator[Scene]) -> float:
    right = [is_exact(detector, scene.image, scene.boxes) for scene in scenes]
    return sum(right) / len(right)


def is_exact(detector: Detector, image: Any, boxes: Sequence[Box]) -> bool:
    return judge_picture("", boxes, detector.detect(image), Limits()).is_exact


def read_frames(detector: Detector, folder: Path) -> Iterator[str]:
    for path in pictures(folder):
        truth = read_voc(path.with_suffix(".xml")).boxes
        verdict = judge_picture(path.name, truth, detector.detect(read_image(path)), Limits())
        told = ", ".join(f"{d.name} {d.score:.2f}" for d in verdict.found)
        yield f"  {path.name}: {'exact' if verdict.is_exact else 'WRONG'}: {told}"


def _as_text(name: str, row: Dict[str, float]) -> str:
    shares = "  ".join(f"{row[goal]:6.3f}" for goal in GOALS)
    return f"{name:<8} {row['seconds']:7.0f} {shares}"


if __name__ == "__main__":
    sys.exit(main())
