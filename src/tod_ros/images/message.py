"""Pictures to and from anything shaped like sensor_msgs/Image, and whether they show anything."""

from __future__ import annotations

from typing import Any, Dict, Optional

import numpy as np

from tod_ros.errors import BlindImageError, ImageError
from tod_ros.images import encodings
from tod_ros.images.limits import MAX_PIXELS

CAMERA_OFF = "the camera is off: it answers with an empty picture; switch it on at the robot"
BLACK = "the picture is black; take the cap off the lens, switch on the light, or check the camera"
FROZEN = (
    "the camera is frozen: the picture is the last one again, byte for byte, with the same stamp;"
    " restart the robot's camera, or set check_frozen to false"
)
# Sensors never give pure zeros: in the dark their noise stays under this, of 255
BLACK_LEVEL = 16


def from_message(message: Any) -> np.ndarray:
    """The picture in anything shaped like sensor_msgs/Image or sensor_msgs/CompressedImage.

    Where an Image's bytes are blue first already, the array lies on them: nothing is copied.

    It is long because each encoding has its way to blue, green, red.
    """
    if hasattr(message, "format"):
        from tod_ros.images.compressed import from_compressed  # Pillow and OpenCV, where needed

        return from_compressed(message)
    height, width, data = message.height, message.width, message.data
    if not height or not width:
        raise BlindImageError(CAMERA_OFF)
    encoding = encodings.find(message.encoding)
    row_bytes = width * encoding.pixel_bytes
    step = message.step or row_bytes  # some Python publishers leave it 0
    if height * width > MAX_PIXELS:
        raise ImageError(f"the camera's picture claims {width}x{height} pixels; check the camera")
    if step < row_bytes:
        raise ImageError(
            f"the camera's picture is wrong: a row of {width} pixels in {message.encoding} needs"
            f" {row_bytes} bytes, its step is {step}; check the camera's driver"
        )
    if len(data) != height * step:
        raise ImageError(
            f"the camera's picture is {'cut short' if len(data) < height * step else 'too long'}:"
            f" {width}x{height} in {message.encoding} needs {height * step} bytes,"
            f" {len(data)} came; check the network and the camera's driver"
        )
    content = data if isinstance(data, (bytes, bytearray)) else bytes(data)
    rows = np.frombuffer(content, np.uint8).reshape(height, step)[:, :row_bytes]
    dtype = encoding.dtype.newbyteorder(">" if message.is_bigendian else "<")
    pixels = np.ascontiguousarray(rows).view(dtype).astype(encoding.dtype, copy=False)
    return encodings.to_bgr(pixels.reshape(height, width, encoding.channels), encoding)


def stamp_ns_of(message: Any) -> int:
    """The stamp of the message's header in nanoseconds; 0 where it has none."""
    stamp = getattr(getattr(message, "header", None), "stamp", None)
    return 0 if stamp is None else int(stamp.secs) * 1_000_000_000 + int(stamp.nsecs)


def to_message_fields(bgr: np.ndarray) -> Dict[str, Any]:
    """The fields of a sensor_msgs/Image but its header: `Image(**to_message_fields(bgr))`."""
    height, width = bgr.shape[:2]
    return {
        "height": height,
        "width": width,
        "encoding": "bgr8",
        "is_bigendian": 0,
        "step": width * 3,
        "data": np.ascontiguousarray(bgr).tobytes(),
    }


def check_not_blind(bgr: np.ndarray, previous: Optional[np.ndarray] = None) -> None:
    """Refuse a picture that is empty, black, or the very `previous` one of the same camera."""
    if bgr.size == 0:
        raise BlindImageError(CAMERA_OFF)
    # not the mean: a lit cube on a dark desk is a picture
    if np.count_nonzero(bgr >= BLACK_LEVEL) * 200 < bgr.size:
        raise BlindImageError(BLACK)
    if previous is not None and np.array_equal(bgr, previous):
        raise BlindImageError(FROZEN)
