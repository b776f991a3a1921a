"""What a model of drawn classes can do, measured: figures.json, report.txt, the worst pictures.

At home: fresh scenes of the painted family. Away: lit scenes, digits that people wrote, and folders
of pictures with truth.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import judged_sets
import numpy as np
from judged_sets import Fault, SetFigures, judge_set

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

WORST_SHOWN = 4  # of home, and of lit scenes
AWAY_SHARE = 0.3  # of as many scenes as at home: a lit one takes longer to draw
FACE_SIZES = (30, 55, 75, 110, 230)  # pixels across, in a picture 640 wide: the card's rows


@dataclass
class Home:
    """What is counted on scenes of the painted family, by both runtimes."""

    judge: Judge
    overlaps: List[float] = field(default_factory=list)
    read: List[Tuple[float, bool]] = field(default_factory=list)  # width of a face, read right
    faults: List[Fault] = field(default_factory=list)
    tensorflow: List[Any] = field(default_factory=list)
    litert: List[Any] = field(default_factory=list)


def measure(
    model: Path,
    folder: Path,
    classes: Sequence[str],
    scenes: int,
    empty: int,
    away: Sequence[Path] = (),
) -> None:
    """Judge `model` on drawn scenes of full difficulty, and on the folders `away`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    detector = load_detector(model, runtime="litert")
    home = _at_home(detector, load_detector(model, runtime="tensorflow"), classes, scenes)
    lit_scenes = judged_sets.drawn("lit", classes, _away(scenes))
    lit, lit_faults = judge_set(detector, "lit scenes", lit_scenes)
    sets = [
        ("written scenes", judged_sets.written("painted", classes, _away(scenes))),
        ("written lit scenes", judged_sets.written("lit", classes, _away(scenes))),
        # blank or wrongly marked cubes, up to three; then none at all
        ("painted, no class", judged_sets.drawn_empty("painted", classes, empty)),
        ("painted, no cube", judged_sets.drawn_empty("painted", classes, empty, others=0)),
        ("written, no class", judged_sets.written_empty("painted", classes, empty)),
        *((path.name, judged_sets.from_folder(path, detector.label_map)) for path in away),
    ]
    told = [lit, *(judge_set(detector, name, samples)[0] for name, samples in sets)]
    home.faults.sort(key=lambda fault: fault.verdict.order)
    for number, fault in enumerate(home.faults[:WORST_SHOWN] + lit_faults[:WORST_SHOWN], start=1):
        small = draw_verdict(fault.image, fault.verdict, draw_detections)[::2, ::2]
        write_image(folder / f"fault{number}.jpg", np.ascontiguousarray(small))
    figures = _figures(home)
    figures["sets"] = [_told(one) for one in told]
    write_text(folder / "report.txt", to_text(home.judge.evaluation()) + "\n")
    write_text(folder / "figures.json", json.dumps(figures, indent=2) + "\n")


def _away(scenes: int) -> int:
    return max(round(AWAY_SHARE * scenes), 1)


def _at_home(detector: Detector, other: Detector, classes: Sequence[str], scenes: int) -> Home:
    home = Home(Judge(detector.label_map))
    for picture, image, boxes in watcher("judging")(
        judged_sets.drawn("painted", classes, scenes), scenes
    ):
        home.litert.append(detector.detect(image, 0.01))
        home.tensorflow.append(other.detect(image, 0.01))
        verdict = home.judge.add(picture, boxes, home.litert[-1])
        home.overlaps += [iou(box.xyxy, found.xyxy) for box, found in verdict.pairs]
        right = {box for box, found in verdict.pairs if box.name == found.name}
        home.read += [(box.xmax - box.xmin, box in right) for box in boxes]
        if not verdict.is_exact:
            home.faults.append(Fault(image, verdict))
    return home


def _told(figures: SetFigures) -> Dict[str, Any]:
    low, high = figures.interval
    return {
        "name": figures.name,
        "pictures": figures.pictures,
        "exact": figures.exact,
        "exact_interval": [round(low, 4), round(high, 4)],
        "with_false": figures.with_false,
    }


def _figures(home: Home) -> Dict[str, Any]:
    evaluation: Evaluation = home.judge.evaluation()
    low, high = evaluation.exact_interval
    difference = compare(home.tensorflow, home.litert)
    return {
        "scenes": evaluation.pictures,
        "exact": evaluation.exact,
        "exact_interval": [round(low, 4), round(high, 4)],
        "mean_iou": round(float(np.mean(home.overlaps)), 4) if home.overlaps else None,
        "map": evaluation.mean_average_precision,
        "faces_by_width": _by_width(home.read),
        "runtimes": {
            "pictures": evaluation.pictures,
            "same_sequence": _same_names(home.tensorflow, home.litert),
            "most_pixels_apart": round(difference.pixels, 4),
            "most_score_apart": round(difference.score, 5),
            "boxes_of_one_only": difference.other,
        },
    }


def _by_width(read: Sequence[Tuple[float, bool]]) -> List[Dict[str, int]]:
    """How many faces of each size there were, and how many of them were found and read right."""
    rows = []
    for low, high in zip(FACE_SIZES, FACE_SIZES[1:]):
        right = [is_right for width, is_right in read if low <= width < high]
        rows.append({"from": low, "to": high, "faces": len(right), "right": sum(right)})
    return rows


def _same_names(first: Sequence[Any], second: Sequence[Any]) -> int:
    return sum(_names(a) == _names(b) for a, b in zip(first, second))


def _names(detections: Sequence[Any]) -> Tuple[str, ...]:
    sure = [d for d in detections if d.score >= 0.5]
    return tuple(d.name for d in sorted(sure, key=left_to_right_key))
