"""The server goes on under connections that do nothing, and takes one picture at a time."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading

import pytest

from tod_ros.annotate.capture_button import CaptureButton
from tod_ros.annotate.serving import MOST_CONNECTIONS, ListenAddress, _wsgi_server, listening
from tod_ros.errors import CameraError


def answer(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def test_idle_connections_give_way_to_new_ones():
    with listening(ListenAddress(port=0)) as opened, contextlib.ExitStack() as idle:
        server = _wsgi_server(opened, answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = opened.getsockname()[1]
        for _ in range(MOST_CONNECTIONS + 30):
            held = idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            held.sendall(b"GET / HTTP/1.1\r\nHost: 127")  # and no more of it
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        idle.callback(asked.close)
        asked.request("GET", "/")
        assert asked.getresponse().read() == b"ok"
        server.shutdown()


def test_a_second_press_while_a_picture_is_taken_is_refused():
    button = CaptureButton("/capture", lambda service: ("", {}))
    with button._taking, pytest.raises(CameraError, match="is taking a picture already"):
        button.take()
