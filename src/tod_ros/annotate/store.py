"""The pictures of a project and their annotations, as files that others may change meanwhile.

A picture is named by its key, `train/image001.png`: a name out of the listing, never a path from
outside. Every annotation has a version, the hash of its file, `""` for none; who saves says which
version was seen, and a version that is no longer the file's is a Conflict, never overwritten.

It is long because every way in which an annotation can change stands here.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.bounded_xml import read_xml_bytes
from tod_ros.dataset.formats.pascal_voc import parse_voc, to_voc_text
from tod_ros.dataset.project import SPLITS, Project, is_picture_name
from tod_ros.dataset.project_lock import changing
from tod_ros.dataset.samples import name_fault
from tod_ros.errors import AnnotationError, ImageError, TodError
from tod_ros.files import flush_to_disk, remove, replacing, set_aside
from tod_ros.images.pillow_reader import picture_size
from tod_ros.text import one_line

UNSPLIT = "new"  # pictures right in images/, which `tod split` has yet to place
Stamp = Tuple[int, int]  # mtime in ns, size
SAVE_TIMEOUT_S = 10.0

log = logging.getLogger("rosout." + __name__)


class Conflict(TodError):
    """The annotation changed under the hands of who saves it."""


class Unknown(TodError):
    """No such picture in the listing."""


@dataclass(frozen=True)
class Picture:
    """A picture and, by its files' stamps, which state of it and of its annotation was listed."""

    split: str
    path: Path
    stamp: Stamp
    xml_stamp: Optional[Stamp] = None
    fault: str = ""

    @property
    def key(self) -> str:
        # a name that is not UTF-8 cannot be part of an address, nor shown
        return f"{self.split}/{os.fsencode(self.path.name).decode('utf-8', 'replace')}"

    @property
    def xml_path(self) -> Path:
        return self.path.with_suffix(".xml")


@dataclass(frozen=True)
class Saved:
    """An annotation as it is on disk; `annotation` is None where there is no file."""

    version: str
    annotation: Optional[Annotation] = None
    fault: str = ""


class Store:
    """The pictures of one project; safe for several threads."""

    def __init__(self, project: Project):
        self._project = project
        self._folders = {UNSPLIT: project.images_root}
        self._folders.update({split: project.images_dir(split) for split in SPLITS})
        self._lock = threading.RLock()
        self._pictures: Dict[str, Picture] = {}
        self.scan()

    @property
    def pictures(self) -> Mapping[str, Picture]:
        return self._pictures

    def scan(self) -> List[str]:
        """List the folders again; the keys that are new, gone or changed."""
        with self._lock:
            found: Dict[str, Picture] = {}
            for split, folder in self._folders.items():
                found.update((picture.key, picture) for picture in _listed(split, folder))
            before, self._pictures = self._pictures, found
        return [key for key in {**before, **found} if before.get(key) != found.get(key)]

    def find(self, key: str) -> Picture:
        try:
            picture = self._pictures[key]
        except KeyError:
            raise Unknown(f"{key[:100]!r} is no picture of this project") from None
        if picture.fault:
            raise ImageError(picture.fault)
        return picture

    def read(self, key: str) -> Saved:
        return _saved(self.find(key).xml_path)

    def path_of(self, key: str) -> Path:
        """The picture's file, which no link leads to: looked at now, not when it was listed."""
        path = self.find(key).path
        real = Path(os.path.realpath(path))
        if real != path and real.parent != Path(os.path.realpath(path.parent)):
            raise ImageError(f"{path}: is a link to another folder; put the file itself here")
        return real

    def key_of(self, path: str) -> Optional[str]:
        """The key of a picture file, None where it is none of this project's."""
        wanted = Path(os.path.realpath(path))
        for split, folder in self._folders.items():
            if wanted.parent == Path(os.path.realpath(folder)):
                key = f"{split}/{wanted.name}"
                return key if key in self._pictures else None
        return None

    def save(
        self, key: str, boxes: Optional[Iterable[Box]], seen: str, annotator: str = ""
    ) -> Saved:
        """Write the boxes (None: take the annotation away) over the version `seen`."""
        picture = self.find(key)
        with self._lock, changing(self._project, SAVE_TIMEOUT_S):
            if not picture.path.is_file():
                raise Unknown(f"{key} was moved or removed meanwhile; nothing was saved for it")
            now = _saved(picture.xml_path)

            def check() -> None:
                there = _saved(picture.xml_path)
                if there.version != seen and not _gives_way(there, seen, annotator):
                    name = picture.xml_path.name
                    raise Conflict(f"{name} was changed by somebody else meanwhile")

            check()
            if boxes is None:
                _remove(picture.xml_path, now)
            else:
                annotation = self._annotation(picture, tuple(boxes), annotator)
                text = to_voc_text(annotation, folder=picture.path.parent.name)
                _write(picture.xml_path, text, now, check)
            self._pictures = {
                **self._pictures,
                key: replace(picture, xml_stamp=_stamp(picture.xml_path)),
            }
            return _saved(picture.xml_path)

    def _annotation(self, picture: Picture, boxes: Tuple[Box, ...], annotator: str) -> Annotation:
        size_wh, depth = picture_size(picture.path)
        fitted = tuple(as_labelimg_has_it(box, size_wh) for box in boxes)
        return Annotation(picture.path.name, size_wh, fitted, depth=depth, annotator=annotator)


def as_labelimg_has_it(box: Box, size_wh: Tuple[int, int]) -> Box:
    """`box` in whole pixels from 1, and truncated where it touches the border."""
    width, height = size_wh
    if not (box.xmin < box.xmax and box.ymin < box.ymax):
        raise AnnotationError(f"a box of {box.name!r} is empty: {box.xyxy}")
    if box.xmax <= 0 or box.ymax <= 0 or box.xmin >= width or box.ymin >= height:
        raise AnnotationError(f"a box of {box.name!r} is outside the picture: {box.xyxy}")
    xmin, xmax = _whole_pixels(box.xmin, box.xmax, width)
    ymin, ymax = _whole_pixels(box.ymin, box.ymax, height)
    touches = box.truncated or xmin == 1 or ymin == 1 or xmax == width or ymax == height
    return replace(box, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax, truncated=touches)


def _whole_pixels(low: float, high: float, limit: int) -> Tuple[int, int]:
    first = min(max(round(low), 1), max(limit - 1, 1))
    return first, max(min(round(high), limit), first + 1)


def _listed(split: str, folder: Path) -> List[Picture]:
    try:
        with os.scandir(folder) as scanned:
            entries = {entry.name: entry for entry in scanned}
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        log.warning("%s: cannot be listed (%s)", folder, error.strerror)
        return []
    pictures = []
    owners: Dict[str, str] = {}
    inside = os.path.realpath(folder)
    for name in sorted(filter(is_picture_name, entries)):
        stamp = _entry_stamp(entries[name])
        if stamp is None:  # gone since, or a folder
            continue
        stem = Path(name).stem
        first = owners.setdefault(stem, name)
        fault = _fault(folder, entries[name], inside, first)
        xml = entries.get(f"{stem}.xml")
        xml_stamp = _entry_stamp(xml) if xml is not None else None
        if not fault and xml is not None and _leads_elsewhere(xml, inside):
            fault = f"{folder / xml.name}: is a link to another folder; put the file itself here"
        pictures.append(Picture(split, folder / name, stamp, xml_stamp, fault))
    return pictures


def _fault(folder: Path, entry: os.DirEntry[str], inside: str, first: str) -> str:
    """Why a picture is listed but not opened."""
    wrong = name_fault(folder / entry.name)
    if wrong is not None:
        return one_line(wrong)
    if _leads_elsewhere(entry, inside):
        return f"{folder / entry.name}: is a link to another folder; put the file itself here"
    if first != entry.name:
        xml = Path(first).with_suffix(".xml")
        return f"{folder / entry.name}: shares {xml} with {first}; rename one of the two"
    return ""


def _leads_elsewhere(entry: os.DirEntry[str], inside: str) -> bool:
    return entry.is_symlink() and os.path.dirname(os.path.realpath(entry.path)) != inside


def _entry_stamp(entry: os.DirEntry[str]) -> Optional[Stamp]:
    try:
        if not entry.is_file():
            return None
        status = entry.stat()
    except OSError:  # gone meanwhile, or a link that leads nowhere or to itself
        return None
    return status.st_mtime_ns, status.st_size


def _gives_way(now: Saved, seen: str, annotator: str) -> bool:
    """What a model wrote by itself, while a person decided on a picture without an annotation."""
    return not seen and not annotator and bool(now.annotation and now.annotation.annotator)


def _stamp(path: Path) -> Optional[Stamp]:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _saved(xml_path: Path) -> Saved:
    """One that cannot be read has a version too: it is never overwritten unasked."""
    if not os.path.lexists(xml_path):
        return Saved("")
    try:
        content = read_xml_bytes(xml_path)
    except AnnotationError as error:
        stamp = _stamp(xml_path)
        return Saved(f"unread-{stamp}", fault=str(error)) if stamp else Saved("")
    version = hashlib.sha256(content).hexdigest()[:16]
    try:
        return Saved(version, parse_voc(content, xml_path))
    except AnnotationError as error:
        return Saved(version, fault=str(error))


def _write(xml_path: Path, text: str, now: Saved, check: Callable[[], None]) -> None:
    """Replace the file, looked at again in the last moment; a broken one is kept beside it."""
    with replacing(xml_path) as draft:
        draft.write_bytes(text.encode("utf-8"))
        flush_to_disk(draft)
        check()
        if now.fault:
            set_aside(xml_path)


def _remove(xml_path: Path, now: Saved) -> None:
    if now.fault:
        set_aside(xml_path)
    else:
        remove(xml_path)
