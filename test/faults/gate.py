"""Stands between the inference node and the master: sees each call, and can kill the node at any.

The node's writes are recorded as the master got them, so what the node did is known without asking
the node. `arm` makes the gate kill it at the next call that fits: before the call has reached the
master, or when the master has carried it out and the node does not know it yet.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
import xmlrpc.client
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, List, Optional, Tuple

BEFORE, AFTER = "before", "after"
MANY = b"<methodName>system.multicall</methodName>"


@dataclass(frozen=True)
class Write:
    at: float
    name: str
    value: Any
    master: int  # which master, counted from the first


@dataclass(frozen=True)
class Call:
    method: str
    name: str
    value: Any  # what is written, or was read


class Gate:
    """`uri` is the master for whoever is to be watched; `kill` ends that process."""

    def __init__(self, master_port: int, kill: Callable[[], None]):
        self.writes: List[Write] = []
        self.master_number = 0
        self.killed_at: Optional[float] = None
        self._master_port, self._kill = master_port, kill
        self._armed: Optional[Tuple[Callable[[Call], bool], str]] = None
        self._lock = threading.Lock()
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                self.master = http.client.HTTPConnection("localhost", gate._master_port, timeout=10)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = gate._pass_on(self.master, body)
                if answer is None:  # the master is gone, or the node is: nobody answers
                    self.close_connection = True
                    with contextlib.suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def finish(self) -> None:
                self.master.close()
                with contextlib.suppress(OSError):
                    super().finish()

            def log_message(self, *_arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_arguments: Any) -> None:
                """A node that was killed leaves broken connections."""

        self._server = Server(("localhost", 0), Handler)
        self.uri = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def arm(self, fits: Callable[[Call], bool], when: str) -> None:
        with self._lock:
            self.killed_at = None
            self._armed = (fits, when)

    def disarm(self) -> None:
        with self._lock:
            self._armed = None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _pass_on(self, master: http.client.HTTPConnection, body: bytes) -> Optional[bytes]:
        if MANY in body:
            return self._one_by_one(master, body)
        call = _parsed(body)
        is_read = call is not None and call.method == "getParam"
        if call is not None and not is_read and self._dies(call, BEFORE):
            return None
        try:
            master.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
            answer = master.getresponse().read()
        except (OSError, http.client.HTTPException):
            master.close()
            return None
        if call is None:
            return answer
        if call.method == "setParam":
            self.writes.append(Write(time.monotonic(), call.name, call.value, self.master_number))
        if is_read:
            if self._armed is None:
                return answer
            call = Call(call.method, call.name, _value_of(answer))
        return None if self._dies(call, AFTER) else answer

    def _one_by_one(self, master: http.client.HTTPConnection, body: bytes) -> Optional[bytes]:
        """Calls that come together, each as it reaches the master; the node can die at any."""
        answers = []
        (calls,), _ = xmlrpc.client.loads(body)
        for call in calls:
            one = xmlrpc.client.dumps(tuple(call["params"]), call["methodName"])
            answer = self._pass_on(master, one.encode())
            if answer is None:
                return None
            answers.append(list(xmlrpc.client.loads(answer)[0]))
        return xmlrpc.client.dumps((answers,), methodresponse=True).encode()

    def _dies(self, call: Call, when: str) -> bool:
        with self._lock:
            if self._armed is None or self._armed[1] != when or not self._armed[0](call):
                return False
            self._armed = None
            self._kill()
            self.killed_at = time.monotonic()
            return True


def _parsed(body: bytes) -> Optional[Call]:
    """None for what is no reading or writing of a parameter."""
    if b"Param<" not in body:
        return None
    arguments, method = xmlrpc.client.loads(body)
    if method == "setParam":
        return Call(method, str(arguments[1]), arguments[2])
    if method == "getParam":
        return Call(method, str(arguments[1]), None)
    return None


def _value_of(answer: bytes) -> Any:
    with contextlib.suppress(xmlrpc.client.Error):
        code, _, value = xmlrpc.client.loads(answer)[0][0]
        return value if code == 1 else None
    return None
