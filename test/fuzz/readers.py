"""Every reader of files from elsewhere, as a function of the bytes that it is given.

A reader may take what it gets, or refuse it with a TodError of one line (several faults: a line
each). Anything else that comes out of it is a fault.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import struct
import tarfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

import cv2
import numpy as np

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.coco import read_coco, to_coco
from tod_ros.dataset.formats.masks_json import add_masks, to_masks_text
from tod_ros.dataset.formats.pascal_voc import read_voc, to_voc_text
from tod_ros.dataset.formats.yolo import read_yolo
from tod_ros.dataset.label_map import LabelMap, read_label_map, to_text
from tod_ros.errors import SeveralErrors, TodError
from tod_ros.images.image_file import encode, read_image
from tod_ros.images.inspection import read_picture_file
from tod_ros.images.message import from_message
from tod_ros.mask import from_pixels
from tod_ros.models.folder import check_hashes, read_model_folder, unvouched_files
from tod_ros.models.graph_file import read_operations
from tod_ros.models.operations import touching
from tod_ros.models.unpacking import unpack
from tod_ros.pipeline.config_file import read_pipeline

CLASSES = LabelMap.from_names(["one", "two"])
CUBES = Annotation(
    "image001.png",
    (640, 480),
    (Box("two", 445, 132.5, 601, 277), Box("one", 31, 118, 180, 270, True, True)),
    annotator="model",
)
FOLDER = "ssd_tiny"
ODD: Tuple[Any, ...] = (
    *(None, True, 0, -1, 2**70, 1e308, float("nan"), "", "two", "0" * 64, "\ud800", "\x1b[2J\n"),
    *("../label_map.pbtxt", "/etc/hostname", "label_map.pbtxt", ".", "a\0b", "n" * 5000),
    *([], {}, [[]], ["one"], {"": 0}, [256, 320, 3], {"boxes": [0]}, {"model.tflite": None}),
)


class Reader(NamedTuple):
    """`read` gets a folder of its own and the bytes; `seeds` are sound files to begin with."""

    read: Callable[[Path, bytes], Any]
    seeds: Callable[[], List[bytes]]


def try_out(name: str, content: bytes, folder: Path) -> str:
    """Give a reader these bytes, in an empty folder; what it says of them, "" if it took them."""
    try:
        READERS[name].read(folder, content)
    except SeveralErrors as errors:
        for error in errors.errors:
            _check_one_line(error)
        return str(errors)
    except TodError as error:
        _check_one_line(error)
        return str(error)
    return ""


def _check_one_line(error: TodError) -> None:
    text = str(error)
    if "\n" in text or "\r" in text or not text.isprintable() or len(text) > 2000:
        raise AssertionError(f"not one printable line: {text!r}")


def _read_archive(folder: Path, content: bytes) -> None:
    """Plain tar comes too, since nobody guesses a gzip checksum."""
    path, into = folder / "a.tar.gz", folder / "deep" / "into"
    shutil.rmtree(folder / "deep", ignore_errors=True)
    path.write_bytes(content if content[:2] == b"\x1f\x8b" else gzip.compress(content, 1))
    into.mkdir(parents=True)
    try:
        unpack(path, into, folder=FOLDER, called="a.tar.gz", max_bytes=5_000_000)
    finally:
        outside = [p for p in folder.rglob("*") if into not in (p, *p.parents)]
        links = [p for p in folder.rglob("*") if p.is_symlink()]
        if sorted(p.name for p in outside) != ["a.tar.gz", "deep"] or links:
            raise AssertionError(f"wrote outside its folder: {outside} {links}")


def _read_voc(folder: Path, content: bytes) -> None:
    read_voc(_file(folder, "a.xml", content))


def _read_label_map(folder: Path, content: bytes) -> None:
    read_label_map(_file(folder, "label_map.pbtxt", content))


def _read_pipeline(folder: Path, content: bytes) -> None:
    read_pipeline(_file(folder, "pipeline.config", content))


def _read_picture(folder: Path, content: bytes) -> None:
    """What one of the two takes may still be refused by the other: only one of them decodes."""
    path = _file(folder, "a.png", content)
    faults = []
    for read in (read_picture_file, read_image):
        try:
            read(path)
        except TodError as error:
            _check_one_line(error)
            faults.append(error)
    if faults:
        raise faults[0]


def _read_message(_folder: Path, content: bytes) -> None:
    """A first line of JSON with the fields of the message, then its data."""
    head, _, data = content.partition(b"\n")
    try:
        fields = json.loads(head)
    except (ValueError, RecursionError):
        fields = {}
    fields = fields if isinstance(fields, dict) else {}
    whole = {name: _unsigned(fields.get(name)) for name in ("height", "width", "step")}
    from_message(
        SimpleNamespace(
            **whole,
            encoding=str(fields.get("encoding", "bgr8")),
            is_bigendian=_unsigned(fields.get("is_bigendian")) & 255,
            data=data,
        )
    )


def _unsigned(value: Any) -> int:
    return value & 0xFFFFFFFF if isinstance(value, int) else 0  # as ROS's own decoder gives them


def _read_coco(folder: Path, content: bytes) -> None:
    read_coco(_file(folder, "coco.json", content))


def _read_masks(folder: Path, content: bytes) -> None:
    add_masks(CUBES, _file(folder, "a.masks.json", content))


def _read_yolo(folder: Path, content: bytes) -> None:
    """Lines for the boxes, a zero byte, then what names the classes: text, or YAML."""
    lines, _, names = content.partition(b"\0")
    (folder / "a.png").write_bytes(_PICTURE)
    _file(folder, "a.txt", lines)
    for left in ("data.yaml", "classes.txt"):
        (folder / left).unlink(missing_ok=True)
    _file(folder, "data.yaml" if names.startswith(b"names") else "classes.txt", names)
    read_yolo(folder)


def _read_card(folder: Path, content: bytes) -> None:
    """What begins with a zero is a recipe: bytes changed at random are hardly ever JSON."""
    tflite = _file(folder, "model.tflite", b"")
    _file(folder, "label_map.pbtxt", to_text(CLASSES).encode())
    _file(folder, "model.json", content if content[:1] != b"\0" else _altered_card(content[1:]))
    found = read_model_folder(folder)
    check_hashes(found, tflite)
    unvouched_files(found, folder)


def _altered_card(recipe: bytes) -> bytes:
    """A sound card with some of its values, or names, in other hands: three bytes for each."""
    card = json.loads(_cards()[0])
    for where, how, what in zip(*[iter(recipe)] * 3):
        places = list(_places(card))
        if not places:
            break
        inside, key = places[where % len(places)]
        value = ODD[what % len(ODD)]
        if how % 3 == 0:
            del inside[key]
        elif how % 3 == 1 and isinstance(inside, dict):
            inside[str(value)] = inside.pop(key)
        else:
            inside[key] = json.loads(json.dumps(value))
    return json.dumps(card).encode()


def _places(inside: Any) -> Iterator[Tuple[Any, Any]]:
    """Everything in a JSON document that can be set anew: what holds it, and where."""
    keys = list(inside) if isinstance(inside, dict) else range(len(inside))
    for key in keys:
        yield inside, key
        if isinstance(inside[key], (dict, list)):
            yield from _places(inside[key])


def _read_graph(folder: Path, content: bytes) -> None:
    name = "model.tflite" if content[4:8] == b"TFL3" else "saved_model.pb"
    touching(read_operations(_file(folder, name, content)))


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _picture() -> np.ndarray:
    picture = np.zeros((12, 31, 3), np.uint8)
    picture[3:8, 4:20] = (20, 200, 90)
    return picture


_PICTURE = encode(_picture(), "png")


def _archives() -> List[bytes]:
    files = {f"{FOLDER}/pipeline.config": b"model {}", f"{FOLDER}/checkpoint/ckpt-0.index": b"1"}
    made = []
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w", format=kind) as tar:
            folder = tarfile.TarInfo(FOLDER)
            folder.type = tarfile.DIRTYPE
            tar.addfile(folder)
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            link = tarfile.TarInfo(f"{FOLDER}/" + "l" * 120)
            link.type, link.linkname = tarfile.SYMTYPE, "../" * 25
            tar.addfile(link)
        made += [held.getvalue(), gzip.compress(held.getvalue())]
    return made


def _pictures() -> List[bytes]:
    made = [encode(_picture(), kind) for kind in ("png", "jpg", "bmp")]
    for kind in (".tiff", ".webp"):
        made.append(cv2.imencode(kind, _picture())[1].tobytes())
    deep = _picture().astype(np.uint16) * 257
    return [*made, cv2.imencode(".png", deep)[1].tobytes()]


def _messages() -> List[bytes]:
    made = []
    for encoding, pixel in (("bgr8", 3), ("mono16", 2), ("yuv422", 2), ("bayer_rggb8", 1)):
        head = {"height": 4, "width": 6, "step": 6 * pixel, "encoding": encoding}
        made.append(json.dumps({**head, "is_bigendian": 0}).encode() + b"\n" + bytes(24 * pixel))
    return made


def _masked_cubes() -> Annotation:
    pixels = np.zeros(CUBES.size_wh[::-1], bool)
    pixels[140:270, 450:600] = True
    mask = from_pixels(pixels)
    boxes = tuple(replace(box, mask=mask) for box in CUBES.boxes)
    return replace(CUBES, boxes=boxes)


def _cocos() -> List[bytes]:
    """Without masks, with run lengths, and with polygons."""
    whole = to_coco([_masked_cubes()], CLASSES, "train")
    polygons = json.loads(whole)
    polygons["annotations"][0]["segmentation"] = [[450, 140, 600, 140.5, 590, 270, 450, 270]]
    return [to_coco([CUBES], CLASSES, "train").encode(), whole.encode(), _dumped(polygons)]


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _yolos() -> List[bytes]:
    lines = b"1 0.5 0.5 0.2 0.3\n0 0.25 0.5 0.125 0.25\n\0"
    return [lines + b"one\ntwo\n", lines + b"names: [one, two]\n", lines + b"names: {0: a, 1: b}"]


def _configs() -> List[bytes]:
    shipped = Path(__file__).resolve().parents[2] / "config" / "pipelines"
    return [path.read_bytes() for path in sorted(shipped.glob("*.config"))]


def _cards() -> List[bytes]:
    tflite = {"boxes": 0, "scores": "scores"}
    sizes = {"input_size_hw": [256, 320], "learnt_from_size_hw": [240, 320]}
    card = {"classes": ["one", "two"], **sizes, "tflite": tflite}
    contents = {"model.tflite": b"", "label_map.pbtxt": to_text(CLASSES).encode()}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    sound = json.dumps({**card, "files": sums, "versions": {}}).encode()
    return [sound, b"\0"]


def _graphs() -> List[bytes]:
    """A SavedModel of one operation in its graph and one in a function, and a TFLite file."""

    def message(*fields: Tuple[int, bytes]) -> bytes:
        return b"".join(bytes([n << 3 | 2, len(body)]) + body for n, body in fields)

    node = message((1, b"a"), (2, b"ReadFile"), (5, b"\x0a\x05value"))
    library = message((1, message((1, b"\x0a\x01f"), (3, node))))
    saved = b"\x08\x01" + message((2, message((2, message((1, node), (2, library))))))
    lite = b"\x14\0\0\0TFL3" + struct.pack("<HHHH4x", 8, 12, 0, 4)
    lite += struct.pack("<iII", 12, 8, 0) + struct.pack("<II", 1, 12)
    lite += struct.pack("<HHHH", 8, 8, 0, 4) + struct.pack("<iII", 8, 4, 3) + b"Fle\0"
    return [saved, lite]


READERS: Dict[str, Reader] = {
    "voc": Reader(_read_voc, lambda: [to_voc_text(CUBES, "train").encode()]),
    "label_map": Reader(_read_label_map, lambda: [to_text(CLASSES).encode()]),
    "archive": Reader(_read_archive, _archives),
    "picture": Reader(_read_picture, _pictures),
    "message": Reader(_read_message, _messages),
    "coco": Reader(_read_coco, _cocos),
    "yolo": Reader(_read_yolo, _yolos),
    "masks": Reader(_read_masks, lambda: [to_masks_text(_masked_cubes()).encode()]),
    "pipeline": Reader(_read_pipeline, _configs),
    "card": Reader(_read_card, _cards),
    "graph": Reader(_read_graph, _graphs),
}
