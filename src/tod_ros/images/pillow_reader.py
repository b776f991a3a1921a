"""Pictures in grey and in small, through Pillow alone.

OpenCV would do it faster, but to import it costs 100 MB, which a server without a model can spare.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Tuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tod_ros.errors import ImageError
from tod_ros.images.limits import FORMATS, MAX_PIXELS

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)


def picture_size(path: Path) -> Tuple[Tuple[int, int], int]:
    """Width and height as the picture is seen, and its depth; reads the file's head only."""
    with _Naming(path), Image.open(path, formats=FORMATS) as opened:
        is_sideways = opened.getexif().get(EXIF_ORIENTATION) in SIDEWAYS
        width, height = opened.size
        size_wh = (height, width) if is_sideways else (width, height)
        return size_wh, 1 if opened.mode in ("1", "L") or opened.mode[0] == "I" else 3


def read_grey(path: Path, least_width: int) -> np.ndarray:
    """The picture in 8 bits of grey, upright; maybe smaller, but no narrower than `least_width`."""
    with _Naming(path), Image.open(path, formats=FORMATS) as opened:
        _check_pixels(path, opened)
        # a JPEG can be decoded at a half, a quarter or an eighth right away
        opened.draft("L", (least_width, least_width))
        upright = ImageOps.exif_transpose(opened)
        if upright.mode[0] == "I":
            return np.clip(np.asarray(upright) / 257, 0, 255).astype(np.uint8)
        return np.asarray(upright.convert("L"))


def thumbnail_jpeg(path: Path, height: int) -> bytes:
    with _Naming(path), Image.open(path, formats=FORMATS) as opened:
        _check_pixels(path, opened)
        opened.draft("RGB", (height, height))
        upright = ImageOps.exif_transpose(opened)
        if upright.mode[0] == "I":
            upright = Image.fromarray((np.asarray(upright) / 257).astype(np.uint8))
        width = max(1, min(4 * height, round(upright.width * height / upright.height)))
        content = io.BytesIO()
        small = upright.convert("RGB").resize((width, height), Image.Resampling.BOX)
        small.save(content, "JPEG", quality=82)
        return content.getvalue()


def _check_pixels(path: Path, opened: Image.Image) -> None:
    if opened.width * opened.height > MAX_PIXELS:
        raise ImageError(f"{path}: claims {opened.width}x{opened.height} pixels; make it smaller")


class _Naming:
    """Whatever Pillow raises on a broken file, as one ImageError that names it."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, ImageError):
            # its decoders raise nearly anything
            why = "" if isinstance(error, UnidentifiedImageError) else f" ({error})"
            raise ImageError(
                f"{self._path}: is not a picture, or broken{why}; take or save it again"
            ) from error
