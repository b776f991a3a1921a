"""Pictures in grey and in small, through Pillow alone.

OpenCV would do it faster, but to import it costs 100 MB, which a server without a model can spare.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import Iterator, Tuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tod_ros.errors import ImageBroken, ImageError
from tod_ros.files import open_plain
from tod_ros.images.limits import FORMATS, MAX_BYTES, MAX_PIXELS, TOO_LARGE
from tod_ros.text import one_line

EXIF_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)


def picture_size(path: Path) -> Tuple[Tuple[int, int], int]:
    """Width and height as the picture is seen, and its depth; reads the file's head only."""
    with _opened(path) as opened:
        is_sideways = opened.getexif().get(EXIF_ORIENTATION) in SIDEWAYS
        width, height = opened.size
        size_wh = (height, width) if is_sideways else (width, height)
        return size_wh, 1 if opened.mode in ("1", "L") or opened.mode[0] == "I" else 3


def read_grey(path: Path, least_width: int) -> np.ndarray:
    """The picture in 8 bits of grey, upright; maybe smaller, but no narrower than `least_width`."""
    with _opened(path) as opened:
        _check_pixels(path, opened)
        # a JPEG can be decoded at a half, a quarter or an eighth right away
        opened.draft("L", (least_width, least_width))
        upright = _upright(opened)
        if upright.mode[0] == "I":
            return np.clip(np.asarray(upright) / 257, 0, 255).astype(np.uint8)
        return np.asarray(upright.convert("L"))


def thumbnail_jpeg(path: Path, height: int) -> bytes:
    with _opened(path) as opened:
        _check_pixels(path, opened)
        opened.draft("RGB", (height, height))
        upright = _upright(opened)
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


def _upright(opened: Image.Image) -> Image.Image:
    """The picture itself, turned; without a copy where nothing is to be turned."""
    if opened.getexif().get(EXIF_ORIENTATION, 1) == 1:
        return opened
    return ImageOps.exif_transpose(opened)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Whatever goes wrong with a broken file, as one ImageError that names it."""
    try:
        with open_plain(path) as file:
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise ImageError(f"{path}: over {TOO_LARGE}")
            with Image.open(file, formats=FORMATS) as opened:
                yield opened
    except ImageError:
        raise
    except OSError as error:
        why = error.strerror or one_line(error)
        known = "" if isinstance(error, UnidentifiedImageError) else f" ({why})"
        raise ImageBroken(
            f"{path}: is not a picture, or broken{known}; take or save it again"
        ) from error
    except Exception as error:  # its decoders raise nearly anything
        raise ImageBroken(
            f"{path}: is not a picture, or broken ({one_line(error)}); take or save it again"
        ) from error
