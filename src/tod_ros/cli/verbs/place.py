"""tod place: where the camera is, by a sheet of paper on the desk."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, List, Tuple

from tod_ros.cli.arguments import add_json_argument
from tod_ros.errors import SettingError

if TYPE_CHECKING:
    import numpy as np

SUMMARY = "Calibrate the camera by a sheet of paper, so that the node tells where each cube is."
EXAMPLE = "tod place desk.png --corners 80,420 560,430 470,220 160,215 -o place.yaml"
ORDER = ("near left", "near right", "far right", "far left")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One statement for each option makes it long."""
    parser.add_argument(
        "picture", metavar="PICTURE", help="a picture of the sheet, or a project: its newest one"
    )
    parser.add_argument(
        "--corners",
        nargs=4,
        metavar="X,Y",
        help="the sheet's corners in pixels: near left, near right, far right, far left, as the"
        " robot sees them (default: a window asks for four clicks)",
    )
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
        "-o", "--output", default="place.yaml", metavar="FILE", help="(default place.yaml)"
    )
    add_json_argument(parser, "the calibration")


def run(args: argparse.Namespace) -> int:
    sheet_wh_m = _sheet(args.sheet)
    for name, value in (("--cube-edge", args.cube_edge), ("--focal", args.focal)):
        if value is not None and not 0 < value < 1e5:
            raise SettingError(f"{name} is {value:g}, must be more than 0")
    from tod_ros.images.image_file import read_image
    from tod_ros.place.calibration import calibration_of, frame_name, write_calibration
    from tod_ros.place.sheet import calibrate_by_sheet

    frame = frame_name(args.frame, "--frame")
    path = _picture(args.picture)
    image = read_image(path)
    corners = [_corner(text) for text in args.corners] if args.corners else _clicked(image)
    size_wh = (image.shape[1], image.shape[0])
    found = calibrate_by_sheet(corners, size_wh, sheet_wh_m, args.focal)
    edge_m = args.cube_edge / 1000
    write_calibration(args.output, calibration_of(found, corners, sheet_wh_m, edge_m, frame))
    x, y, z = found.camera.position_m
    if args.json:
        told = {"position_m": [x, y, z], "focal_px": found.camera.focal_px}
        print(json.dumps({**told, "residual_px": found.residual_px, "file": args.output}))
        return 0
    print(
        f"the camera is {z * 100:.1f} cm above the desk and {-y * 100:.1f} cm before the sheet;"
        f" focal length {found.camera.focal_px:.0f} pixels; the corners fit within"
        f" {found.residual_px:.2f} pixels"
    )
    print(f"next: roslaunch tod_ros inference.launch place:={Path(args.output).resolve()}")
    return 0


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


def _picture(name: str) -> Path:
    path = Path(name)
    if not path.is_dir():
        return path
    from tod_ros.dataset.project import SPLITS, open_project, pictures

    project = open_project(name)
    found = [p for split in SPLITS for p in pictures(project.images_dir(split))]
    if not found:
        raise SettingError(f"{name}: the project has no pictures; take one of the sheet first")
    return max(found, key=lambda p: p.stat().st_mtime)


def _clicked(image: np.ndarray) -> List[Tuple[float, float]]:
    from tod_ros.images.window import can_open_window, clicks

    if not can_open_window():
        raise SettingError("there is no display for a window; give the corners with --corners")
    corners = clicks(image, [f"click the {where} corner of the sheet" for where in ORDER])
    if len(corners) < len(ORDER):
        raise SettingError("the window was closed before all four corners were clicked")
    return corners
