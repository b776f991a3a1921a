"""The arguments that name a model, and the detector that they name."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from tod_ros.models.coco_label_map import coco_label_map_for

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
    parser.add_argument(
        "--runtime",
        choices=RUNTIMES,
        default="auto",
        help="what runs the model (default auto: the fastest that is there)",
    )


def open_detector(arguments: argparse.Namespace) -> Detector:
    """The model of -m, with the label map of -l, its own, or COCO's where that fits."""
    from tod_ros.inference.detector import load_detector

    label_map: Optional[Path] = Path(arguments.label_map) if arguments.label_map else None
    if label_map is None:
        label_map = coco_label_map_for(arguments.model)
        if label_map is not None:
            print(
                f"{arguments.model} has no label map and 90 classes: taking COCO's names",
                file=sys.stderr,
            )
    return load_detector(arguments.model, label_map_path=label_map, runtime=arguments.runtime)
