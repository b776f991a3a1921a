"""The arguments that name a model, and the detector that they name."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from tod_ros.cli.arguments import add_trust_argument
from tod_ros.models.coco_label_map import coco_label_map_for
from tod_ros.models.folder import read_model_folder

if TYPE_CHECKING:
    from tod_ros.inference.detector import Detector

RUNTIMES = ("auto", "tensorflow", "litert")


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """A model folder, its label map, and what runs it."""
    parser.add_argument(
        "-m",
        "--model",
        required=True,
        metavar="FOLDER",
        help="a folder that `tod export` wrote, a network of the zoo, or any SavedModel folder",
    )
    parser.add_argument(
        "-l",
        "--label-map",
        metavar="FILE",
        help="the label map, if the model has none or another one is wanted;"
        " a network of the zoo without one has COCO's 90 classes",
    )
    add_trust_argument(parser)
    parser.add_argument(
        "--runtime",
        choices=RUNTIMES,
        default="auto",
        help="what runs the model (default auto: the fastest that is there)",
    )


def open_detector(arguments: argparse.Namespace, pictures: int = 1) -> Detector:
    """The model of -m, with the label map of -l, its own, or COCO's where that fits.

    For so many pictures that several processes look at them, each of them has one thread.
    """
    from tod_ros.inference.detector import choose_runtime, load_detector
    from tod_ros.inference.processes import process_count

    label_map: Optional[Path] = Path(arguments.label_map) if arguments.label_map else None
    if label_map is None:
        label_map = coco_label_map_for(arguments.model)
        if label_map is not None:
            print(
                f"{arguments.model} has no label map and 90 classes: taking COCO's names",
                file=sys.stderr,
            )
    runtime = choose_runtime(read_model_folder(arguments.model, label_map), arguments.runtime)
    threads = 1 if process_count(runtime, pictures) > 1 else 0  # 0: one for each core
    return load_detector(arguments.model, label_map, runtime, threads, trust=arguments.trust)
