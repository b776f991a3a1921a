"""The picture in anything shaped like sensor_msgs/CompressedImage."""

from __future__ import annotations

from typing import Any

import numpy as np

from tod_ros.errors import BlindImageError, ImageError
from tod_ros.images.inspection import inspect
from tod_ros.images.limits import MAX_BYTES

NAME = "the camera's compressed picture"
EMPTY = "the camera is off: it sends an empty picture; switch it on at the robot"


def from_compressed(message: Any) -> np.ndarray:
    """The picture, blue first; `data` is the content of a JPEG or PNG file."""
    import cv2

    content = bytes(message.data)
    if not content:
        raise BlindImageError(EMPTY)
    if len(content) > MAX_BYTES:
        raise ImageError(f"{NAME} has {len(content)} bytes; check the camera's driver")
    inspect(content, NAME, "check the network and the camera's driver")
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    bgr = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    if bgr is None:
        raise ImageError(f"{NAME} ({message.format!r}) cannot be decoded; check its driver")
    return bgr
