"""Questions to the ROS master that are asked again and again, at a quarter of the usual cost.

Python's own XML-RPC client writes and reads headers and makes a parser for each call; fifty times a
second that is most of what an idle node costs. Here a request is made once and sent as it stands,
and an answer is parsed only where its bytes differ from those of the last one.
"""

from __future__ import annotations

import re
import socket
import xmlrpc.client
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import rosgraph

from tod_ros.robot.master import connect_master

PART_BYTES = 65536
_LENGTH = re.compile(rb"\r\nContent-Length: *([0-9]+)\r\n", re.IGNORECASE)
_CLOSING = re.compile(rb"\r\nConnection: *close\r\n", re.IGNORECASE)


class MasterQuestions:
    """Asks over one connection that stays open; for one thread only.

    Only for what changes nothing at the master: where the connection has ended since the last
    question, this one is asked again. A master that answers in another way than rosmaster, or
    with an error, is left to Python's own client. Raises what master.MASTER_FAULTS names.
    """

    def __init__(self, timeout_s: float):
        self._timeout_s = timeout_s
        self._address = urlsplit(rosgraph.get_master_uri())
        self._plainly = connect_master(timeout_s)
        self._questions: Dict[Tuple[str, ...], _Question] = {}
        self._connection: Optional[socket.socket] = None

    def ask(self, method: str, *texts: str) -> Any:
        """The answer; it is the same object again while it stays the same, so do not change it."""
        key = (method, *texts)
        if key not in self._questions:
            self._questions[key] = _Question(self._request(method, texts))
        question = self._questions[key]
        is_used = self._connection is not None
        try:
            return self._ask(question)
        except _UnusualError:
            return getattr(self._plainly, method)(*texts)
        except ConnectionError:
            if not is_used:
                raise
            return self._ask(question)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _request(self, method: str, texts: Tuple[str, ...]) -> bytes:
        """As short as XML-RPC allows, which saves the master a fifth of its work."""
        values = "".join(f"<param><value>{escape(text)}</value></param>" for text in texts)
        call = f"<methodName>{method}</methodName><params>{values}</params>"
        body = f"<methodCall>{call}</methodCall>".encode()
        head = (
            f"POST {self._address.path or '/RPC2'} HTTP/1.1\r\nHost: {self._address.netloc}\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _ask(self, question: _Question) -> Any:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.sendall(question.request)
            content = self._connection.recv(PART_BYTES)
            if question.has_same_answer(content):
                return question.answer
            head, body = self._read_on(content)
        except BaseException:  # an answer that comes later must not be taken for the next one's
            self.close()
            raise
        (answer,), _ = xmlrpc.client.loads(body)
        if _is_last_on_connection(head):
            self.close()
        else:
            question.remember(body, answer)
        return answer

    def _connect(self) -> socket.socket:
        address = (self._address.hostname, self._address.port or 80)
        connection = socket.create_connection(address, self._timeout_s)  # type: ignore[arg-type]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _read_on(self, content: bytes) -> Tuple[bytes, bytes]:
        """The head and the body of an answer that begins with `content`."""
        assert self._connection is not None
        while True:
            if not b"HTTP/1.1 200 ".startswith(content[:13]) and content[:13] != b"HTTP/1.0 200 ":
                raise _UnusualError
            head, gap, body = content.partition(b"\r\n\r\n")
            if gap:
                length = _LENGTH.search(head + b"\r\n")
                if length is None:
                    raise _UnusualError
                if len(body) >= int(length.group(1)):
                    return head, body
            part = self._connection.recv(PART_BYTES)
            if not part:
                raise ConnectionError("the connection ended in the middle of the answer")
            content += part


@dataclass
class _Question:
    """A request as it is sent, and the last answer: the end of its bytes, and what it said."""

    request: bytes
    end: bytes = b""
    answer: Any = None

    def has_same_answer(self, content: bytes) -> bool:
        """Of an answer's bytes only the head differs from time to time: it holds the date."""
        is_same = bool(self.end) and content.endswith(self.end)
        return is_same and content.startswith(b"HTTP/1.1 200 ")

    def remember(self, body: bytes, answer: Any) -> None:
        self.end, self.answer = b"\r\n\r\n" + body, answer


class _UnusualError(Exception):
    """The answer is not as rosmaster gives it."""


def _is_last_on_connection(head: bytes) -> bool:
    return head.startswith(b"HTTP/1.0") or bool(_CLOSING.search(head + b"\r\n"))
