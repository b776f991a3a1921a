"""Files whose harm is their size: gives each to its reader, and prints what that cost as JSON.

A program of its own, so that nothing else counts: [[reader, bomb, what was said, seconds, MB], ...]
"""

from __future__ import annotations

import gzip
import json
import struct
import tempfile
import time
import zlib
from pathlib import Path
from typing import Callable, Dict

from readers import READERS, try_out

_BOXES = b"<annotation><size><width>6</width><height>4</height></size><object><name>"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, *more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = _chunk(b"IDAT", zlib.compress(bytes(52)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + data + _chunk(b"IEND", b"")


def _packed(size: int) -> bytes:
    return b"a\0\0" + zlib.compress(bytes(size), 1)


def _segmentations(one: bytes, number: int) -> bytes:
    """COCO's JSON of one huge picture with so many objects."""
    image = b'{"id":1,"file_name":"a.png","width":7000,"height":7000}'
    entry = b'{"image_id":1,"category_id":1,"bbox":[0,0,7000,7000],"segmentation":' + one + b"}"
    listed = b",".join([entry] * number)
    named = b'"categories":[{"id":1,"name":"one"}]'
    return b'{"images":[' + image + b'],"annotations":[' + listed + b"]," + named + b"}"


BOMBS: Dict[str, Dict[str, Callable[[], bytes]]] = {
    "voc": {
        "wide": lambda: b"<annotation>" + b"<a/>" * 1_990_000 + b"</annotation>",
        "attributes": lambda: b"<a " + b" ".join(b'a%d=""' % n for n in range(200_000)) + b"/>",
        "deep": lambda: b"<a>" * 2_600_000,
        "100 MB": lambda: b"<annotation>" + b" " * 100_000_000 + b"</annotation>",
        "long name": lambda: _BOXES + b"o" * 7_000_000 + b"</name></object></annotation>",
    },
    "label_map": {
        "long name": lambda: b"item { id: 1 name: '" + b"a" * 3_900_000 + b"' }",
        "escapes": lambda: b"item { id: 1 name: '" + b"\\x41" * 400_000 + b"' }",
        "deep": lambda: b"item { keypoints " + b"{" * 500_000,
        "long word": lambda: b"a" * 3_900_000,
    },
    "pipeline": {
        "many readers": lambda: b"external_input_reader { }\n" * 38_000,
        "long word": lambda: b"a" * 990_000,
        "100 MB": lambda: b"model { ssd { } }   \n" * 5_000_000,
    },
    "picture": {
        "claims 60000x60000": lambda: _png(60_000, 60_000),
        "packed text": lambda: _png(4, 4, _chunk(b"zTXt", _packed(100_000_000))),
        "packed profile": lambda: _png(4, 4, _chunk(b"iCCP", _packed(100_000_000))),
        "pieces": lambda: _png(4, 4, *[_chunk(b"tEXt", b"")] * 150_000),
    },
    "yolo": {
        "many names": lambda: b"0 .5 .5 .1 .1\n\0names: [" + b"a," * 100_000 + b"]",
        "many boxes": lambda: b"0 .5 .5 .1 .1\n" * 400_000 + b"\0one",
    },
    "coco": {
        "deep": lambda: b"[" * 5_000_000,
        "deep objects": lambda: b'{"a":' * 1_000_000,
        "digits": lambda: b"9" * 5_000_000,
        "polygons": lambda: _segmentations(b"[[0,0,7000,0,7000,7000,0,7000]]", 50_000),
        "run lengths": lambda: _segmentations(
            b'{"size":[7000,7000],"counts":[' + b"0," * 9000 + b"49000000]}", 200
        ),
        "compressed": lambda: _segmentations(
            b'{"size":[7000,7000],"counts":"' + b"1" * 900_000 + b'"}', 50
        ),
    },
    "masks": {
        "huge picture": lambda: b'{"size": [999999999, 999999999], "masks": ["0"]}',
        "many masks": lambda: b'{"size": [9, 9], "masks": [' + b'"",' * 2_000_000 + b'""]}',
        "many runs": lambda: b'{"size": [9, 9], "masks": ["' + b"1" * 990_000 + b'"]}',
        "one long run": lambda: b'{"size": [9, 9], "masks": ["' + b"o" * 7_000_000 + b'"]}',
    },
    "card": {
        "deep": lambda: b"[" * 5_000_000,
        "many files": lambda: b'{"files": {' + b'"a": "b",' * 1_000_000 + b"}}",
    },
    "archive": {"zeros": lambda: gzip.compress(bytes(50_000_000), 1)},
}


def main() -> None:
    found = []
    for name, bombs in BOMBS.items():
        with tempfile.TemporaryDirectory() as folder:
            try_out(name, READERS[name].seeds()[0], Path(folder))  # what is imported is no cost
            for title, make in bombs.items():
                content = make()
                Path("/proc/self/clear_refs").write_text("5")  # forget the most memory so far
                before, started = _most_memory_mb(), time.process_time()
                said = try_out(name, content, Path(folder))
                seconds = time.process_time() - started
                found.append([name, title, said, seconds, _most_memory_mb() - before])
    print(json.dumps(found))


def _most_memory_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.split("\n") if "VmHWM" in line)


if __name__ == "__main__":
    main()
