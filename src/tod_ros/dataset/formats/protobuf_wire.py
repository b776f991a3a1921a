"""Protobuf messages as bytes, without protobuf: its import takes longer than most of our files.

A message is its fields one after the other, each a tag (number << 3 | wire type), then a value:

    0 varint: seven bits a byte, lowest first, the top bit set on all but the last
    1 eight bytes      2 a length as a varint, then as many bytes      5 four bytes

`put` writes a field of type 2. `walk` reads fields in place, from bytes or from a mapped file: a
field of type 2, 1 or 5 is a Span, where its bytes begin and end, and nothing of it is read.
"""

from __future__ import annotations

import mmap
from typing import Iterator, List, Optional, Tuple, Union

Buffer = Union[bytes, mmap.mmap]
Span = Tuple[int, int]


class Malformed(ValueError):
    """These bytes are no protobuf message, or not all of it."""


def put(number: int, body: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(body)) + body


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def walk(content: Buffer, span: Optional[Span] = None) -> Iterator[Tuple[int, Union[int, Span]]]:
    """Each field of the message in `span`: its number, and its value or where that is."""
    position, end = span or (0, len(content))
    while position < end:
        tag, position = _take_varint(content, position, end)
        wire = tag & 7
        if tag < 8:  # no field has the number 0: zeros, as a power cut leaves them
            raise Malformed("it is no protobuf")
        if wire == 0:
            value, position = _take_varint(content, position, end)
            yield tag >> 3, value
            continue
        if wire == 2:
            size, position = _take_varint(content, position, end)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise Malformed("it is no protobuf")
        if position + size > end:
            raise Malformed("it ends too early")
        yield tag >> 3, (position, position + size)
        position += size


def spans(content: Buffer, span: Optional[Span], number: int) -> Iterator[Span]:
    """Where the fields of one number are."""
    for found, value in walk(content, span):
        if found == number and isinstance(value, tuple):
            yield value


def varints(content: Buffer, span: Span) -> List[int]:
    """The numbers of a packed field."""
    position, end = span
    values = []
    while position < end:
        value, position = _take_varint(content, position, end)
        values.append(value)
    return values


def _take_varint(content: Buffer, position: int, end: int) -> Tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= end:
            raise Malformed("it ends too early")
        byte = content[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
    raise Malformed("it is no protobuf")
