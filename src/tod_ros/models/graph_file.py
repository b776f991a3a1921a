"""The operations in a network's file, read without running or even loading it.

saved_model.pb is a protobuf, model.tflite a flatbuffer; of each only the few fields are followed
that lead to the operations' names, so neither TensorFlow nor LiteRT sees the file. What a text
constant holds is looked into as well: a dataset, for one, runs a graph that it gets as a text.

It is long because the formats of two libraries are read.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Counter as Counts
from typing import Dict, Iterator, Optional, Set

from tod_ros.dataset.formats.protobuf_wire import Buffer, Malformed, Span, spans, walk
from tod_ros.errors import ModelError
from tod_ros.files import open_plain

# What every SavedModel with variables has; they run where somebody asks it to save or restore.
OF_THE_SAVER = ("MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename")
BY_ITSELF = " (called by the network itself)"
MAX_BYTES = 2**31 - 1  # a protobuf's own limit
MAX_OPERATIONS = 5_000_000
_MOST_NAME_BYTES = 500
_MOST_NESTED = 8  # graphs in constants of graphs
_GRAPH_STARTS = (0x0A, 0x12, 0x18, 0x22)  # the tags of a GraphDef's own fields
_OPERATION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.>]*")
_OPERATOR_CODES, _CUSTOM_CODE = 1, 1  # fields of a flatbuffer's Model and of its OperatorCode
# Numbers of protobuf fields, by message
_META_GRAPH, _GRAPH, _OBJECTS, _CONCRETE = 2, 2, 7, 2
_NODE, _LIBRARY, _FUNCTION, _SIGNATURE, _FUNCTION_NODE = 1, 2, 1, 1, 3
_NAME, _OPERATION, _ATTRIBUTE, _KEY, _VALUE = 1, 2, 5, 1, 2
_LIST, _TEXT, _TENSOR, _CALLED, _TENSOR_TEXT, _LISTED_CALLED = 1, 2, 8, 10, 8, 9


def read_operations(path: Path) -> Counts[str]:
    """How often each operation is in a saved_model.pb, its functions included.

    Operations of the saver that the network calls by itself are told apart (BY_ITSELF). Of a
    model.tflite those that are not LiteRT's own, which touch nothing. ModelError where the file is
    broken.
    """
    is_tflite = path.suffix == ".tflite"
    try:
        with open_plain(path) as opened, _mapped(opened.fileno()) as content:
            if len(content) > MAX_BYTES:
                raise Malformed("over 2 GB")
            if is_tflite:
                return Counter(_in_tflite(content))
            return _SavedModel(content).count()
    except (Malformed, struct.error, IndexError, UnicodeDecodeError) as error:
        kind = "TFLite model" if is_tflite else "SavedModel"
        raise ModelError(
            f"{path}: is not a {kind}, or cut short or altered ({error}); export it again"
        ) from None
    except (OSError, ValueError) as error:  # mmap refuses an empty file with a ValueError
        fault = getattr(error, "strerror", None) or error
        raise ModelError(f"{path}: cannot be read ({fault}); export it again") from None


def graph_file(part: Path) -> Path:
    """The file with the operations of a SavedModel's folder, or of a model.tflite."""
    return part / "saved_model.pb" if part.is_dir() else part


def _mapped(handle: int) -> mmap.mmap:
    return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)


@dataclass
class _Body:
    """What a graph or a function is made of, and the functions that it names."""

    operations: Counts[str] = field(default_factory=Counter)
    called: Set[str] = field(default_factory=set)


class _SavedModel:
    """One saved_model.pb while it is read."""

    def __init__(self, content: Buffer):
        self._content = content
        self._functions: Dict[str, _Body] = {}
        self._concrete: Set[str] = set()
        self._is_of_objects = True  # as TensorFlow 2 loads it
        self._count = 0
        self._main = _Body()
        meta_graphs = list(spans(content, None, _META_GRAPH))
        for meta_graph in meta_graphs:
            has_objects = False
            for number, value in walk(content, meta_graph):
                if number == _GRAPH and isinstance(value, tuple):
                    self._read_graph(content, value, self._main, 0)
                elif number == _OBJECTS and isinstance(value, tuple):
                    has_objects = True
                    for entry in spans(content, value, _CONCRETE):
                        self._concrete.add(_text_of(content, entry, _KEY))
            self._is_of_objects &= has_objects and len(meta_graphs) == 1

    def count(self) -> Counts[str]:
        total: Counts[str] = Counter(self._main.operations)
        by_itself = self._reached_by_itself()
        for name, body in self._functions.items():
            for operation, number in body.operations.items():
                is_told = operation in OF_THE_SAVER and name in by_itself
                total[operation + BY_ITSELF if is_told else operation] += number
        if not self._is_of_objects:  # TensorFlow 1's kind: the graph itself is what runs
            for operation in OF_THE_SAVER:
                if operation in total:
                    total[operation + BY_ITSELF] = total.pop(operation)
        for name in self._functions:  # a function may be called as if it were an operation
            total.pop(name, None)
        return total

    def _reached_by_itself(self) -> Set[str]:
        """The functions that run when the network does, not only when it is saved or restored."""
        reached: Set[str] = set()
        waiting = list(self._concrete)
        while waiting:
            name = waiting.pop()
            if name not in reached and name in self._functions:
                reached.add(name)
                body = self._functions[name]
                waiting += [*body.called, *body.operations]
        return reached

    def _read_graph(self, content: Buffer, span: Optional[Span], body: _Body, depth: int) -> None:
        for number, value in walk(content, span):
            if number == _NODE and isinstance(value, tuple):
                self._read_node(content, value, body, depth)
            elif number == _LIBRARY and isinstance(value, tuple):
                for function in spans(content, value, _FUNCTION):
                    self._read_function(content, function, depth)

    def _read_function(self, content: Buffer, span: Span, depth: int) -> None:
        name, body = "", _Body()
        for number, value in walk(content, span):
            if number == _SIGNATURE and isinstance(value, tuple):
                name = _text_of(content, value, _NAME)
            elif number == _FUNCTION_NODE and isinstance(value, tuple):
                self._read_node(content, value, body, depth)
        known = self._functions.setdefault(name, _Body())
        known.operations.update(body.operations)
        known.called |= body.called

    def _read_node(self, content: Buffer, span: Span, body: _Body, depth: int) -> None:
        self._count += 1
        if self._count > MAX_OPERATIONS:
            raise Malformed(f"over {MAX_OPERATIONS} operations")
        for number, value in walk(content, span):
            if number == _OPERATION and isinstance(value, tuple):
                body.operations[_decoded(content, value)] += 1
            elif number == _ATTRIBUTE and isinstance(value, tuple):
                for attribute in spans(content, value, _VALUE):
                    self._read_attribute(content, attribute, body, depth)

    def _read_attribute(self, content: Buffer, span: Span, body: _Body, depth: int) -> None:
        for number, value in walk(content, span):
            if not isinstance(value, tuple):
                continue
            if number == _CALLED:
                body.called.add(_text_of(content, value, _NAME))
            elif number == _TENSOR:
                for text in spans(content, value, _TENSOR_TEXT):
                    self._look_into(content, text, body, depth)
            elif number == _TEXT:
                self._look_into(content, value, body, depth)
            elif number == _LIST:
                for called in spans(content, value, _LISTED_CALLED):
                    body.called.add(_text_of(content, called, _NAME))
                for text in spans(content, value, _TEXT):
                    self._look_into(content, text, body, depth)

    def _look_into(self, content: Buffer, span: Span, body: _Body, depth: int) -> None:
        """Count the operations of a text that is a graph; most are none, and say so soon."""
        if depth >= _MOST_NESTED or span[1] - span[0] < 4:
            return
        if content[span[0]] not in _GRAPH_STARTS:
            return
        inner, before = _Body(), dict(self._functions)
        try:
            self._read_graph(content, span, inner, depth + 1)
        except (Malformed, UnicodeDecodeError):
            self._functions = before
            return
        if all(map(_OPERATION_NAME.fullmatch, inner.operations)):
            body.operations.update(inner.operations)
            body.called |= inner.called
        else:  # something else that reads as a protobuf by chance
            self._functions = before


def _text_of(content: Buffer, span: Span, number: int) -> str:
    return next((_decoded(content, text) for text in spans(content, span, number)), "")


def _decoded(content: Buffer, span: Span) -> str:
    return content[span[0] : min(span[1], span[0] + _MOST_NAME_BYTES)].decode("utf-8")


def _in_tflite(content: mmap.mmap) -> Iterator[str]:
    """The names of custom operations: Model.operator_codes[].custom_code."""
    if content[4:8] != b"TFL3":
        raise Malformed("it is no TFLite file")
    codes = _field_of(content, _unsigned(content, 0), _OPERATOR_CODES)
    if codes is None:
        return
    (count,) = struct.unpack_from("<I", content, codes)
    if count > MAX_OPERATIONS:
        raise Malformed(f"over {MAX_OPERATIONS} operations")
    for number in range(count):
        slot = codes + 4 + 4 * number
        text = _field_of(content, slot + _unsigned(content, slot), _CUSTOM_CODE)
        if text is not None:
            (size,) = struct.unpack_from("<I", content, text)
            yield content[text + 4 : text + 4 + min(size, 200)].decode("utf-8")


def _field_of(content: mmap.mmap, table: int, number: int) -> Optional[int]:
    """Where a flatbuffer table's field leads to; None if it has none."""
    (back,) = struct.unpack_from("<i", content, table)
    vtable = table - back
    if vtable < 0:
        raise Malformed("it points outside of itself")
    (size,) = struct.unpack_from("<H", content, vtable)
    if 4 + 2 * number + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", content, vtable + 4 + 2 * number)
    if not offset:
        return None
    slot = table + offset
    return slot + _unsigned(content, slot)


def _unsigned(content: mmap.mmap, position: int) -> int:
    (value,) = struct.unpack_from("<I", content, position)
    return int(value)
