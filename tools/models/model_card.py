"""What a model of drawn classes can do on fresh scenes, and its card: README.md, model.json."""

from __future__ import annotations

import hashlib
import json
import shutil
import textwrap
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from tod_ros.cli.progress import watcher
from tod_ros.detection import iou, left_to_right_key
from tod_ros.evaluation.comparing import compare
from tod_ros.evaluation.figures import Evaluation
from tod_ros.evaluation.judge import Judge
from tod_ros.evaluation.report import draw_verdict
from tod_ros.evaluation.report_text import to_text
from tod_ros.files import write_text
from tod_ros.images.drawing import draw_detections
from tod_ros.images.image_file import write_image
from tod_ros.inference.detector import Detector, load_detector
from tod_ros.scene.compose import draw_scene

FIRST_SCENE, FIRST_EMPTY = 5 * 10**9, 6 * 10**9  # far from the seeds of training sets
SIZE_WH = (640, 480)
FAULTS_SHOWN = 6
FACE_SIZES = (30, 55, 75, 110, 230)  # pixels across, in a picture of SIZE_WH: the card's rows


def measure(model: Path, folder: Path, classes: Sequence[str], scenes: int, empty: int) -> None:
    """Judge `model` on drawn scenes of full difficulty; figures.json and pictures of faults."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    detectors = {
        runtime: load_detector(model, runtime=runtime) for runtime in ("tensorflow", "litert")
    }
    watch = watcher("judging")
    judge = Judge(detectors["litert"].label_map)
    answers: Dict[str, List[Any]] = {runtime: [] for runtime in detectors}
    overlaps: List[float] = []
    read: List[Tuple[float, bool]] = []
    shown = 0
    for seed in watch(range(FIRST_SCENE, FIRST_SCENE + scenes), scenes):
        scene = draw_scene(seed, classes, SIZE_WH, difficulty="full")
        for runtime, detector in detectors.items():
            answers[runtime].append(detector.detect(scene.image, 0.01))
        verdict = judge.add(str(seed), scene.boxes, answers["litert"][-1])
        overlaps += [iou(box.xyxy, found.xyxy) for box, found in verdict.pairs]
        right = {box for box, found in verdict.pairs if box.name == found.name}
        read += [(box.xmax - box.xmin, box in right) for box in scene.boxes]
        if not verdict.is_exact and shown < FAULTS_SHOWN:
            shown += 1
            small = draw_verdict(scene.image, verdict, draw_detections)[::2, ::2]
            write_image(folder / f"fault{shown}.jpg", np.ascontiguousarray(small))
    false = {
        kind: _false_in_empty(detectors["litert"], classes, empty, most_others)
        for kind, most_others in (("empty", None), ("cubeless", 0))
    }
    difference = compare(answers["tensorflow"], answers["litert"])
    same = _same_names(answers["tensorflow"], answers["litert"])
    figures = _figures(judge.evaluation(), overlaps, false, empty)
    figures["faces_by_width"] = _by_width(read)
    figures["runtimes"] = {
        "pictures": scenes,
        "same_sequence": same,
        "most_pixels_apart": round(difference.pixels, 4),
        "most_score_apart": round(difference.score, 5),
        "boxes_of_one_only": difference.other,
    }
    write_text(folder / "report.txt", to_text(judge.evaluation()) + "\n")
    write_text(folder / "figures.json", json.dumps(figures, indent=2) + "\n")


def write_card(model: Path, judged: Path, facts: Dict[str, Any]) -> None:
    """Put the figures into a model folder: model.json, README.md and the pictures of faults."""
    card = json.loads((model / "model.json").read_text(encoding="utf-8"))
    figures = json.loads((judged / "figures.json").read_text(encoding="utf-8"))
    pictures = sorted(path.name for path in judged.glob("fault*.jpg"))
    for name in pictures:
        shutil.copy(judged / name, model / name)
    card["figures"] = {**figures, **facts}
    report = (judged / "report.txt").read_text(encoding="utf-8").rstrip()
    write_text(model / "README.md", _readme(card, report, pictures))
    files = sorted(p for p in model.rglob("*") if p.is_file() and p.name != "model.json")
    card["files"] = {
        path.relative_to(model).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    write_text(model / "model.json", json.dumps(card, indent=2) + "\n")


def _figures(
    evaluation: Evaluation, overlaps: Sequence[float], false: Dict[str, int], empty: int
) -> Dict[str, Any]:
    low, high = evaluation.exact_interval
    return {
        "scenes": evaluation.pictures,
        "exact": evaluation.exact,
        "exact_interval": [round(low, 4), round(high, 4)],
        "mean_iou": round(float(np.mean(overlaps)), 4) if overlaps else None,
        "map": evaluation.mean_average_precision,
        "empty_scenes": empty,
        **{f"{kind}_scenes_with_detections": count for kind, count in false.items()},
    }


def _by_width(read: Sequence[Tuple[float, bool]]) -> List[Dict[str, int]]:
    """How many faces of each size there were, and how many of them were found and read right."""
    rows = []
    for low, high in zip(FACE_SIZES, FACE_SIZES[1:]):
        right = [is_right for width, is_right in read if low <= width < high]
        rows.append({"from": low, "to": high, "faces": len(right), "right": sum(right)})
    return rows


def _false_in_empty(
    detector: Detector, classes: Sequence[str], empty: int, most_others: Optional[int]
) -> int:
    """Of scenes without a cube that bears a class, those where something is detected.

    With at most so many cubes that are blank or wrongly marked (None: up to three).
    """
    scenes = (
        draw_scene(seed, classes, SIZE_WH, cubes=0, others=most_others, difficulty="full")
        for seed in range(FIRST_EMPTY, FIRST_EMPTY + empty)
    )
    return sum(bool(detector.detect(scene.image)) for scene in watcher("judging")(scenes, empty))


def _same_names(first: Sequence[Any], second: Sequence[Any]) -> int:
    return sum(_names(a) == _names(b) for a, b in zip(first, second))


def _names(detections: Sequence[Any]) -> Tuple[str, ...]:
    sure = [d for d in detections if d.score >= 0.5]
    return tuple(d.name for d in sorted(sure, key=left_to_right_key))


def _wrapped(note: str) -> str:
    return "\n" + textwrap.fill(note, 100) + "\n" if note else ""


def _other_seeds(figures_by_seed: Dict[str, Any]) -> str:
    """What the same recipe gave from other seeds, as far as it was tried."""
    lines = [
        f"* Made again from seed {seed}: {figures['exact']} of {figures['scenes']} exact,"
        f" a detection in {figures['empty_scenes_with_detections']} of {figures['empty_scenes']}"
        f" scenes without a class, mean IoU {figures['mean_iou']}.\n"
        for seed, figures in sorted(figures_by_seed.items())
    ]
    return "".join(lines) + ("\n" if lines else "")


def _how_it_was_made(card: Dict[str, Any]) -> str:
    figures, (height, width) = card["figures"], card["input_size_hw"]
    minutes, (small_height, small_width) = figures["minutes"], figures["small_size_hw"]
    learnt_height, learnt_width = card["learnt_from_size_hw"]
    stages = ", ".join(f"{stage} {spent:g}" for stage, spent in minutes.items())
    text = f"""`{card["network"]}`, input {width}x{height}, as a frozen SavedModel, for LiteRT
    (`model.tflite`), and as a checkpoint to go on training from. It has never seen a photograph: it
    learnt from {figures["pictures"]} scenes drawn by `tod_ros.scene` and {figures["mosaics"]}
    mosaics of windows cut out of such scenes, without a network to start from: in
    {figures["small_steps"]} steps made small, {small_width}x{small_height}, and in
    {figures["steps"]} at full size; then, in {_listed(figures["more_steps"])} more steps, also from
    those of {_listed(figures["examined"])} new scenes that it got wrong or nearly so,
    and from mosaics of what was wrong in them ({figures["hard"]} pictures in all). `make model`
    makes it again from nothing (seed {figures["seed"]}; minutes on the machine that made it:
    {stages}; {sum(minutes.values()):.0f} in all). The recipe is
    `config/pipelines/cube_faces.config`. All these pictures are of {learnt_width}x{learnt_height}:
    a larger one is averaged down to that before the network looks at it, by every command and node
    of this package; who runs the network otherwise should do the same."""
    return textwrap.fill(" ".join(text.split()), 100)


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def _readme(card: Dict[str, Any], report: str, pictures: Sequence[str]) -> str:
    figures, classes = card["figures"], ", ".join(f"`{name}`" for name in card["classes"])
    runtimes = figures["runtimes"]
    low, high = (f"{100 * side:.1f}" for side in figures["exact_interval"])
    by_width = "\n".join(
        f"| {row['from']} to {row['to']} | {row['faces']} | {row['right']} |"
        for row in figures["faces_by_width"]
    )
    gallery = "\n".join(f"![a scene it got wrong]({name})" for name in pictures)
    return f"""# cube_faces: reads the hand-drawn faces of cubes

Finds the front faces of paper cubes with a hand-drawn digit in pictures of a robot's camera.
Classes: {classes}. A box is tight around the front face, paper and all; marks on the side and top
faces are not reported.

## What it is

{_how_it_was_made(card)}
{_wrapped(figures["note"])}
## How good it is

On {figures["scenes"]} fresh scenes of full difficulty (640x480), at score 0.5, with LiteRT:

    {report.replace(chr(10), chr(10) + "    ")}

* Sequences exact: {figures["exact"]} of {figures["scenes"]} (95 % interval {low} to {high} %).
* Mean IoU of the boxes found: {figures["mean_iou"]}.
* Scenes without a cube that bears a class, most with blank or wrongly marked ones: a detection in
  {figures["empty_scenes_with_detections"]} of {figures["empty_scenes"]}. Scenes without cubes, but
  for one cut by the border: in {figures["cubeless_scenes_with_detections"]} of
  {figures["empty_scenes"]}.
* SavedModel and LiteRT on the same {runtimes["pictures"]} scenes: the same sequence in
  {runtimes["same_sequence"]}, boxes at most {runtimes["most_pixels_apart"]} pixels and scores at
  most {runtimes["most_score_apart"]} apart; {runtimes["boxes_of_one_only"]} boxes (score 0.2 and
  more) that only one of them has.

| width of the face in pixels | faces | found and read right |
| --- | --- | --- |
{by_width}

{_other_seeds(figures["other_seeds"])}These scenes come from the same renderer as the training
pictures, with other seeds: on photographs it can be worse.

## Where it fails

The first of those scenes that it got wrong; red is what is there but was missed or misread. It is
made for faces from 40 to 220 pixels in a 640x480 picture, turned up to 20 degrees, seen nearly
from the front.

{gallery}

## Licence

BSD-3-Clause, as the rest of this repository.
"""
