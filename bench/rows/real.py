"""Real pictures, a real network, no option set by hand: from `tod configure` to the export.

The pictures are those of UCIA-IA: Object Detection v2.0 (CC BY 4.0): 163 of a Thymio's camera, each
with about twelve printed balls, cubes and stars. They do not come with the package; without
--real-objects FOLDER the row is left out. The network is that of tools/real_network.py.

33 pictures are put aside to judge by, which of them says the seed; 20 of the others are learnt
from, and with --long 130. The processor time is what a machine with nothing else to do would need,
shared out over its cores.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import yaml

from bench.measuring import REPOSITORY
from bench.setting import Setting
from bench.table import Row
from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.images.image_file import read_image

JUDGED = 33
FEW, ALL = 20, 130
SEEDS = (0, 1, 2)
GOALS = {FEW: {"map_50": 0.97, "seconds": 600.0}, ALL: {"map": 0.80, "seconds": 1800.0}}
NAMES = {"map": "mAP 50-95", "map_50": "mAP at IoU .5", "recall": "recall at the threshold"}


def measure(setting: Setting) -> List[Row]:
    folder = setting.real_objects
    if folder is None or not (folder / "data.yaml").is_file():
        where = (
            "no --real-objects FOLDER is given" if folder is None else f"{folder} has no data.yaml"
        )
        setting.say(f"real: left out, {where}")
        return []
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-real-") as scratch:
        network = network_folder(Path(scratch))
        if isinstance(network, str):
            setting.say(f"real: left out, {network}")
            return []
        for count in (FEW, ALL) if setting.is_long else (FEW,):
            figures = []
            for seed in SEEDS if setting.is_long else SEEDS[:1]:
                workspace = Path(scratch, f"{count}-{seed}")
                options = ["--steps", "2"] if setting.is_short else []
                figures.append(learn_and_judge(workspace, folder, (count, seed), network, options))
                setting.say(f"real: {count} pictures, seed {seed}: {as_text(figures[-1])}")
            rows += _rows(count, figures)
    return rows


def learn_and_judge(
    workspace: Path,
    folder: Path,
    count_seed: Tuple[int, int],
    network: Path,
    options: Sequence[str] = (),
) -> Dict[str, float]:
    """What a user gets who learns `count` of the pictures, in figures and in seconds."""
    project = workspace / "objects"
    make_project(project, folder, *count_seed)
    shutil.copytree(network, workspace / "pre-trained" / network.name)
    before, started = _processor_s(), time.monotonic()
    tod("configure", project, "--network", network.name, *options)
    tod("train", project, "--network", network.name, "--quiet")
    tod("export", project, "--network", network.name)
    seconds, processor_s = time.monotonic() - started, _processor_s() - before
    model = project / "training" / network.name / "saved_model1"
    told = json.loads(tod("evaluate", project, "-m", model, "--json"))
    return {**figures_of(told), "seconds": seconds, "processor_s": processor_s}


def make_project(project: Path, folder: Path, count: int, seed: int) -> None:
    """A converted project: JUDGED pictures to judge by, `count` of the others to learn from."""
    names = classes_of(folder)
    tod("init", project, *(word for name in names for word in ("--class", name)))
    pictures = sorted((folder / "train/images").iterdir())
    random.Random(seed).shuffle(pictures)
    splits = {"test": pictures[:JUDGED], "train": pictures[JUDGED : JUDGED + count]}
    for split, chosen in splits.items():
        target = project / "images" / split
        target.mkdir(parents=True, exist_ok=True)
        for picture in chosen:
            shutil.copy(picture, target)
            text = (folder / "train/labels" / f"{picture.stem}.txt").read_text()
            height, width = read_image(picture).shape[:2]
            boxes = yolo_boxes(text, names, (width, height))
            annotation = Annotation(picture.name, (width, height), boxes)
            write_voc(target / f"{picture.stem}.xml", annotation)
    tod("convert", project)


def classes_of(folder: Path) -> List[str]:
    names = yaml.safe_load((folder / "data.yaml").read_text())["names"]
    return list(names.values()) if isinstance(names, dict) else list(names)


def yolo_boxes(text: str, names: Sequence[str], size_wh: Tuple[int, int]) -> Tuple[Box, ...]:
    """Lines of `class x y width height`, centre and size in parts of the picture."""
    boxes = []
    for line in text.splitlines():
        if line.split():
            place, *where = line.split()
            x, y, wide, high = (float(word) for word in where[:4])
            left, right = max(x - wide / 2, 0.0), min(x + wide / 2, 1.0)
            top, bottom = max(y - high / 2, 0.0), min(y + high / 2, 1.0)
            xs, ys = (
                (left * size_wh[0], right * size_wh[0]),
                (top * size_wh[1], bottom * size_wh[1]),
            )
            boxes.append(Box(names[int(place)], xs[0], ys[0], xs[1], ys[1]))
    return tuple(boxes)


def figures_of(told: Dict[str, Any]) -> Dict[str, float]:
    """Of `tod evaluate --json`: COCO's two means, and recall and precision at the threshold."""
    objects = told["objects"]
    return {
        "map": float(told["coco"]["Precision/mAP"]),
        "map_50": float(told["coco"]["Precision/mAP@.50IOU"]),
        "recall": float(objects["recall"] or 0),
        "precision": float(objects["precision"] or 0),
    }


def as_text(figures: Dict[str, float]) -> str:
    means = ", ".join(f"{NAMES[name]} {figures[name]:.3f}" for name in NAMES)
    return f"{means}; {figures['seconds']:.0f} s, {figures['processor_s']:.0f} s of processor"


def tod(*arguments: object) -> str:
    command = [sys.executable, str(REPOSITORY / "scripts/tod"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"tod {' '.join(map(str, arguments))}: {done.stdout}\n{done.stderr}")
    return done.stdout


def network_folder(scratch: Path) -> Any:
    """The folder of the real network, or the reason why there is none."""
    target = scratch / "networks"
    maker = [sys.executable, str(REPOSITORY / "tools/real_network.py"), str(target)]
    done = subprocess.run(maker, capture_output=True, text=True)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return next(target.iterdir())


def _processor_s() -> float:
    """User time of all programs that were started here and have ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def _rows(count: int, figures: Sequence[Dict[str, float]]) -> List[Row]:
    """The mean of all seeds; with more than one, the worst of them as well."""
    what = f"real objects, {count} pictures"
    mean = {name: sum(one[name] for one in figures) / len(figures) for name in figures[0]}
    goals = GOALS[count]
    rows = [
        Row(f"{what}: configure to export", mean["seconds"], "s", most=goals["seconds"]),
        Row(f"{what}: processor time of that", mean["processor_s"], "s"),
    ]
    for name, words in NAMES.items():
        least = 100 * goals[name] if name in goals else None
        rows.append(Row(f"{what}: {words}", 100 * mean[name], "%", least=least))
    if len(figures) > 1:
        worst = min(one["map"] for one in figures)
        rows.append(Row(f"{what}: {NAMES['map']}, worst seed", 100 * worst, "%"))
    return rows
