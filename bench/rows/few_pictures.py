"""A mark that the network has never seen, from 20 pictures: only with --long.

For each setting (one room, light and camera, one handwriting) 20 pictures are drawn and learnt as a
user would: tod convert, configure, train, export. The mark's class has a name that cannot be drawn.
After `make marks` it is the digit that one of its networks was kept from; before, it is a letter
that models/marks does not know. Judged on fresh drawn scenes: A the same setting, B1 the same
handwriting anywhere, B any handwriting anywhere, old: B with two known digits alone.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

from bench.measuring import REPOSITORY
from bench.setting import Setting
from bench.table import Row
from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.evaluation.verdict import Limits, judge_picture
from tod_ros.images.image_file import write_image
from tod_ros.inference.detector import Detector, load_detector
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.mark_styles import MARKS, lookalikes
from tod_ros.scene.scene import Scene


@dataclass(frozen=True)
class Start:
    """A network to begin with, and a mark that it has never seen."""

    network: Path
    mark: str

    @property
    def wrong(self) -> Tuple[str, ...]:
        """What cubes without a class may bear: the mark itself would be found, and rightly."""
        return tuple(mark for mark in MARKS if mark not in lookalikes(self.mark))


KEPT_BACK = Start(REPOSITORY / ".cache/make_marks/seed-0/marks-without", "3")
SHIPPED = Start(REPOSITORY / "models/marks", "r")
OLD, NEW = ("one", "two"), "mine"
PLACES = (104, 211, 307)
CAPTURES, OWN_TESTS, TESTS = 20, 6, 300
NAMES = {
    "A": "the same setting",
    "B1": "the same handwriting anywhere",
    "B": "any handwriting anywhere",
    "old": "the known digits alone, anywhere",
}
GOALS = {"A": 0.99, "B1": 0.92, "B": 0.85, "old": 0.91}
GOAL_S = 120.0
SIZE_WH = (640, 480)
LESS = "--steps 20 --batch-size 4 --composites 40 --mosaics 8 --replay 20"  # a short run


def measure(setting: Setting) -> List[Row]:
    if not setting.is_long:
        setting.say("few_pictures: left out, it needs --long")
        return []
    start = KEPT_BACK if (KEPT_BACK.network / "pipeline.config").is_file() else SHIPPED
    setting.say(f"few_pictures: {start.network.name} learns {start.mark}")
    options = LESS.split() if setting.is_short else []
    figures = []
    with tempfile.TemporaryDirectory(prefix="bench-few-") as folder:
        for place in PLACES[: 1 if setting.is_short else None]:
            workspace = Path(folder, str(place))
            row = learn_and_judge(workspace, start, place, setting.times(TESTS), options)
            setting.say(f"few pictures, setting {place}: {_as_text(row)}")
            figures.append(row)
    means = {name: statistics.mean(one[name] for one in figures) for name in figures[0]}
    seconds = Row("new class from 20 pictures", means["seconds"], "s", most=GOAL_S)
    return [seconds] + [
        Row(f"new class: exact in {NAMES[name]}", 100 * means[name], "%", least=100 * goal)
        for name, goal in GOALS.items()
    ]


def learn_and_judge(
    workspace: Path, start: Start, place: int, tests: int, options: Sequence[str]
) -> Dict[str, float]:
    """Seconds from `tod convert` to the finished export, and the share of exact scenes by kind."""
    project = workspace / "cubes"
    take_pictures(project, place, start.mark)
    install(start.network, workspace)
    started = time.monotonic()
    learn(project, start.network.name, options)
    row = {"seconds": time.monotonic() - started}
    detector = load_detector(project / "training" / start.network.name / "saved_model1")
    for name, scenes in scenes_to_judge(start, place, tests).items():
        row[name] = exact_share(detector, scenes)
    return row


def take_pictures(project: Path, place: int, mark: str, tests: int = OWN_TESTS) -> None:
    """A project whose pictures are all of one place and one writer."""
    tod("init", str(project), *(word for name in (*OLD, NEW) for word in ("--class", name)))
    for split, first, count in (("train", 0, CAPTURES), ("test", 5000, tests)):
        found = captures(place, first, count, mark)
        for number, scene in enumerate(found):
            path = project / "images" / split / f"{split}{number:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_image(path, scene.image)
            write_voc(path.with_suffix(".xml"), Annotation(path.name, SIZE_WH, scene.boxes))


def captures(place: int, first: int, count: int, mark: str) -> List[Scene]:
    """Pictures in each of which the new class is to be seen."""
    found: List[Scene] = []
    seed = place * 10_000 + first
    while len(found) < count:
        scene = draw(seed, (*OLD, mark), place=place, writer=place, others=0)
        if any(box.name == NEW for box in scene.boxes):
            found.append(scene)
        seed += 1
    return found


def draw(seed: int, classes: Sequence[str], **options: Any) -> Scene:
    scene = draw_scene(seed, classes, SIZE_WH, difficulty="full", **options)
    boxes = (replace(box, name=box.name if box.name in OLD else NEW) for box in scene.boxes)
    return Scene(scene.image, tuple(boxes))


def scenes_to_judge(start: Start, place: int, count: int) -> Dict[str, Iterator[Scene]]:
    classes = (*OLD, start.mark)
    seeds = {name: range(10**8 * (1 + i), 10**8 * (1 + i) + count) for i, name in enumerate(GOALS)}
    drawers: Dict[str, Callable[[int], Scene]] = {
        "A": lambda seed: draw(seed + place * 1000, classes, place=place, writer=place, others=0),
        "B1": lambda seed: draw(seed + place * 1000, classes, writer=place),
        "B": lambda seed: draw(seed, classes),
        "old": lambda seed: draw(seed, OLD, wrong_marks=start.wrong),
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
    command = [sys.executable, str(REPOSITORY / "scripts/tod"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"tod {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
    return done.stdout


def exact_share(detector: Detector, scenes: Iterator[Scene]) -> float:
    right = [is_exact(detector, scene.image, scene.boxes) for scene in scenes]
    return sum(right) / len(right)


def is_exact(detector: Detector, image: Any, boxes: Sequence[Box]) -> bool:
    return judge_picture("", boxes, detector.detect(image), Limits()).is_exact


def _as_text(row: Dict[str, float]) -> str:
    shares = ", ".join(f"{goal} {row[goal]:.3f}" for goal in GOALS)
    return f"{row['seconds']:.0f} s, {shares}"
