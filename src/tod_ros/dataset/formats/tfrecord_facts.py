"""What TFRecords hold, counted without decoding a picture: they are too large to read for that.

An Example's fields are walked in their wire format, which tfrecord.py shows. The pictures' bytes
are skipped: the file is mapped into memory, so they are never read from the disk.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Iterator, Tuple

from tod_ros.errors import ProjectError

_XMIN = b"image/object/bbox/xmin"
_LABEL = b"image/object/class/label"


@dataclass(frozen=True)
class RecordFacts:
    """Over all files given: pictures, boxes, the most boxes of one picture, the highest id."""

    pictures: int
    boxes: int
    most_boxes: int
    highest_label: int


def facts_of(paths: Iterable[Path]) -> RecordFacts:
    """Count what the records hold; ProjectError names a file that is no TFRecord."""
    counts, highest = [], 0
    for path in paths:
        try:
            for example in _examples(path):
                boxes, label = _boxes_and_label(example)
                counts.append(boxes)
                highest = max(highest, label)
        except (IndexError, struct.error, ValueError):
            raise ProjectError(
                f"{path}: is damaged, or no TFRecord; write it again with `tod convert`"
            ) from None
        except OSError as error:
            raise ProjectError(f"{path}: cannot be read ({error.strerror})") from None
    return RecordFacts(len(counts), sum(counts), max(counts, default=0), highest)


def hash_of(paths: Iterable[Path]) -> str:
    """The sha256 of the files' contents, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as opened:
            for block in iter(lambda: opened.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def _examples(path: Path) -> Iterator[Any]:
    if path.stat().st_size == 0:  # an empty split, which cannot be mapped
        return
    with open(path, "rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        position = 0
        while position < len(data):
            (length,) = struct.unpack_from("<Q", data, position)
            start = position + 12
            if start + length + 4 > len(data):
                raise ValueError("a record reaches beyond the end")
            yield _Span(data, start, start + length)
            position = start + length + 4


class _Span:
    """A part of the mapped file."""

    def __init__(self, data: Any, start: int, end: int):
        self.data, self.start, self.end = data, start, end

    @property
    def content(self) -> bytes:
        return bytes(self.data[self.start : self.end])


def _boxes_and_label(example: _Span) -> Tuple[int, int]:
    boxes = label = 0
    for features in _inside(example, 1):
        for entry in _inside(features, 1):
            key, value = b"", None
            for number, span in _fields(entry):
                if number == 1:
                    key = span.content
                elif number == 2:
                    value = span
            if value is not None and key == _XMIN:
                boxes = sum(len(floats.content) // 4 for floats in _values(value, 2))
            elif value is not None and key == _LABEL:
                labels = [n for packed in _values(value, 3) for n in _varints(packed.content)]
                label = max(labels, default=0)
    return boxes, label


def _values(feature: _Span, kind: int) -> Iterator[_Span]:
    for listed in _inside(feature, kind):
        yield from _inside(listed, 1)


def _inside(span: _Span, wanted: int) -> Iterator[_Span]:
    return (inner for number, inner in _fields(span) if number == wanted)


def _fields(span: _Span) -> Iterator[Tuple[int, _Span]]:
    position = span.start
    while position < span.end:
        tag, position = _varint(span.data, position)
        if tag & 7 == 2:
            length, position = _varint(span.data, position)
        elif tag & 7 in (1, 5):
            length = 8 if tag & 7 == 1 else 4
        else:
            start = position
            _, position = _varint(span.data, position)
            length, position = position - start, start
        if position + length > span.end:
            raise ValueError("a field reaches beyond its record")
        yield tag >> 3, _Span(span.data, position, position + length)
        position += length


def _varints(content: bytes) -> Iterator[int]:
    position = 0
    while position < len(content):
        value, position = _varint(content, position)
        yield value if value < 1 << 63 else 0


def _varint(data: Any, position: int) -> Tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("no varint")
