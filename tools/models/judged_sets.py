"""Sets of pictures to judge a detector on: a folder with its truth, or drawn scenes of a family.

FOLDER/truth.json   {"a.jpg": {"labels": [1, 2], "boxes": [[xmin, ymin, xmax, ymax], ...]}, ...}
FOLDER/a.xml        or Pascal VOC beside each picture

Written scenes are those whose digits people wrote.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import real_handwriting

from tod_ros.annotation import Box
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import ModelError
from tod_ros.evaluation.figures import wilson_interval
from tod_ros.evaluation.verdict import Limits, Verdict, judge_picture
from tod_ros.images.image_file import read_image
from tod_ros.inference.detector import Detector
from tod_ros.scene import Scene, draw_scene
from tod_ros.scene.written_marks import read_written_marks

SIZE_WH = (640, 480)
FIRST_SEEDS = {"painted": (5 * 10**9, 6 * 10**9), "lit": (7 * 10**9, 8 * 10**9)}
WORST_KEPT = 12
Sample = Tuple[str, np.ndarray, Sequence[Box]]


@dataclass(frozen=True)
class SetFigures:
    """How a detector does on a set: sequences exact, and pictures with a false detection."""

    name: str
    pictures: int
    exact: int
    with_false: int
    least_score: Optional[float]  # of what was found and read right

    @property
    def interval(self) -> Tuple[float, float]:
        return wilson_interval(self.exact, self.pictures)

    def row(self) -> str:
        low, high = (100 * side for side in self.interval)
        share = 100 * self.exact / self.pictures if self.pictures else 0.0
        least = "-" if self.least_score is None else f"{self.least_score:.2f}"
        return (
            f"{self.name:24} {self.exact:5} of {self.pictures:5} exact  {share:5.1f} %"
            f"  ({low:.1f} to {high:.1f})  false in {self.with_false:4}  lowest score {least}"
        )


@dataclass(frozen=True)
class Fault:
    """A picture that was not read exactly."""

    image: np.ndarray
    verdict: Verdict


def judge_set(
    detector: Detector, name: str, samples: Iterable[Sample]
) -> Tuple[SetFigures, List[Fault]]:
    """The figures of a set, and the worst of its pictures, worst first."""
    pictures = exact = with_false = 0
    scores: List[float] = []
    worst: List[Fault] = []
    for picture, image, boxes in samples:
        verdict = judge_picture(picture, boxes, detector.detect(image), Limits())
        pictures += 1
        exact += verdict.is_exact
        with_false += bool(verdict.false)
        scores += [found.score for box, found in verdict.pairs if box.name == found.name]
        if not verdict.is_exact:
            worst.append(Fault(image, verdict))
            worst.sort(key=lambda fault: fault.verdict.order)
            del worst[WORST_KEPT:]
    return SetFigures(name, pictures, exact, with_false, min(scores, default=None)), worst


def from_folder(folder: Path, label_map: LabelMap) -> Iterator[Sample]:
    """The pictures of a folder, in the order of their names."""
    told = folder / "truth.json"
    if told.is_file():
        yield from _from_truth(told, label_map)
        return
    annotations = sorted(folder.glob("*.xml"))
    if not annotations:
        raise ModelError(f"{folder}: neither truth.json nor *.xml: nothing tells what is there")
    for path in annotations:
        annotation = read_voc(path)
        yield path.stem, read_image(folder / annotation.filename), annotation.boxes


def _from_truth(path: Path, label_map: LabelMap) -> Iterator[Sample]:
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
        told = {
            name: [Box(label_map.names[label], *box) for label, box in zip(t["labels"], t["boxes"])]
            for name, t in sorted(truth.items())
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: no labels and boxes of pictures ({error!r})") from None
    for name, boxes in told.items():
        yield name, read_image(path.parent / name), boxes


def drawn(family: str, classes: Sequence[str], count: int) -> Iterator[Sample]:
    """Fresh scenes of full difficulty, with seeds that no training set has."""
    first, _ = FIRST_SEEDS[family]
    for seed in range(first, first + count):
        yield _sample(seed, draw_scene(seed, classes, SIZE_WH, difficulty="full", family=family))


def drawn_empty(
    family: str, classes: Sequence[str], count: int, others: Optional[int] = None
) -> Iterator[Sample]:
    """Scenes without a class; `others` cubes at most that are blank or wrongly marked."""
    _, first = FIRST_SEEDS[family]
    for seed in range(first, first + count):
        scene = draw_scene(
            seed, classes, SIZE_WH, cubes=0, others=others, difficulty="full", family=family
        )
        yield _sample(seed, scene)


def written(family: str, classes: Sequence[str], count: int) -> Iterator[Sample]:
    """Scenes of full difficulty; every digit in them was written by somebody."""
    first, _ = FIRST_SEEDS[family]
    options = _people_write(family)
    for seed in range(first, first + count):
        yield _sample(seed, draw_scene(seed, classes, SIZE_WH, **options))


def written_empty(family: str, classes: Sequence[str], count: int) -> Iterator[Sample]:
    """The same without a class: up to three cubes, blank or with other digits."""
    _, first = FIRST_SEEDS[family]
    options = _people_write(family)
    for seed in range(first, first + count):
        yield _sample(seed, draw_scene(seed, classes, SIZE_WH, cubes=0, **options))


def _people_write(family: str) -> Dict[str, Any]:
    """Options of scenes in which every class and wrong mark is a digit that somebody wrote."""
    real_handwriting.prepare()
    marks = read_written_marks(str(real_handwriting.JUDGE))
    return {
        "difficulty": "full",
        "family": family,
        "marks": marks,
        "captured_share": 1.0,
        "wrong_marks": tuple(marks),
    }


def _sample(seed: int, scene: Scene) -> Sample:
    return str(seed), scene.image, scene.boxes
