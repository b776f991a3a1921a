"""Network files made by hand: a graph of named operations, as TensorFlow or LiteRT writes it."""

from __future__ import annotations

import struct


def message(*fields):
    """A protobuf message of length-delimited fields."""
    return b"".join(bytes([n << 3 | 2]) + varint(len(body)) + body for n, body in fields)


def varint(number):
    pieces = []
    while number > 127:
        pieces.append(number & 127 | 128)
        number >>= 7
    return bytes([*pieces, number])


def node(operation, weights=b""):
    value = message((8, message((4, weights))))  # a tensor's bytes
    return message((1, b"name"), (2, operation.encode()), (5, message((1, b"value"), (2, value))))


def saved_model(*operations, functions=(), concrete=()):
    """`concrete`: names of the functions that the network runs; those here are called f."""
    library = message(*((1, message((1, b"\x0a\x01f"), (3, node(op)))) for op in functions))
    graph = message(*((1, node(op, b"\0" * 300)) for op in operations), (2, library))
    objects = message((1, b""), *((2, message((1, name.encode()))) for name in concrete))
    return b"\x08\x01" + message((2, message((1, b"meta"), (2, graph), (7, objects))))


def tflite(*customs):
    """A flatbuffer with operator codes, as small as it can be."""
    head = struct.pack("<I4s", 20, b"TFL3")
    model_vtable = struct.pack("<HHHH4x", 8, 12, 0, 4)  # at 8: its second field is at 4
    model = struct.pack("<iII", 12, 8, 0)  # at 20
    tables, slots = b"", []
    start = 32 + 4 + 4 * len(customs)
    for name in customs:
        here = start + len(tables)
        text = name.encode()
        tables += struct.pack("<HHHH", 8, 8, 0, 4)  # vtable
        slots.append(here + 8)
        tables += struct.pack("<iI", 8, 4) + struct.pack("<I", len(text)) + text + b"\0"
        tables += b"\0" * (-len(tables) % 4)
    vector = struct.pack("<I", len(customs))
    vector += b"".join(struct.pack("<I", s - (36 + 4 * n)) for n, s in enumerate(slots))
    return head + model_vtable + model + vector + tables
