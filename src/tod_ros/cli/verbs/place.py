"""tod place: where the camera is, by a sheet of paper on the desk or by the cubes' own edges."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Tuple

from tod_ros.cli.arguments import add_json_argument, add_trust_argument
from tod_ros.cli.place_pictures import (
    FILE_NAME,
    MOST_PICTURES,
    SeenPictures,
    clicked,
    seen_pictures,
)
from tod_ros.errors import SettingError

if TYPE_CHECKING:
    from tod_ros.place.calibration import Calibration

SUMMARY = "Calibrate the camera by a sheet of paper, so that the node tells where each cube is."
EXAMPLE = "tod place desk.png --corners 80,420 560,430 470,220 160,215 -o place.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One statement for each option makes it long."""
    parser.add_argument(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help="a picture of the sheet, or a project: its newest one; with --cubes as many pictures"
        f" as you like, or a project: its newest {MOST_PICTURES}",
    )
    parser.add_argument(
        "--camera",
        nargs="?",
        const="get_image",
        metavar="NAME",
        help="take the picture now, from the robot: a service, or a topic with pictures (default"
        " get_image); a camera_info beside it gives the focal length",
    )
    parser.add_argument(
        "--corners",
        nargs=4,
        metavar="X,Y",
        help="the sheet's corners in pixels: near left, near right, far right, far left, as the"
        " robot sees them (default: a window asks for four clicks)",
    )
    parser.add_argument(
        "--cubes",
        action="store_true",
        help="no sheet: calibrate by the edges of the cubes that the model finds in the pictures",
    )
    parser.add_argument(
        "--model",
        metavar="DIR",
        help="with --cubes, the model folder that finds them (default: the shipped one)",
    )
    add_trust_argument(parser)
    parser.add_argument(
        "--sheet",
        default="297x210",
        metavar="WxH",
        help="the sheet's size in millimetres, along its near edge and away (default 297x210: A4"
        " lying)",
    )
    parser.add_argument(
        "--cube-edge",
        type=float,
        default=40.0,
        metavar="MM",
        help="edge of a cube in millimetres (default 40)",
    )
    parser.add_argument(
        "--focal",
        type=float,
        metavar="PX",
        help="the focal length in pixels, where camera_info tells it (default: from the corners)",
    )
    parser.add_argument(
        "--frame", default="desk", metavar="NAME", help="name of the tf frame (default desk)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="how long the robot's camera may take (default 5)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=f"(default {FILE_NAME}, in the project where one is given)",
    )
    add_json_argument(parser, "the calibration")


def run(args: argparse.Namespace) -> int:
    sheet_wh_m = _sheet(args.sheet)
    _check(args)
    from tod_ros.place.calibration import frame_name, write_calibration

    frame_name(args.frame, "--frame")
    seen = seen_pictures(args)
    calibration = _by_cubes(args, seen) if args.cubes else _by_sheet(args, seen, sheet_wh_m)
    write_calibration(seen.output, calibration)
    _tell(args, calibration, seen.output)
    return 0


def _check(args: argparse.Namespace) -> None:
    for name in ("--cube-edge", "--focal", "--timeout"):
        value = getattr(args, name.strip("-").replace("-", "_"))
        if value is not None and not 0 < value < 1e5:
            raise SettingError(f"{name} is {value:g}, must be more than 0")
    if bool(args.pictures) == bool(args.camera):
        raise SettingError("give a picture or a project, or --camera to take one now")
    if args.cubes and args.corners:
        raise SettingError("--cubes needs no --corners; leave out one of the two")
    if len(args.pictures) > 1 and not args.cubes:
        raise SettingError("one picture shows the sheet; several are for --cubes")


def _by_sheet(
    args: argparse.Namespace, seen: SeenPictures, sheet_wh_m: Tuple[float, float]
) -> Calibration:
    from tod_ros.place.calibration import calibration_of
    from tod_ros.place.sheet import calibrate_by_sheet

    image = seen.images[0]
    corners = [_corner(text) for text in args.corners] if args.corners else clicked(image)
    size_wh = (image.shape[1], image.shape[0])
    found = calibrate_by_sheet(corners, size_wh, sheet_wh_m, seen.focal_px)
    return calibration_of(found, corners, sheet_wh_m, args.cube_edge / 1000, args.frame)


def _by_cubes(args: argparse.Namespace, seen: SeenPictures) -> Calibration:
    from tod_ros.inference.detector import load_detector
    from tod_ros.place.calibration import calibration_by_cubes
    from tod_ros.place.cubes import calibrate_by_cubes
    from tod_ros.shipped import shipped

    detector = load_detector(args.model or shipped("models", "cube_faces"), trust=args.trust)
    pictures = [(image, [found.xyxy for found in detector.detect(image)]) for image in seen.images]
    edge_m = args.cube_edge / 1000
    return calibration_by_cubes(
        calibrate_by_cubes(pictures, edge_m, seen.focal_px), edge_m, args.frame
    )


def _tell(args: argparse.Namespace, calibration: Calibration, output: Path) -> None:
    camera = calibration.camera
    x, y, z = camera.position_m
    if args.json:
        told = {"position_m": [x, y, z], "focal_px": camera.focal_px}
        print(json.dumps({**told, "residual_px": calibration.residual_px, "file": str(output)}))
        return
    before = f" and {-y * 100:.1f} cm before the sheet" if calibration.sheet_wh_m else ""
    what = "corners" if calibration.sheet_wh_m else "edges of the cubes"
    print(
        f"the camera is {z * 100:.1f} cm above the desk{before};"
        f" focal length {camera.focal_px:.0f} pixels; the {what} fit within"
        f" {calibration.residual_px:.2f} pixels"
    )
    print(f"next: roslaunch tod_ros inference.launch place:={output.resolve()}")


def _sheet(text: str) -> Tuple[float, float]:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", text)
    if not match:
        raise SettingError(f"--sheet is {text!r}; give millimetres such as 297x210")
    return float(match.group(1)) / 1000, float(match.group(2)) / 1000


def _corner(text: str) -> Tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingError(f"--corners: {text!r} is no corner; give X,Y in pixels") from None
    return x, y
