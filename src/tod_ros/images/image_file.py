"""Pictures: to and from files, to and from sensor_msgs/Image, and whether they show anything.

A picture is a numpy array [height, width, 3] of 8 bits, blue first, as OpenCV has it. OpenCV and
Pillow are loaded for files only, which the inference node never touches (see resizing.py).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tod_ros.errors import ImageError
from tod_ros.files import PathLike, read_bounded, write_bytes
from tod_ros.images.limits import FORMATS, MAX_BYTES, MAX_PIXELS, TOO_LARGE
from tod_ros.text import one_line

if TYPE_CHECKING:
    from PIL import Image

PIXELS_AT_ONCE = 4_000_000
EXTENSIONS = ("png", "jpg", "jpeg", "bmp")


def read_image(path: PathLike) -> np.ndarray:
    """The picture in a file, upright as its EXIF data says; without its transparency."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    content = read_bounded(path, MAX_BYTES, ImageError, TOO_LARGE)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ImageError(
                    f"{path}: claims {opened.width}x{opened.height} pixels; make it smaller first"
                )
            ImageOps.exif_transpose(opened, in_place=True)  # else it copies the picture
            return _pillow_to_bgr(opened)
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


def _pillow_to_bgr(picture: Image.Image, pixels_at_once: int = PIXELS_AT_ONCE) -> np.ndarray:
    """Band by band: whole copies of the largest picture on the way would take 800 MB."""
    width, height = picture.size
    rows = max(1, pixels_at_once // width)
    if rows >= height:
        return _band_to_bgr(picture)
    bgr = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, rows):
        below = min(top + rows, height)
        bgr[top:below] = _band_to_bgr(picture.crop((0, top, width, below)))
    return bgr


def _band_to_bgr(picture: Image.Image) -> np.ndarray:
    import cv2

    if picture.mode.startswith("I"):  # 16 bits of grey, which convert() would clip at 255
        grey = np.clip(np.asarray(picture), 0, 65535) * (255 / 65535)
        return cv2.cvtColor(np.rint(grey).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")
    return cv2.cvtColor(np.asarray(rgb), cv2.COLOR_RGB2BGR)


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
        raise ImageError(f"{path}: cannot be written: {error.strerror or error}") from error
