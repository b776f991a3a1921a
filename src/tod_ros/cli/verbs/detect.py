"""tod detect: what is in a picture, or in each picture of a folder, from left to right."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence, Union

from tod_ros import files
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
from tod_ros.detection import Detection
from tod_ros.errors import ImageError, RuntimeMissingError
from tod_ros.inference.batch import PictureResult, find_pictures, look_at, output_paths
from tod_ros.inference.processes import in_order, process_count

Show = Callable[[str, Any, Sequence[Detection]], None]

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
        " each box [xmin, ymin, xmax, ymax] in pixels, of a Mask R-CNN with"
        ' "masks" as COCO\'s run lengths,',
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
    detector = open_detector(arguments, pictures=len(paths))
    if outputs:
        make_folder(arguments.output)
    show = _hand_out(outputs, arguments.show) if outputs or arguments.show else None

    def look(path: str) -> Union[PictureResult, ImageError]:
        return look_at(path, detect, arguments.max_objects, show)

    def detect(bgr: Any) -> Any:
        return detector.detect(bgr, min_score=arguments.min_score)

    # a window of OpenCV belongs to one process
    processes = 1 if arguments.show else process_count(detector.runtime, len(paths))
    return _look_at_each(arguments, in_order(look, paths, processes), len(paths))


def _look_at_each(
    arguments: argparse.Namespace,
    results: Iterable[Union[PictureResult, ImageError]],
    total: int,
) -> int:
    """Tell each result as it comes; 1 where a picture could not be read."""
    status = 0
    quiet = arguments.quiet or sys.stdout.isatty()
    with bar(total, "detect", quiet=quiet) as progress, _printer(arguments.json) as tell:
        for result in results:
            if isinstance(result, ImageError):
                print(f"tod detect: {result}", file=sys.stderr)
                status = 1
            else:
                tell(result)
            progress.update()
    return status


def make_folder(folder: str) -> None:
    try:
        files.make_folder(folder)
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


def _hand_out(outputs: Mapping[str, Path], is_shown: bool) -> Show:
    """What becomes of each picture with its boxes: written, shown in a window, or both."""
    from tod_ros.images.drawing import draw_detections
    from tod_ros.images.image_file import write_image

    def hand_out(path: str, bgr: Any, found: Sequence[Detection]) -> None:
        drawn = draw_detections(bgr, found)
        if path in outputs:
            write_image(outputs[path], drawn)
        if is_shown:
            _show(path, drawn)

    return hand_out


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
