"""A zoo on localhost: archives with the zoo's layout, and a server with faults to order."""

import contextlib
import http.server
import io
import re
import socket
import tarfile
import threading

NAME = "ssd_tiny"
FILES = {
    "pipeline.config": b"model {}",
    "checkpoint/checkpoint": b"ckpt-0",
    "checkpoint/ckpt-0.index": b"index",
    "checkpoint/ckpt-0.data-00000-of-00001": bytes(range(256)) * 4000,
    "saved_model/saved_model.pb": b"graph",
}


def archive(files=None, name=NAME, more=()):
    """The bytes of a .tar.gz; `more` are TarInfo to put in after the files."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", compresslevel=0) as tar:
        for path, content in (FILES if files is None else files).items():
            info = tarfile.TarInfo(f"{name}/{path}" if name else path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in more:
            tar.addfile(info, io.BytesIO(b"x" * info.size))
    return held.getvalue()


class ZooServer:
    """What is served, how, and what was asked for."""

    def __init__(self, content):
        self.content = content
        self.content_type = "application/gzip"
        self.etag = '"1"'
        self.ranges = True
        self.drop_after = []  # bytes to send before each of the next answers breaks off
        self.claimed_length = None
        self.statuses = []  # of the next answers
        self.asked = []  # the Range headers
        self.url = ""

    def answer(self, handler):
        asked = handler.headers.get("Range")
        self.asked.append(asked)
        if self.statuses:
            handler.send_error(self.statuses.pop(0))
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked).group(1)) if asked and self.ranges else 0
        if start and handler.headers.get("If-Range", self.etag) != self.etag:
            start = 0
        if start >= len(self.content):
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        if start:
            whole = len(self.content)
            handler.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        handler.send_header("Content-Type", self.content_type)
        handler.send_header("ETag", self.etag)
        length = self.claimed_length or len(self.content) - start
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        body = self.content[start:]
        handler.wfile.write(body[: self.drop_after.pop(0)] if self.drop_after else body)


@contextlib.contextmanager
def serving(content):
    zoo = ZooServer(content)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with contextlib.suppress(OSError):
                zoo.answer(self)
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    zoo.url = f"http://127.0.0.1:{server.server_port}/{NAME}.tar.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield zoo
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
