"""Projects of many drawn pictures, made quickly: a hundred are drawn, others differ in bytes."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Sequence, Tuple

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.images import image_file as images
from tod_ros.scene.compose import draw_scene

DRAWN = 100


def make_project(
    root: Path,
    number: int,
    size_wh: Tuple[int, int] = (640, 480),
    extension: str = "png",
    splits: Sequence[str] = ("train",) * 9 + ("test",),
) -> None:
    """Pictures and annotations, shared out to `splits` in turn."""
    write_label_map(root / "training/label_map.pbtxt", LabelMap.from_names(["one", "two"]))
    for split in ("train", "test"):
        (root / "images" / split).mkdir(parents=True)
    drawn = []
    for index in range(number):
        if index < DRAWN:
            scene = draw_scene(index, size_wh=size_wh)
            drawn.append((images.encode(scene.image, extension), scene.boxes))
        content, boxes = drawn[index % DRAWN]
        folder = root / "images" / splits[index % len(splits)]
        name = f"image{index:05d}.{extension}"
        (folder / name).write_bytes(_WITH_COMMENT[extension](content, name.encode()))
        write_voc(folder / f"image{index:05d}.xml", Annotation(name, size_wh, tuple(boxes)))


def _png_with_comment(png: bytes, text: bytes) -> bytes:
    """The same picture in other bytes: a tEXt chunk before IEND."""
    body = b"tEXt" + b"Comment\0" + text
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:-12] + chunk + png[-12:]


def _jpeg_with_comment(jpeg: bytes, text: bytes) -> bytes:
    """A COM segment behind the first two bytes."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + jpeg[2:]


_WITH_COMMENT = {"png": _png_with_comment, "jpg": _jpeg_with_comment}
