"""Where the objects of a picture are: Pascal VOC XML, as labelImg writes it.

    <annotation>
        <folder>train</folder>
        <filename>image001.png</filename>
        <size><width>640</width><height>480</height><depth>3</depth></size>
        <object>
                <name>two</name>
                <truncated>0</truncated>
                <difficult>0</difficult>
                <bndbox><xmin>31</xmin><ymin>118</ymin><xmax>180</xmax><ymax>270</ymax></bndbox>
        </object>
    </annotation>

Children are found by name, in any order; numbers may be floats. Boxes are in pixels of the picture
as it is seen.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.bounded_xml import parse_xml, read_xml_bytes
from tod_ros.errors import AnnotationError
from tod_ros.files import PathLike, write_text
from tod_ros.text import MOST_LETTERS, shown

MOST_FILE_LETTERS = 1000  # of a path; a name on a disk ends at 255


def read_voc(path: PathLike) -> Annotation:
    """Read one XML file; AnnotationError says what is wrong with its form.

    Whether the boxes fit a picture and a label map is not asked here.
    """
    return parse_voc(read_xml_bytes(path), path)


def parse_voc(content: bytes, path: PathLike) -> Annotation:
    """The same of a file's content; `path` is what messages call it."""
    root = parse_xml(content, path)
    if root.tag != "annotation":
        raise AnnotationError(
            f"{path}: starts with <{root.tag[:40]}>, not with <annotation>: no Pascal VOC XML"
        )
    try:
        size = _child(root, "size", "the picture")
        return Annotation(
            filename=_short(_text(root, "filename", ""), "<filename>", MOST_FILE_LETTERS),
            size_wh=(_whole(size, "width"), _whole(size, "height")),
            boxes=tuple(
                _box(element, number)
                for number, element in enumerate(root.findall("object"), start=1)
            ),
            depth=_whole(size, "depth") if _text(size, "depth", "") else 3,
            annotator=_annotator(root),
        )
    except _Fault as fault:
        raise AnnotationError(f"{path}: {fault}") from None


def write_voc(path: PathLike, annotation: Annotation) -> None:
    """Write one XML file in labelImg's own layout."""
    write_text(path, to_voc_text(annotation, folder=Path(os.path.abspath(path)).parent.name))


def to_voc_text(annotation: Annotation, folder: str = "") -> str:
    filename = _written(annotation.filename, "file name")
    width, height = annotation.size_wh
    annotator = _written(annotation.annotator, "annotator")
    lines = [
        "<annotation>",
        f"\t<folder>{_written(folder, 'folder')}</folder>",
        f"\t<filename>{filename}</filename>",
        f"\t<path>{filename}</path>",
        "\t<source>\n\t\t<database>Unknown</database>",
        *([f"\t\t<annotation>{annotator}</annotation>"] if annotator else []),
        "\t</source>",
        f"\t<size>\n\t\t<width>{width}</width>\n\t\t<height>{height}</height>",
        f"\t\t<depth>{annotation.depth}</depth>\n\t</size>",
        "\t<segmented>0</segmented>",
        *(_object_text(box) for box in annotation.boxes),
        "</annotation>\n",
    ]
    return "\n".join(lines)


def number_text(value: float) -> str:
    """The shortest text that reads back as `value`: whole numbers without a point."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _object_text(box: Box) -> str:
    if not box.name.strip():
        raise AnnotationError("an object without a name cannot be written")
    corners = "\n".join(
        f"\t\t\t<{side}>{number_text(value)}</{side}>"
        for side, value in zip(("xmin", "ymin", "xmax", "ymax"), box.xyxy)
    )
    return (
        f"\t<object>\n\t\t<name>{_written(box.name, 'class')}</name>\n"
        f"\t\t<pose>Unspecified</pose>\n\t\t<truncated>{int(box.truncated)}</truncated>\n"
        f"\t\t<difficult>{int(box.difficult)}</difficult>\n"
        f"\t\t<bndbox>\n{corners}\n\t\t</bndbox>\n\t</object>"
    )


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_UNWRITABLE = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


def _written(text: str, what: str) -> str:
    if _UNWRITABLE.search(text) or text != text.strip():
        raise AnnotationError(
            f"{what} {text!r} has spaces around it or characters that XML cannot hold"
        )
    return escape(text)


class _Fault(Exception):
    """What is wrong inside one file; read_voc adds the file's name."""


def _box(element: Element, number: int) -> Box:
    what = f"object {number}"
    name = _text(element, "name", "")
    if not name:
        raise _Fault(f"{what} has no <name>")
    name = _short(name, f"{what}: <name>", MOST_LETTERS)
    if _CONTROLS.search(name):
        raise _Fault(f"{what}: <name> is {shown(name)}, which cannot be printed")
    corners = _child(element, "bndbox", f"{what} ({name})")
    return Box(
        name,
        _number(corners, "xmin", what),
        _number(corners, "ymin", what),
        _number(corners, "xmax", what),
        _number(corners, "ymax", what),
        difficult=_flag(element, "difficult", what),
        truncated=_flag(element, "truncated", what),
    )


def _child(parent: Element, tag: str, what: str) -> Element:
    found = parent.find(tag)
    if found is None:
        raise _Fault(f"{what} has no <{tag}>")
    return found


def _text(parent: Element, tag: str, default: str) -> str:
    found = parent.find(tag)
    return default if found is None else (found.text or "").strip()


def _short(text: str, what: str, most: int) -> str:
    if len(text) > most:
        raise _Fault(f"{what} is {shown(text)}, {len(text)} letters where {most} are the most")
    return text


def _annotator(root: Element) -> str:
    source = root.find("source")
    name = "" if source is None else _text(source, "annotation", "")
    return _short(name, "<source>", MOST_LETTERS)


def _number(parent: Element, tag: str, what: str) -> float:
    text = _text(parent, tag, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _Fault(f"{what}: <{tag}> is {text[:40]!r}, not a number")
    return value


def _whole(parent: Element, tag: str) -> int:
    value = _number(parent, tag, "size")
    if not value.is_integer() or abs(value) > 1_000_000:
        raise _Fault(f"size: <{tag}> is {value:g}, not a number of pixels")
    return int(value)


def _flag(parent: Element, tag: str, what: str) -> bool:
    text = _text(parent, tag, "").lower()
    if text in ("1", "true", "yes"):
        return True
    if text in ("", "0", "false", "no", "unspecified"):
        return False
    raise _Fault(f"{what}: <{tag}> is {text[:40]!r}, neither 0 nor 1")
