"""What a PNG or JPEG file says of itself, and whether it is all there, without decoding it.

Decoding thousands of pictures only to check them takes longer than all the rest of a conversion.
A PNG carries a checksum for each of its chunks; the coded picture in a JPEG ends with a marker,
which is looked for where that picture is, not in the thumbnail before it. What passes here can be
decoded unless the program that wrote it was wrong. Decoders find no more in a JPEG: bytes altered
in its middle are a wrong picture to them, not a fault.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Iterator, Tuple

from PIL import Image

from tod_ros.errors import ImageError
from tod_ros.files import PathLike, read_bounded
from tod_ros.images.limits import MAX_BYTES, MAX_PIXELS, TOO_LARGE
from tod_ros.text import one_line

MAX_CHUNKS = 100_000  # of a PNG; usual ones hold 8 kB each
MEND = "take or save it again"

_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = (0x00, 0x01, *range(0xD0, 0xD9))
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True)
class PictureFile:
    """The bytes of a picture, and its size as it is seen: upright, as its EXIF data says."""

    content: bytes
    format: str
    size_wh: Tuple[int, int]
    is_upright: bool


def read_picture_file(path: PathLike) -> PictureFile:
    """Read a PNG or JPEG; ImageError names a file that is neither, or not whole."""
    content = read_bounded(path, MAX_BYTES, ImageError, TOO_LARGE)
    return inspect(content, str(path), MEND)


def inspect(content: bytes, name: str, mend: str) -> PictureFile:
    """The same of bytes; an ImageError begins with `name` and ends with `mend`, the way out."""
    if not content:
        raise ImageError(f"{name}: is empty; {mend}")
    try:
        kind, stored_wh, orientation = _read_header(content)
    except _Broken as broken:
        raise ImageError(f"{name}: {broken}; {mend}") from None
    if min(stored_wh) < 1 or stored_wh[0] * stored_wh[1] > MAX_PIXELS:
        raise ImageError(f"{name}: claims {stored_wh[0]}x{stored_wh[1]} pixels; {mend}")
    width, height = stored_wh
    seen_wh = (height, width) if orientation in _SIDEWAYS else (width, height)
    return PictureFile(content, kind, seen_wh, is_upright=orientation == 1)


class _Broken(Exception):
    pass


def _read_header(content: bytes) -> Tuple[str, Tuple[int, int], int]:
    if content.startswith(_PNG_START):
        return ("png", *_read_png(content))
    if content.startswith(_JPEG_START):
        return ("jpeg", *_read_jpeg(content))
    raise _Broken("is neither PNG nor JPEG, whatever its name says")


_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def _read_png(content: bytes) -> Tuple[Tuple[int, int], int]:
    size_wh, orientation, has_data, kind = (0, 0), 1, False, b""
    for kind, body in _png_chunks(content):
        if kind == b"IHDR":
            size_wh = _png_size(bytes(body))
        elif kind == b"IDAT":
            has_data = True
        elif kind == b"eXIf":
            orientation = _orientation(bytes(body))
    if kind != b"IEND" or not has_data:
        raise _Broken("is cut off")
    return size_wh, orientation


def _png_size(head: bytes) -> Tuple[int, int]:
    """Width and height, where the rest of the head says what PNG has, and a decoder takes."""
    if len(head) != 13:
        raise _Broken("is broken: its head is too short or too long")
    width, height, depth, colours, packing, filtering, interlace = struct.unpack(">IIBBBBB", head)
    if depth not in _PNG_DEPTHS.get(colours, ()) or packing or filtering or interlace > 1:
        raise _Broken("is broken: its head names a kind of picture that PNG does not have")
    return width, height


def _png_chunks(content: bytes) -> Iterator[Tuple[bytes, memoryview]]:
    view, position = memoryview(content), len(_PNG_START)
    for _ in range(MAX_CHUNKS):
        if position >= len(content):
            return
        if position + 12 > len(content):
            raise _Broken("is cut off")
        (length,) = struct.unpack_from(">I", content, position)
        end = position + 8 + length
        if end + 4 > len(content):
            raise _Broken("is cut off")
        (checksum,) = struct.unpack_from(">I", content, end)
        if zlib.crc32(view[position + 4 : end]) != checksum:
            raise _Broken("is damaged (a checksum inside it is wrong)")
        kind = content[position + 4 : position + 8]
        yield kind, view[position + 8 : end]
        if kind == b"IEND":
            return  # some cameras write more behind the picture
        position = end + 4
    raise _Broken(f"is in over {MAX_CHUNKS} pieces")


def _read_jpeg(content: bytes) -> Tuple[Tuple[int, int], int]:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
            size_wh = opened.size
            orientation = _orientation(opened.info.get("exif", b""))
    except Exception as error:  # Pillow's parsers raise nearly anything on broken files
        raise _Broken(f"is a broken JPEG ({one_line(error)})") from None
    if content.find(_JPEG_END, _end_of_jpeg_header(content)) < 0:
        raise _Broken("is cut off")
    return size_wh, orientation


def _end_of_jpeg_header(content: bytes) -> int:
    """Where the coded picture begins; each segment before it tells its own length."""
    position, kind = len(_JPEG_START) - 1, 0
    while kind != _START_OF_SCAN:
        position = content.find(b"\xff", position)
        if position < 0 or position + 4 > len(content):
            raise _Broken("is cut off")
        kind = content[position + 1]
        if kind == 0xFF:  # padding
            position += 1
        elif kind in _WITHOUT_LENGTH:
            position += 2
        else:
            position += 2 + struct.unpack_from(">H", content, position + 2)[0]
    return position


def _orientation(exif: bytes) -> int:
    """1 (upright) where there is none, or none that is known."""
    if not exif:
        return 1
    parsed = Image.Exif()
    try:
        parsed.load(exif)
        found = parsed.get(_ORIENTATION, 1)
    except Exception:  # as above; a picture whose EXIF data is broken is shown as it is stored
        return 1
    return found if found in range(1, 9) else 1
