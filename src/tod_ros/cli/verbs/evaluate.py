"""tod evaluate: how often a detector reads a whole picture right, and what it gets wrong."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Tuple

from tod_ros.cli.arguments import (
    add_json_argument,
    add_most_objects_argument,
    add_quiet_argument,
    add_score_argument,
    check_most_objects,
    check_score,
)
from tod_ros.cli.model_arguments import add_model_arguments, open_detector
from tod_ros.cli.progress import bar
from tod_ros.dataset.project import SPLITS, open_project, pictures
from tod_ros.errors import SettingError

if TYPE_CHECKING:
    from tod_ros.evaluation.figures import Evaluation

SUMMARY = "Measure a detector on annotated pictures; write a page with the worst of them."
EXAMPLE = "tod evaluate cubes -m cubes/training/ssd/saved_model1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_picture_arguments(parser)
    add_model_arguments(parser)
    add_score_argument(parser, "what the model is less sure of counts for the mAP only")
    add_most_objects_argument(parser, default=0)
    parser.add_argument(
        "--min-iou",
        type=float,
        default=0.5,
        metavar="IOU",
        help="intersection over union from which a detection counts as the annotated object"
        " (default 0.5)",
    )
    parser.add_argument(
        "--worst",
        type=int,
        default=12,
        metavar="N",
        help="how many pictures the page shows, the worst first (default 12)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="where index.html and worst/*.png go (default: PROJECT/evaluation, or ./evaluation)",
    )
    add_json_argument(parser, "the figures")
    add_quiet_argument(parser)


def _add_picture_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project", metavar="PROJECT", nargs="?", help="the project whose test pictures are taken"
    )
    parser.add_argument(
        "--images", metavar="DIR", help="pictures of any folder instead of a project's"
    )
    parser.add_argument(
        "--annotations",
        metavar="DIR",
        help="the folder of their Pascal VOC XML (default: the folder of the pictures)",
    )
    parser.add_argument(
        "--split",
        choices=SPLITS,
        default="test",
        help="which of the project's pictures (default test)",
    )


def run(arguments: argparse.Namespace) -> int:
    from tod_ros.evaluation.report import write_report
    from tod_ros.evaluation.report_json import to_json
    from tod_ros.evaluation.report_page import read_template
    from tod_ros.evaluation.report_text import to_text
    from tod_ros.images.drawing import draw_detections

    _check(arguments)
    images, annotations, output = _folders(arguments)
    read_template()  # a missing package is told before the evaluation, not after it
    detector = open_detector(arguments, pictures=len(pictures(images)))
    evaluation = _evaluate(arguments, detector, images, annotations)
    facts = {"model": str(arguments.model), "runtime": detector.runtime, "images": str(images)}
    page = write_report(output, evaluation, facts, draw_detections)
    if arguments.json:
        print(json.dumps({**facts, **to_json(evaluation), "page": str(page)}, indent=2))
    else:
        print(f"{to_text(evaluation)}\n\nthe worst pictures: {page}")
    return 0


def _evaluate(
    arguments: argparse.Namespace, detector: Any, images: Path, annotations: Path
) -> Evaluation:
    from tod_ros.evaluation.ground_truth import annotated_pictures, judge_samples
    from tod_ros.evaluation.judge import MIN_SCORE_KEPT, Judge
    from tod_ros.evaluation.verdict import Limits
    from tod_ros.inference.processes import in_order, process_count

    samples = annotated_pictures(images, annotations, detector.label_map)
    limits = Limits(arguments.min_score, arguments.max_objects, arguments.min_iou)
    judge = Judge(detector.label_map, limits, arguments.worst)
    with bar(len(samples), "evaluate", quiet=arguments.quiet) as progress:

        def each(work: Any, items: Any) -> Iterator[Any]:
            for result in in_order(work, items, process_count(detector.runtime, len(samples))):
                progress.update()
                yield result

        # fainter ones than the robot acts on count for the mAP
        least = min(MIN_SCORE_KEPT, limits.min_score)
        judge_samples(samples, lambda bgr: detector.detect(bgr, min_score=least), judge, each)
    return judge.evaluation()


def _check(arguments: argparse.Namespace) -> None:
    check_score(arguments.min_score)
    check_most_objects(arguments.max_objects)
    if not 0 < arguments.min_iou <= 1:
        raise SettingError(f"--min-iou is {arguments.min_iou:g}, must be over 0 and up to 1")
    if arguments.worst < 0:
        raise SettingError(f"--worst is {arguments.worst}, must be 0 or more")
    if bool(arguments.project) == bool(arguments.images):
        raise SettingError("give either a PROJECT or --images DIR")
    if arguments.annotations and not arguments.images:
        raise SettingError("--annotations goes with --images DIR; a project has its own")


def _folders(arguments: argparse.Namespace) -> Tuple[Path, Path, Path]:
    """The pictures, their annotations, and where the report goes."""
    if arguments.project:
        project = open_project(arguments.project)
        images = annotations = project.images_dir(arguments.split)
        default = project.root / "evaluation"
        if project.is_older_layout:  # there the project's own folder does not exist
            default = project.training_dir / "evaluation"
    else:
        images = Path(arguments.images)
        annotations = Path(arguments.annotations or arguments.images)
        default = Path("evaluation")
    return images, annotations, Path(arguments.output) if arguments.output else default
