"""TFRecord files of tf.train.Example, as the Object Detection API's decoder reads them.

Written byte by byte, without importing TensorFlow: the two formats are small and have not changed
since 2016, and the import alone takes longer than writing hundreds of pictures.

    record    uint64 length, uint32 checksum of it, data, uint32 checksum of the data (all LE)
    Example   {1: Features {1: map entry {1: key, 2: Feature}}*}
    Feature   one of {1: BytesList, 2: FloatList, 3: Int64List}, each {1: value}*

The checksum is crc32c, rotated and shifted so that it may be stored beside its own data.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO, Dict, Iterator, List, Sequence

import google_crc32c

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.protobuf_wire import put, varint
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import ProjectError
from tod_ros.files import PathLike, open_plain

_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3


def encode_example(
    annotation: Annotation,
    label_map: LabelMap,
    content: bytes,
    format: str,
    sha256: str = "",
    masks: Sequence[bytes] = (),
) -> bytes:
    """One picture (`content`, a "png" or "jpeg" file) and its boxes, as a tf.train.Example.

    `masks` holds a PNG of the picture's size for each box, or nothing.

    It is long because it names every field.
    """
    width, height = annotation.size_wh
    boxes = annotation.boxes
    name = annotation.filename.encode()
    features: Dict[str, bytes] = {
        "image/height": _integers([height]),
        "image/width": _integers([width]),
        "image/filename": _texts([name]),
        "image/source_id": _texts([name]),
        "image/key/sha256": _texts([(sha256 or hashlib.sha256(content).hexdigest()).encode()]),
        "image/encoded": _texts([content]),
        "image/format": _texts([format.encode()]),
        "image/object/bbox/xmin": _floats([box.xmin / width for box in boxes]),
        "image/object/bbox/xmax": _floats([box.xmax / width for box in boxes]),
        "image/object/bbox/ymin": _floats([box.ymin / height for box in boxes]),
        "image/object/bbox/ymax": _floats([box.ymax / height for box in boxes]),
        "image/object/class/text": _texts([box.name.encode() for box in boxes]),
        "image/object/class/label": _integers([label_map.ids[box.name] for box in boxes]),
        "image/object/difficult": _integers([int(box.difficult) for box in boxes]),
        "image/object/truncated": _integers([int(box.truncated) for box in boxes]),
    }
    if masks:
        features["image/object/mask"] = _texts(masks)
    entries = [put(1, put(1, key.encode()) + value) for key, value in features.items()]
    return put(1, b"".join(entries))


def write_record(stream: BinaryIO, data: bytes) -> None:
    length = struct.pack("<Q", len(data))
    stream.write(length + checksum(length))
    stream.write(data)
    stream.write(checksum(data))


def read_records(path: PathLike) -> Iterator[bytes]:
    """The data of each record; ProjectError where the file is damaged. For tests and tools."""
    with open_plain(path) as stream:
        while True:
            head = stream.read(12)
            if not head:
                return
            if len(head) < 12 or checksum(head[:8]) != head[8:]:
                raise _damaged(path)
            (length,) = struct.unpack("<Q", head[:8])
            data, its_sum = stream.read(length), stream.read(4)
            if len(data) < length or checksum(data) != its_sum:
                raise _damaged(path)
            yield data


def shard_paths(path: Path, shards: int) -> List[Path]:
    """`path` itself, or the names that tf.data and the Object Detection API give to shards."""
    if shards == 1:
        return [path]
    return [path.with_name(f"{path.name}-{n:05d}-of-{shards:05d}") for n in range(shards)]


def _damaged(path: PathLike) -> ProjectError:
    return ProjectError(f"{path}: damaged TFRecord, write it again with `tod convert`")


def checksum(data: bytes) -> bytes:
    """As TFRecords have it: a masked CRC-32C."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _texts(values: Sequence[bytes]) -> bytes:
    return _feature(_BYTES_LIST, b"".join(put(1, value) for value in values))


def _floats(values: Sequence[float]) -> bytes:
    packed = struct.pack(f"<{len(values)}f", *values)
    return _feature(_FLOAT_LIST, put(1, packed) if values else b"")


def _integers(values: Sequence[int]) -> bytes:
    packed = b"".join(varint(value) for value in values)
    return _feature(_INT64_LIST, put(1, packed) if values else b"")


def _feature(kind: int, values: bytes) -> bytes:
    return put(2, put(kind, values))
