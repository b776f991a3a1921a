"""Pictures: to and from files, to and from sensor_msgs/Image, and whether they show anything.

A picture is a numpy array [height, width, 3] of 8 bits, blue first, as OpenCV has it. OpenCV and
Pillow are loaded for files only, which the inference node never touches (see resizing.py).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Optional

import numpy as np

from tod_ros import encodings
from tod_ros.errors import BlindImageError, ImageError
from tod_ros.files import PathLike, write_bytes
from tod_ros.names import one_line
from tod_ros.picture_limits import FORMATS, MAX_BYTES, MAX_PIXELS

if TYPE_CHECKING:
    from PIL import Image

EXTENSIONS = ("png", "jpg", "jpeg", "bmp")

CAMERA_OFF = "the camera is off: it answers with an empty picture; switch it on at the robot"
BLACK = "the picture is black; take the cap off the lens, switch on the light, or check the camera"
FROZEN = (
    "the camera is frozen: the picture is the last one again, byte for byte;"
    " restart the robot's camera"
)
# Sensors never give pure zeros: in the dark their noise stays under this, of 255
BLACK_LEVEL = 16


def read_image(path: PathLike) -> np.ndarray:
    """The picture in a file, upright as its EXIF data says; without its transparency."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {_reason(error)}") from error
    if len(content) > MAX_BYTES:
        raise ImageError(f"{path}: over {MAX_BYTES >> 20} MB; make it smaller first")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ImageError(
                    f"{path}: claims {opened.width}x{opened.height} pixels; make it smaller first"
                )
            return _pillow_to_bgr(ImageOps.exif_transpose(opened))
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path}: claims too many pixels; make it smaller first") from error
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{path}: is not a picture, or broken (of no kind known here); take or save it again"
        ) from error
    except Exception as error:  # Pillow's decoders raise nearly anything on broken files
        raise ImageError(
            f"{path}: is not a picture, or broken ({one_line(error)}); take or save it again"
        ) from error


def _pillow_to_bgr(picture: Image.Image) -> np.ndarray:
    import cv2

    if picture.mode.startswith("I"):  # 16 bits of grey, which convert() would clip at 255
        grey = np.clip(np.asarray(picture), 0, 65535) * (255 / 65535)
        return cv2.cvtColor(np.rint(grey).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    return cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR)


def encode(bgr: np.ndarray, extension: str) -> bytes:
    """The bytes of a picture file; `extension` is png, jpg, jpeg or bmp, with or without a dot."""
    kind = extension.lower().lstrip(".")
    if kind not in EXTENSIONS:
        raise ImageError(
            f"pictures cannot be written as {extension!r}, use one of {', '.join(EXTENSIONS)}"
        )
    import cv2

    return cv2.imencode(f".{kind}", bgr)[1].tobytes()


def write_image(path: PathLike, bgr: np.ndarray) -> None:
    """Write a picture in the format its name ends with; it appears complete or not at all."""
    content = encode(bgr, Path(path).suffix)
    try:
        write_bytes(path, content)
    except OSError as error:
        raise ImageError(f"{path}: cannot be written: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def from_message(message: Any) -> np.ndarray:
    """The picture in anything shaped like sensor_msgs/Image.

    Where its bytes are blue first already, the array lies on them: nothing is copied.
    """
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
