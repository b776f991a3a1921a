"""tod detect: what is in a picture, or in each picture of a folder, from left to right."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

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
from tod_ros.errors import ImageError, RuntimeMissingError
from tod_ros.inference.batch import PictureResult, find_pictures, look_at, output_paths

SUMMARY = "Detect objects in pictures, from left to right."
EXAMPLE = "tod detect -m cubes/training/ssd/saved_model1 -i cubes/images/test -o seen --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    add_score_argument(parser, "leave out what the model is less sure of")
    parser.add_argument(
        "-i",
        "--images",
        metavar="FILE_OR_FOLDER",
        nargs="+",
        required=True,
        help="pictures, or folders of pictures (folders inside them are not searched)",
    )
    add_most_objects_argument(parser, default=4)
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", help="write the pictures with boxes and labels here"
    )
    add_json_argument(
        parser,
        'a list of {"image", "labels", "names", "scores", "boxes"},'
        " each box [xmin, ymin, xmax, ymax] in pixels,",
    )
    parser.add_argument(
        "--show", action="store_true", help="show each picture in a window until a key is pressed"
    )
    add_quiet_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    check_score(arguments.min_score)
    check_most_objects(arguments.max_objects)
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
