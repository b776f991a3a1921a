"""One call of a ROS service, without being a node: this process outlives the master it talks to."""

from __future__ import annotations

import io
import os
import socket
import struct
import xmlrpc.client
from typing import Any
from urllib.parse import urlsplit

from rosgraph.network import decode_ros_handshake_header, encode_ros_handshake_header


class CallFailed(Exception):
    """No answer, or the service says that it failed."""


def call(service: str, kind: Any, timeout_s: float, **fields: Any) -> Any:
    """The response; `kind` is the class of the service, `fields` those of the request."""
    try:
        master = xmlrpc.client.ServerProxy(os.environ["ROS_MASTER_URI"])
        code, words, uri = master.lookupService("/campaign", service)  # type: ignore[misc]
        if code != 1:
            raise CallFailed(str(words))
        address = urlsplit(str(uri))
        with socket.create_connection((address.hostname, address.port), timeout_s) as wire:
            wire.settimeout(timeout_s)
            return _ask(wire, service, kind, kind._request_class(**fields))
    except (OSError, xmlrpc.client.Error) as error:
        raise CallFailed(str(error) or type(error).__name__) from error


def _ask(wire: socket.socket, service: str, kind: Any, request: Any) -> Any:
    header = {"service": service, "md5sum": kind._md5sum, "callerid": "/campaign"}
    wire.sendall(encode_ros_handshake_header(header))
    size = _read(wire, 4)
    answer = decode_ros_handshake_header(size + _read(wire, struct.unpack("<I", size)[0]))
    if "error" in answer:
        raise CallFailed(answer["error"])
    content = io.BytesIO()
    request.serialize(content)
    wire.sendall(struct.pack("<I", content.tell()) + content.getvalue())
    is_ok = _read(wire, 1) != b"\0"
    content_read = _read(wire, struct.unpack("<I", _read(wire, 4))[0])
    if not is_ok:
        raise CallFailed(content_read.decode("utf-8", "replace"))
    return kind._response_class().deserialize(content_read)


def _read(wire: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = wire.recv(size - len(content))
        if not part:
            raise ConnectionError("the connection ended in the middle of the answer")
        content += part
    return content
