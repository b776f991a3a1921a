"""The calibration of one camera, as `tod place` stores it in a YAML file.

frame_id: desk                 # of the positions; its origin is the near left corner of the sheet
cube_edge_m: 0.04
size_wh: [640, 480]            # of the pictures that it holds for
focal_px: 612.3
rotation: [0.99, ...]          # 3x3 by rows, from the desk frame to the camera's
position_m: [0.15, -0.24, 0.19]   # of the camera, in the desk frame
residual_px: 0.41              # how far the corners are from where the camera above puts them
sheet_wh_m: [0.297, 0.21]      # not where it was calibrated by the cubes' own edges; the origin is
corners_px: [[101.5, 402.0], ...]  # then below the camera. Near left, near right, far right, left
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import yaml

from tod_ros.errors import SettingError
from tod_ros.files import PathLike, read_bounded, write_text
from tod_ros.place.desk_camera import DeskCamera
from tod_ros.plain_yaml import load_plain_yaml
from tod_ros.text import MOST_LETTERS, harmless, shown

if TYPE_CHECKING:  # they load OpenCV, which takes 100 MB: not for the annotation page
    from tod_ros.place.edge_fit import EdgeFit
    from tod_ros.place.sheet import Calibrated

MOST_BYTES = 10_000
AGAIN = "calibrate again with `tod place`"


@dataclass(frozen=True)
class Calibration:
    """A calibrated camera, what it was calibrated with, and the cubes that it looks at."""

    camera: DeskCamera
    sheet_wh_m: Optional[Tuple[float, float]]  # None: by the edges of the cubes alone
    corners_px: Tuple[Tuple[float, float], ...]
    residual_px: float
    cube_edge_m: float = 0.04
    frame_id: str = "desk"


def calibration_of(
    found: Calibrated,
    corners_px: Sequence[Sequence[float]],
    sheet_wh_m: Tuple[float, float],
    cube_edge_m: float,
    frame_id: str,
) -> Calibration:
    corners = tuple((float(x), float(y)) for x, y in corners_px)
    return Calibration(found.camera, sheet_wh_m, corners, found.residual_px, cube_edge_m, frame_id)


def calibration_by_cubes(found: EdgeFit, cube_edge_m: float, frame_id: str) -> Calibration:
    camera = found.above.camera()
    return Calibration(camera, None, (), found.residual_px, cube_edge_m, frame_id)


def write_calibration(path: PathLike, calibration: Calibration) -> None:
    camera = calibration.camera
    values: Dict[str, Any] = {
        "frame_id": calibration.frame_id,
        "cube_edge_m": calibration.cube_edge_m,
        "size_wh": list(camera.size_wh),
        "focal_px": round(camera.focal_px, 3),
        "rotation": [round(value, 9) for value in camera.rotation],
        "position_m": [round(value, 6) for value in camera.position_m],
        "residual_px": round(calibration.residual_px, 3),
    }
    if calibration.sheet_wh_m is not None:
        values["sheet_wh_m"] = list(calibration.sheet_wh_m)
        values["corners_px"] = [list(corner) for corner in calibration.corners_px]
    by = "the corners of a sheet on the desk" if calibration.sheet_wh_m else "the cubes' own edges"
    head = f"# Where the camera is, by {by}; written by `tod place`.\n"
    write_text(path, head + yaml.safe_dump(values, sort_keys=False, default_flow_style=None))


def read_calibration(path: PathLike) -> Calibration:
    """SettingError names the file and what is wrong with it."""

    def fault(words: str) -> SettingError:
        return SettingError(f"{harmless(words)}; {AGAIN}")

    content = read_bounded(path, MOST_BYTES, fault, f"{MOST_BYTES} bytes: no calibration")
    try:
        values = load_plain_yaml(content.decode("utf-8"))
    except ValueError as error:
        raise fault(f"{path}: is no YAML that is taken ({error})") from None
    if not isinstance(values, Mapping):
        raise fault(f"{path}: holds no calibration")
    try:
        return _from_values(values)
    except (KeyError, TypeError, ValueError, SettingError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise fault(f"{Path(path)}: {what}") from None


def _from_values(values: Mapping[str, Any]) -> Calibration:
    rotation = _numbers(values["rotation"], 9, "rotation")
    matrix = np.array(rotation).reshape(3, 3)
    if not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-3):
        raise ValueError("rotation turns nothing: its rows are not at right angles")
    width, height = (int(side) for side in _positive(values["size_wh"], 2, "size_wh"))
    (focal,) = _positive([values["focal_px"]], 1, "focal_px")
    (edge,) = _positive([values["cube_edge_m"]], 1, "cube_edge_m")
    x, y, z = _numbers(values["position_m"], 3, "position_m")
    sheet_wh_m, clicked = _sheet(values) if "sheet_wh_m" in values else (None, ())
    (residual,) = _numbers([values["residual_px"]], 1, "residual_px")
    return Calibration(
        DeskCamera(focal, (width, height), tuple(rotation), (x, y, z)),
        sheet_wh_m,
        clicked,
        residual,
        edge,
        frame_name(values["frame_id"]),
    )


def _sheet(
    values: Mapping[str, Any],
) -> Tuple[Tuple[float, float], Tuple[Tuple[float, float], ...]]:
    width, height = _positive(values["sheet_wh_m"], 2, "sheet_wh_m")
    corners = values["corners_px"]
    if not isinstance(corners, list) or len(corners) != 4:
        raise ValueError("corners_px must be four corners")
    clicked = [_numbers(corner, 2, "corners_px") for corner in corners]
    return (width, height), tuple((x, y) for x, y in clicked)


def frame_name(value: Any, called: str = "frame_id") -> str:
    """`value` if tf takes it for the name of a frame; SettingError, with what it is called."""
    if not isinstance(value, str):
        raise SettingError(f"{called} must be a text")
    if not value or len(value) > MOST_LETTERS or value.startswith("/"):
        raise SettingError(f"{called} is {shown(value)}; tf takes a name without a leading slash")
    if not value.isprintable() or " " in value:
        raise SettingError(f"{called} is {shown(value)}; leave out spaces and control codes")
    return value


def _numbers(values: Any, count: int, name: str) -> Tuple[float, ...]:
    if not isinstance(values, list) or len(values) != count:
        raise ValueError(f"{name} must be {count} numbers")
    if any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in values):
        raise ValueError(f"{name} must be {count} numbers")
    try:
        numbers = tuple(float(value) for value in values)
    except OverflowError:
        raise ValueError(f"{name} must be finite") from None
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite")
    return numbers


def _positive(values: Any, count: int, name: str) -> Tuple[float, ...]:
    numbers = _numbers(values, count, name)
    if min(numbers) <= 0:
        raise ValueError(f"{name} must be more than 0")
    return numbers
