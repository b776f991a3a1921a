"""tod detect: what is in a picture, or in each picture of a folder, from left to right."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

from tod_ros.cli.progress import add_quiet_argument, bar
from tod_ros.errors import ImageError, RuntimeMissingError, SettingError
from tod_ros.inference.batch import PictureResult, find_pictures, look_at, output_paths
from tod_ros.models.coco_label_map import coco_label_map_for

SUMMARY = "Detect objects in pictures, from left to right."
EXAMPLE = "tod detect -m cubes/training/ssd/saved_model1 -i cubes/images/test -o seen --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument(
        "-i",
        "--images",
        metavar="FILE_OR_FOLDER",
        nargs="+",
        required=True,
        help="pictures, or folders of pictures (folders inside them are not searched)",
    )
    parser.add_argument(
        "-n",
        "--max-objects",
        type=int,
        default=4,
        metavar="N",
        help="at most so many objects a picture, the best ones (default 4; 0: all)",
    )
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", help="write the pictures with boxes and labels here"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help='print a list of {"image", "labels", "names", "scores", "boxes"}; a box is'
        " [xmin, ymin, xmax, ymax] in pixels",
    )
    parser.add_argument(
        "--show", action="store_true", help="show each picture in a window until a key is pressed"
    )
    add_quiet_argument(parser)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-m",
        "--model",
        required=True,
        help="a folder that `tod export` wrote, a network of the zoo, or any SavedModel folder",
    )
    parser.add_argument(
        "-l",
        "--label-map",
        metavar="FILE",
        help="the label map, if the model's own is missing or another one is wanted;"
        " a network of the zoo without one has COCO's 90 classes",
    )
    parser.add_argument(
        "-t",
        "--min-score",
        type=float,
        default=0.5,
        metavar="SCORE",
        help="leave out what the model is less sure of (default 0.5)",
    )
    parser.add_argument(
        "--runtime",
        choices=("auto", "tensorflow", "litert"),
        default="auto",
        help="what runs the model (default auto: the fastest that is there)",
    )


def run(arguments: argparse.Namespace) -> int:
    check_limits(arguments)
    paths = find_pictures(arguments.images)
    outputs = output_paths(paths, arguments.output) if arguments.output else {}
    if arguments.show:
        _check_display()
    detector = open_detector(arguments)
    refused: List[ImageError] = []

    def refuse(error: ImageError) -> None:
        refused.append(error)
        print(f"tod detect: {error}", file=sys.stderr)

    def detect(bgr: Any) -> Any:
        return detector.detect(bgr, min_score=arguments.min_score)

    if outputs:
        make_folder(arguments.output)
    with bar(len(paths), "detect", quiet=arguments.quiet or sys.stdout.isatty()) as progress:

        def each_path() -> Iterator[str]:
            for path in paths:
                yield path
                progress.update()

        with _printer(arguments.json) as tell:
            for look in look_at(each_path(), detect, arguments.max_objects, refuse):
                _hand_out(look, outputs.get(look.path), arguments.show)
                tell(look)
    return 1 if refused else 0


def check_limits(arguments: argparse.Namespace) -> None:
    if not 0 <= arguments.min_score <= 1:
        raise SettingError(f"-t is {arguments.min_score:g}, must be from 0 to 1")
    if arguments.max_objects < 0:
        raise SettingError(f"-n is {arguments.max_objects}, must be 0 (all) or more")


def open_detector(arguments: argparse.Namespace) -> Any:
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


def make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise ImageError(f"{folder}: cannot be made ({error.strerror})") from None


@contextmanager
def _printer(as_json: bool) -> Iterator[Callable[[PictureResult], None]]:
    """Tells each result as it comes: a line each, or the items of one JSON list."""
    if not as_json:
        yield lambda look: print(f"{look.path}: {_summary(look)}")
        return
    separators = _separators()

    def tell(look: PictureResult) -> None:
        print(next(separators) + json.dumps(look.to_json()), end="")

    yield tell
    print("[]" if next(separators) == "[\n" else "\n]")


def _separators() -> Iterator[str]:
    yield "[\n"
    while True:
        yield ",\n"


def _summary(look: PictureResult) -> str:
    return ", ".join(f"{one.name} {one.score:.2f}" for one in look.found) or "nothing"


def _hand_out(look: PictureResult, output: Optional[Path], show: bool) -> None:
    if output is None and not show:
        return
    from tod_ros.images.drawing import draw_detections
    from tod_ros.images.image_file import write_image

    drawn = draw_detections(look.bgr, look.found)
    if output is not None:
        write_image(output, drawn)
    if show:
        _show(look.path, drawn)


def _check_display() -> None:
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise RuntimeMissingError("--show needs a display and DISPLAY is not set; use -o FOLDER")


def _show(title: str, bgr: Any) -> None:
    import cv2

    title = os.fsencode(title).decode(errors="replace")  # a file's name need not be UTF-8
    try:
        cv2.imshow(title, bgr)
        while cv2.waitKey(50) < 0 and cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) > 0:
            pass
        cv2.destroyAllWindows()
    except cv2.error as error:
        raise RuntimeMissingError(
            f"--show: OpenCV cannot open a window ({str(error).splitlines()[0]}); use -o FOLDER"
        ) from None
