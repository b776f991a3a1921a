"""The pictures that `tod place` calibrates by: of files, of a project, or of the robot now."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from tod_ros.errors import RuntimeMissingError, SettingError

if TYPE_CHECKING:
    import numpy as np

ORDER = ("near left", "near right", "far right", "far left")
FILE_NAME = "place.yaml"
MOST_PICTURES = 8  # with --cubes: more cubes than these show say hardly more


@dataclass(frozen=True)
class SeenPictures:
    """The pictures to calibrate by, the focal length if it is known, and where it is stored."""

    images: List[np.ndarray]
    focal_px: Optional[float]
    output: Path


def seen_pictures(args: argparse.Namespace) -> SeenPictures:
    output = Path(args.output or FILE_NAME)
    if args.camera:
        image, focal_px = _from_robot(args)
        return SeenPictures([image], args.focal or focal_px, output)
    from tod_ros.images.image_file import read_image

    paths: List[Path] = []
    for name in args.pictures:
        if not Path(name).is_dir():
            paths.append(Path(name))
            continue
        newest, in_project = _newest(name)
        paths += newest[:MOST_PICTURES] if args.cubes else newest[:1]
        output = output if args.output else in_project
    return SeenPictures([read_image(path) for path in paths], args.focal, output)


def _newest(name: str) -> Tuple[List[Path], Path]:
    """The pictures of a project, newest first, and where its calibration lies."""
    from tod_ros.dataset.project import SPLITS, open_project, pictures

    project = open_project(name)
    found = [p for split in SPLITS for p in pictures(project.images_dir(split))]
    if not found:
        raise SettingError(f"{name}: the project has no pictures; take one of the sheet first")
    return sorted(found, key=lambda p: p.stat().st_mtime, reverse=True), project.place_path


def _from_robot(args: argparse.Namespace) -> Tuple[np.ndarray, Optional[float]]:
    """A picture taken now, and the focal length that a camera_info beside it tells."""
    try:
        from tod_ros.robot.one_picture import camera_info_beside, take_one
    except ImportError as error:
        raise RuntimeMissingError(
            f"--camera needs ROS on this machine ({error.name} is missing); give a picture instead"
        ) from None
    from tod_ros.images.message import check_not_blind, from_message

    image = from_message(take_one(args.camera, args.timeout))
    check_not_blind(image)
    info = None if args.focal else camera_info_beside(args.camera, args.timeout)
    return image, None if info is None else _focal_of(info, (image.shape[1], image.shape[0]))


def _focal_of(info: Any, picture_wh: Tuple[int, int]) -> float:
    from tod_ros.place.camera_info import MOST_BENT_PX, lens_of

    size_wh = (info.width, info.height)
    lens = lens_of(info.K, info.D, info.distortion_model, size_wh, picture_wh)
    if lens.bent_px > MOST_BENT_PX:
        print(
            f"tod place: by camera_info the lens moves pixels by up to {lens.bent_px:.0f};"
            " take a rectified topic (image_proc) if the places are not good enough",
            file=sys.stderr,
        )
    return lens.focal_px


def clicked(image: np.ndarray) -> List[Tuple[float, float]]:
    from tod_ros.images.window import can_open_window, clicks

    if not can_open_window():
        raise SettingError("there is no display for a window; give the corners with --corners")
    corners = clicks(image, [f"click the {where} corner of the sheet" for where in ORDER])
    if len(corners) < len(ORDER):
        raise SettingError("the window was closed before all four corners were clicked")
    return corners
