"""What TFRecords hold, counted without decoding a picture: they are too large to read for that.

An Example's fields are walked in their wire format, which tfrecord.py shows. The pictures' bytes
are skipped: the file is mapped into memory, so they are never read from the disk.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, Tuple

from tod_ros.dataset.formats.protobuf_wire import Span, spans, varints, walk
from tod_ros.dataset.formats.tfrecord import checksum
from tod_ros.errors import ProjectError
from tod_ros.files import open_plain

_XMIN = b"image/object/bbox/xmin"
_LABEL = b"image/object/class/label"
_MASK = b"image/object/mask"
_MOST_NAME_BYTES = 100


@dataclass(frozen=True)
class RecordFacts:
    """Over all files given: pictures, boxes, masks, the most boxes of a picture, the highest id."""

    pictures: int
    boxes: int
    most_boxes: int
    highest_label: int
    masks: int = 0


def facts_of(paths: Iterable[Path]) -> RecordFacts:
    """Count what the records hold; ProjectError names a file that is no TFRecord."""
    counts, highest, masks = [], 0, 0
    for path in paths:
        try:
            for boxes, label, masks_here in _examples(path):
                counts.append(boxes)
                highest = max(highest, label)
                masks += masks_here
        except (struct.error, ValueError):
            raise ProjectError(
                f"{path}: is damaged, or no TFRecord; write it again with `tod convert`"
            ) from None
        except OSError as error:
            raise ProjectError(f"{path}: cannot be read ({error.strerror})") from None
    return RecordFacts(len(counts), sum(counts), max(counts, default=0), highest, masks)


def hash_of(paths: Iterable[Path]) -> str:
    """The sha256 of the files' contents, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open_plain(path) as opened:
            for block in iter(lambda: opened.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def _examples(path: Path) -> Iterator[Tuple[int, int, int]]:
    """The number of boxes, the highest label and the number of masks of each example."""
    with open_plain(path) as opened:
        if os.fstat(opened.fileno()).st_size == 0:  # an empty split, which cannot be mapped
            return
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            position = 0
            while position < len(content):
                (length,) = struct.unpack_from("<Q", content, position)
                start = position + 12
                if checksum(content[position : position + 8]) != content[start - 4 : start]:
                    raise ValueError("a length without its checksum")
                if start + length + 4 > len(content):
                    raise ValueError("a record reaches beyond the end")
                yield _counts(content, (start, start + length))
                position = start + length + 4


def _counts(content: mmap.mmap, example: Span) -> Tuple[int, int, int]:
    boxes = label = masks = 0
    for features in spans(content, example, 1):
        for entry in spans(content, features, 1):
            fields = dict(walk(content, entry))
            key, value = fields.get(1), fields.get(2)
            if not isinstance(key, tuple) or not isinstance(value, tuple):
                continue
            name = content[key[0] : min(key[1], key[0] + _MOST_NAME_BYTES)]
            if name == _XMIN:
                boxes = sum(end - start for start, end in _values(content, value, 2)) // 4
            elif name == _LABEL:
                found = [
                    n for packed in _values(content, value, 3) for n in varints(content, packed)
                ]
                label = max((n if n < 1 << 63 else 0 for n in found), default=0)
            elif name == _MASK:
                masks = sum(1 for _ in _values(content, value, 1))
    return boxes, label, masks


def _values(content: mmap.mmap, feature: Span, kind: int) -> Iterator[Span]:
    for listed in spans(content, feature, kind):
        yield from spans(content, listed, 1)
