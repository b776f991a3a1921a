"""The XML of an annotation, which may come from anybody: its size, depth and entities are bounded.

pascal_voc.py reads the boxes out of the tree.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tod_ros.errors import AnnotationBroken, AnnotationError
from tod_ros.files import PathLike, read_bounded
from tod_ros.text import one_line

MAX_BYTES = 8_000_000
MAX_DEPTH = 20
MAX_ELEMENTS = 200_000  # ten for each object
MEND = "annotate the picture again"


def read_xml_bytes(path: PathLike) -> bytes:
    """The content of one file; AnnotationError where it is larger than any annotation."""
    too_large = f"{MAX_BYTES // 1_000_000} MB, this is no annotation of a picture; {MEND}"
    return read_bounded(path, MAX_BYTES, AnnotationError, too_large)


def parse_xml(content: bytes, path: PathLike) -> Element:
    """The tree of one file's content; AnnotationError where it is none."""
    parser = DefusedXMLParser(target=_ShallowTreeBuilder(path))
    try:
        parser.feed(content)
        return parser.close()
    except ParseError as error:
        raise AnnotationBroken(f"{path}: broken XML ({one_line(error)}); {MEND}") from None
    except DefusedXmlException:
        raise AnnotationError(
            f"{path}: declares entities, which no annotation needs (an entity bomb?); {MEND}"
        ) from None
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise AnnotationBroken(f"{path}: broken XML ({one_line(error)}); {MEND}") from None


class _ShallowTreeBuilder(TreeBuilder):
    """Builds the tree, but refuses one that is nested deeper, or larger, than any annotation."""

    def __init__(self, path: PathLike) -> None:
        super().__init__()
        self._path = path
        self._depth = self._elements = 0

    def start(self, tag: Any, attrs: Any) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise AnnotationError(
                f"{self._path}: nested over {MAX_DEPTH} deep, this is no Pascal VOC XML; {MEND}"
            )
        if self._elements > MAX_ELEMENTS:
            raise AnnotationError(
                f"{self._path}: over {MAX_ELEMENTS} elements, this is no annotation of a picture;"
                f" {MEND}"
            )
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Element:
        self._depth -= 1
        return super().end(tag)
