"""What goes between page and server, as JSON; what comes from the page is checked here.

A box: {"name": "two", "xyxy": [31, 118, 180, 270], "difficult": false, "truncated": false}.
A proposal: {"name": "two", "score": 0.97, "xyxy": [...]}.
A save: {"seen": version, "boxes": [box...] or null, "rejected": [proposal...], "open": false};
null takes the annotation away: the picture is "to do" again.
Corners of a sheet: {"key": "train/a.png", "corners": [[x, y]...], "sheet_mm": [297, 210],
"cube_edge_mm": 40}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from tod_ros.annotate.decisions import Refused
from tod_ros.annotation import Box
from tod_ros.detection import Detection
from tod_ros.errors import AnnotationError
from tod_ros.text import did_you_mean

MOST_BOXES = 1000
MOST_SHEET_MM, MOST_EDGE_MM = (5000.0, 5000.0), 500.0
MOST_PIXELS = 1e9  # of a corner; a NaN is no more under it than an infinite one


@dataclass(frozen=True)
class Save:
    seen: str
    boxes: Optional[Tuple[Box, ...]]
    rejected: Tuple[Refused, ...] = ()
    is_open: bool = False


@dataclass(frozen=True)
class Corners:
    """Of a sheet in one picture: near left, near right, far right, far left."""

    key: str
    corners_px: Tuple[Tuple[float, ...], ...]
    sheet_wh_m: Tuple[float, float]
    cube_edge_m: float


def from_box(box: Box) -> Dict[str, Any]:
    return {
        "name": box.name,
        "xyxy": list(box.xyxy),
        "difficult": box.difficult,
        "truncated": box.truncated,
    }


def from_proposal(proposal: Detection) -> Dict[str, Any]:
    return {
        "name": proposal.name,
        "score": round(proposal.score, 4),
        "xyxy": list(proposal.xyxy),
    }


def read_save(message: Any, names: Iterable[str]) -> Save:
    """The save in a message; AnnotationError says what is wrong with it."""
    if not isinstance(message, dict) or not isinstance(message.get("seen"), str):
        raise AnnotationError("a save needs the version that was seen")
    boxes = message.get("boxes")
    return Save(
        message["seen"],
        None if boxes is None else tuple(_box(entry, names) for entry in _list(boxes, "boxes")),
        tuple(_refused(entry) for entry in _list(message.get("rejected", []), "rejected")),
        message.get("open") is True,
    )


def _list(value: Any, what: str) -> List[Any]:
    if not isinstance(value, list) or len(value) > MOST_BOXES:
        raise AnnotationError(f"{what} must be a list of at most {MOST_BOXES}")
    return value


def _box(entry: Any, names: Iterable[str]) -> Box:
    name, corners = _name_and_corners(entry)
    if name not in names:
        raise AnnotationError(f"unknown class {name[:80]!r}{did_you_mean(name[:80], names)}")
    return Box(
        name,
        *corners,
        difficult=entry.get("difficult") is True,
        truncated=entry.get("truncated") is True,
    )


def _refused(entry: Any) -> Refused:
    name, corners = _name_and_corners(entry)
    return (name[:200], *corners)


def _name_and_corners(entry: Any) -> Tuple[str, Tuple[float, float, float, float]]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise AnnotationError("a box needs the name of its class")
    corners = entry.get("xyxy")
    if (
        not isinstance(corners, list)
        or len(corners) != 4
        or not all(type(side) in (int, float) and abs(side) < MOST_PIXELS for side in corners)
    ):
        raise AnnotationError(f"a box of {entry['name'][:80]!r} needs xyxy, four numbers")
    xmin, ymin, xmax, ymax = (float(side) for side in corners)
    return entry["name"], (xmin, ymin, xmax, ymax)


def read_corners(message: Any) -> Corners:
    """The corners in a message; AnnotationError says what is wrong with it."""
    if not isinstance(message, dict) or not isinstance(message.get("key"), str):
        raise AnnotationError("corners need the picture that they are in")
    corners = message.get("corners")
    if not isinstance(corners, list) or len(corners) != 4:
        raise AnnotationError("a sheet has four corners")
    clicked = tuple(_numbers(corner, (MOST_PIXELS,) * 2, "a corner") for corner in corners)
    width, depth = _numbers(message.get("sheet_mm"), MOST_SHEET_MM, "the sheet in mm", over=0.0)
    edge = _numbers([message.get("cube_edge_mm")], (MOST_EDGE_MM,), "a cube's edge in mm", over=0.0)
    return Corners(message["key"], clicked, (width / 1000, depth / 1000), edge[0] / 1000)


def _numbers(
    values: Any, most: Tuple[float, ...], what: str, over: float = -MOST_PIXELS
) -> Tuple[float, ...]:
    if not isinstance(values, list) or len(values) != len(most):
        raise AnnotationError(f"{what} must be {len(most)} numbers")
    if not all(
        type(value) in (int, float) and over < value <= limit for value, limit in zip(values, most)
    ):
        raise AnnotationError(f"{what} must be from {max(over, 0):g} to {most[0]:g}")
    return tuple(float(value) for value in values)
