"""What may stand in a file's place: every reader gets each of these, every writer its own.

A reader of files registers here with one line, or in readers.py, and so gets the whole family.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, NamedTuple

from readers import READERS

LONG = "n" * 300  # longer than any disk takes


class FileWriter(NamedTuple):
    """`write` gets a path and which of two contents is wanted, 0 or 1."""

    name: str
    write: Callable[[Path, int], Any]


class FileReader(NamedTuple):
    """`read` gets a path; `name` is what the file has to be called; `sound` is its content."""

    name: str
    read: Callable[[Path], Any]
    sound: Callable[[], bytes]


def _voc(path: Path) -> Any:
    from tod_ros.dataset.formats.pascal_voc import read_voc

    return read_voc(path)


def _label_map(path: Path) -> Any:
    from tod_ros.dataset.label_map import read_label_map

    return read_label_map(path)


def _pipeline(path: Path) -> Any:
    from tod_ros.pipeline.config_file import read_pipeline

    return read_pipeline(path)


def _picture(path: Path) -> Any:
    from tod_ros.images.inspection import read_picture_file

    return read_picture_file(path)


def _image(path: Path) -> Any:
    from tod_ros.images.image_file import read_image

    return read_image(path)


def _size(path: Path) -> Any:
    from tod_ros.images.pillow_reader import picture_size

    return picture_size(path)


def _grey(path: Path) -> Any:
    from tod_ros.images.pillow_reader import read_grey

    return read_grey(path, 80)


def _thumbnail(path: Path) -> Any:
    from tod_ros.images.pillow_reader import thumbnail_jpeg

    return thumbnail_jpeg(path, 80)


def _coco(path: Path) -> Any:
    from tod_ros.dataset.formats.coco import read_coco

    return read_coco(path)


def _masks(path: Path) -> Any:
    from tod_ros.dataset.formats.masks_json import read_masks

    return read_masks(path)


def _card(path: Path) -> Any:
    from tod_ros.models.folder import read_card

    return read_card(path)


def _graph(path: Path) -> Any:
    from tod_ros.models.graph_file import read_operations

    return read_operations(path)


def _archive(path: Path) -> Any:
    from tod_ros.errors import ZooError
    from tod_ros.models.unpacking import unpack

    try:
        with tempfile.TemporaryDirectory() as into:
            unpack(path, Path(into), folder="ssd_tiny")
    except OSError as error:  # as installation.py, whose message names the file
        raise ZooError(f"{path}: {error.strerror}") from None


def _record(path: Path) -> Any:
    from tod_ros.dataset.formats.tfrecord_facts import facts_of

    return facts_of([path])


def _zoo_record(path: Path) -> Any:
    from tod_ros.models.zoo_record import read_record

    return read_record(path.parent)


def _transfer(path: Path) -> Any:
    from tod_ros.training.transfer.settings import read_transfer

    return read_transfer(path.parent)


def _decisions(path: Path) -> Any:
    from tod_ros.annotate.decisions import Decisions

    return Decisions(path)


def _best(path: Path) -> Any:
    from tod_ros.training.best_checkpoint import read_best

    return read_best(path.parent.parent)


def _calibration(path: Path) -> Any:
    from tod_ros.place.calibration import read_calibration

    return read_calibration(path)


CALIBRATION = b"""{frame_id: desk, cube_edge_m: 0.04, size_wh: [640, 480], focal_px: 612,
rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1], position_m: [0.1, -0.2, 0.2], sheet_wh_m: [0.3, 0.2],
corners_px: [[80, 420], [560, 430], [470, 220], [160, 215]], residual_px: 0.4}"""


def _seed(name: str, number: int = 0) -> Callable[[], bytes]:
    return lambda: READERS[name].seeds()[number]


FILE_READERS: Dict[str, FileReader] = {
    "voc": FileReader("a.xml", _voc, _seed("voc")),
    "label_map": FileReader("label_map.pbtxt", _label_map, _seed("label_map")),
    "pipeline": FileReader("pipeline.config", _pipeline, _seed("pipeline")),
    "picture": FileReader("a.png", _picture, _seed("picture")),
    "image": FileReader("a.png", _image, _seed("picture")),
    "size": FileReader("a.png", _size, _seed("picture")),
    "grey": FileReader("a.png", _grey, _seed("picture")),
    "thumbnail": FileReader("a.png", _thumbnail, _seed("picture")),
    "coco": FileReader("coco.json", _coco, _seed("coco")),
    "masks": FileReader("a.masks.json", _masks, _seed("masks")),
    "card": FileReader("model.json", _card, _seed("card")),
    "graph": FileReader("saved_model.pb", _graph, _seed("graph")),
    "archive": FileReader("a.tar.gz", _archive, _seed("archive", 1)),
    "record": FileReader("train.record", _record, lambda: b""),
    "zoo_record": FileReader("zoo.json", _zoo_record, lambda: b"{}"),
    "transfer": FileReader("transfer.yaml", _transfer, lambda: b"seed: 1\n"),
    "decisions": FileReader(".tod-annotate.json", _decisions, lambda: b"{}"),
    "calibration": FileReader("place.yaml", _calibration, lambda: CALIBRATION),
    "best": FileReader("best/best.json", _best, lambda: b"{}"),
}


def _written_voc(path: Path, which: int) -> Any:
    from tod_ros.annotation import Annotation, Box
    from tod_ros.dataset.formats.pascal_voc import write_voc

    boxes = (Box("one", 2, 3, 9, 9),) * (1 + 20 * which)
    return write_voc(path, Annotation("a.png", (31, 12), boxes))


def _written_label_map(path: Path, which: int) -> Any:
    from tod_ros.dataset.label_map import LabelMap, write_label_map

    return write_label_map(path, LabelMap.from_names(["one", *(f"n{n}" for n in range(9 * which))]))


@functools.lru_cache(maxsize=None)
def _sound_calibration() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder, "place.yaml")
        sound.write_bytes(CALIBRATION)
        return _calibration(sound)


def _written_calibration(path: Path, which: int) -> Any:
    from dataclasses import replace

    from tod_ros.place.calibration import write_calibration

    frame = ("desk", "table" * 9)[which]
    return write_calibration(path, replace(_sound_calibration(), frame_id=frame))


def _written_transfer(path: Path, which: int) -> Any:
    from dataclasses import replace

    from tod_ros.training.transfer.settings import SHOWS, write_transfer

    settings = SHOWS["cubes"]()
    return write_transfer(path, replace(settings, seed=(1, 123456789)[which]))


def _written_image(path: Path, which: int) -> Any:
    import numpy as np

    from tod_ros.images.image_file import write_image

    noise = np.random.default_rng(which).integers(0, 256, (12 + which, 31, 3), np.uint8)
    return write_image(path, noise)


def _written_pipeline(path: Path, which: int) -> Any:
    from tod_ros.pipeline.config_file import parse_pipeline, write_pipeline

    text = f"model {{ ssd {{ num_classes: {1 + which} }} }}"
    return write_pipeline(path, parse_pipeline(text + "train_config { batch_size: 8 }" * which))


def _written_decisions(path: Path, which: int) -> Any:
    from tod_ros.annotate.decisions import Decisions

    decisions = Decisions(path)
    return decisions.set("train/a.png", [("one", 1.0, 2.0, 3.0, 4.0 + which)], bool(which))


FILE_WRITERS: Dict[str, FileWriter] = {
    "voc": FileWriter("a.xml", _written_voc),
    "label_map": FileWriter("label_map.pbtxt", _written_label_map),
    "calibration": FileWriter("place.yaml", _written_calibration),
    "transfer": FileWriter("transfer.yaml", _written_transfer),
    "image": FileWriter("a.png", _written_image),
    "pipeline": FileWriter("pipeline.config", _written_pipeline),
    "decisions": FileWriter(".tod-annotate.json", _written_decisions),
}
# What these hold is worth little: they go on without, and say so in the log.
FORGIVING = {"decisions", "best"}


def fifo(path: Path, content: bytes) -> None:
    os.mkfifo(path)


def link_to_itself(path: Path, content: bytes) -> None:
    path.symlink_to(path.name)


def folder(path: Path, content: bytes) -> None:
    path.mkdir()


def device(path: Path, content: bytes) -> None:
    path.symlink_to("/dev/zero")


def socket_in_place(path: Path, content: bytes) -> None:
    import socket

    with contextlib.closing(socket.socket(socket.AF_UNIX)) as made:
        here = os.getcwd()
        os.chdir(path.parent)  # its address may be 108 letters long only
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def sparse(path: Path, content: bytes) -> None:
    path.write_bytes(content[:4])
    os.truncate(path, 3 * 1024**3)


def deep(path: Path, content: bytes) -> None:
    path.write_bytes(b"[" * 100_000)


def garbled(path: Path, content: bytes) -> None:
    """What a power cut leaves."""
    path.write_bytes(bytes(len(content) + 7))


def dangling(path: Path, content: bytes) -> None:
    path.symlink_to(path.name + ".gone")


REFUSED: Dict[str, Callable[[Path, bytes], None]] = {
    "fifo": fifo,
    "link to itself": link_to_itself,
    "dangling link": dangling,
    "folder": folder,
    "device": device,
    "socket": socket_in_place,
    "3 GB": sparse,
    "deep": deep,
    "garbled": garbled,
}


def link(path: Path, content: bytes) -> None:
    real = path.with_name("real" + path.suffix)
    real.write_bytes(content)
    path.symlink_to(real.name)


TAKEN: Dict[str, Callable[[Path, bytes], None]] = {"link": link}


class Late(BaseException):
    """No reader takes it for an error of its own."""


HANGS = 6  # times as long by the clock, where the machine is busy with something else


@contextlib.contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """A reader that takes more CPU time than that, or hangs, fails here, not the whole run."""
    import signal

    def late(number: int, frame: Any) -> None:
        raise Late(f"took over {seconds:g} s")

    timers = {signal.SIGALRM: signal.ITIMER_REAL, signal.SIGPROF: signal.ITIMER_PROF}
    before = {sign: signal.signal(sign, late) for sign in timers}
    signal.setitimer(signal.ITIMER_REAL, seconds * HANGS)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        for sign, timer in timers.items():
            signal.setitimer(timer, 0)
            signal.signal(sign, before[sign])
