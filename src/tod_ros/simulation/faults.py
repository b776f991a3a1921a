"""What can be wrong with the simulated camera.

off             answers an empty picture, as the robot does without a camera
frozen          answers the same bytes again and again: the camera's thread has died
black           the cap is on the lens
slow            answers after a second
hung            never answers, until the fault is taken away
dying           the process ends in the middle of the call
error           the service answers that it failed
other_encoding  rgb8 instead of 8UC3
wrong_encoding  bgra8 is announced, the data is as ever
padded          each row ends with bytes that mean nothing
huge            eight times as wide and as high
truncated       half of the data is missing
garbage         a message without sense
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np

from tod_ros.errors import SettingError
from tod_ros.text import did_you_mean

PADDING = 52  # bytes, at the end of each row
ENLARGED = 8
FAULTS = (
    "off",
    "frozen",
    "black",
    "slow",
    "hung",
    "dying",
    "error",
    "other_encoding",
    "wrong_encoding",
    "padded",
    "huge",
    "truncated",
    "garbage",
)
BLIND = ("off", "black", "wrong_encoding", "truncated", "garbage")  # nobody gets to see a picture


def next_fault(value: Any) -> Tuple[str, Any]:
    """The fault of this call, and the parameter's value from then on.

    A text is the fault of every call; a list has one for each call to come. "" and "none": all is
    well.
    """
    faults: List[Any] = value if isinstance(value, list) else [value]
    head, rest = (faults[0], faults[1:]) if faults else ("", [])
    head = "" if head == "none" else head
    if head not in ("", *FAULTS):
        raise SettingError(f"parameter 'fault' is {head!r}{did_you_mean(head, FAULTS)}")
    return head, (rest or "") if isinstance(value, list) else value


def in_the_dark(bgr: np.ndarray) -> np.ndarray:
    """Black, but for the noise: as different from one time to the next as the picture was."""
    return (bgr % 4).astype(np.uint8)


def spoil(fields: Dict[str, Any], fault: str) -> Dict[str, Any]:
    """The fields of a sensor_msgs/Image as they come with that fault."""
    if fault == "off":
        return {}
    if fault == "other_encoding":
        bgr = np.frombuffer(fields["data"], np.uint8).reshape(-1, 3)
        return {**fields, "encoding": "rgb8", "data": bgr[:, ::-1].tobytes()}
    if fault == "wrong_encoding":
        return {**fields, "encoding": "bgra8"}
    if fault == "padded":
        return _padded(fields)
    if fault == "huge":
        return _enlarged(fields)
    if fault == "truncated":
        return {**fields, "data": fields["data"][: len(fields["data"]) // 2]}
    if fault == "garbage":
        return {
            "height": 0xDEADBEEF,
            "width": 7,
            "encoding": "\x00?bgr",
            "is_bigendian": 3,
            "step": 1,
            "data": fields["data"][:1000],
        }
    return fields


def _padded(fields: Dict[str, Any]) -> Dict[str, Any]:
    rows = np.frombuffer(fields["data"], np.uint8).reshape(fields["height"], fields["step"])
    padded = np.pad(rows, ((0, 0), (0, PADDING)), constant_values=200)
    return {**fields, "step": fields["step"] + PADDING, "data": padded.tobytes()}


def _enlarged(fields: Dict[str, Any]) -> Dict[str, Any]:
    height, width = fields["height"], fields["width"]
    bgr = np.frombuffer(fields["data"], np.uint8).reshape(height, width, 3)
    large = bgr.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
    size = {"height": height * ENLARGED, "width": width * ENLARGED}
    return {**fields, **size, "step": fields["step"] * ENLARGED, "data": large.tobytes()}
