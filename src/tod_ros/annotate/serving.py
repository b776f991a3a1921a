"""Where the annotation server listens, and its life from the start to Ctrl-C."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import threading
import webbrowser
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Callable, NoReturn, Optional

from tod_ros.annotate.background import Background
from tod_ros.annotate.capture_button import CaptureButton
from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.decisions import FILE_NAME, Decisions
from tod_ros.annotate.proposals import Proposals, Source
from tod_ros.annotate.security import AccessRules, door_for
from tod_ros.annotate.server import Parts, make_app
from tod_ros.annotate.server_lock import only_server
from tod_ros.annotate.store import Store
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project
from tod_ros.errors import SettingError
from tod_ros.text import shown

USUAL_PORT = 8642
REQUEST_TIMEOUT_S = 30
BACKLOG = 64
MOST_CONNECTIONS = 200  # a browser opens six


@dataclass(frozen=True)
class ListenAddress:
    """Where to listen; port None: the usual one, or any that is free."""

    address: str = "127.0.0.1"
    port: Optional[int] = None


def serve(
    project: Project,
    place: ListenAddress,
    camera: CaptureButton,
    source: Optional[Source] = None,
    accept_above: Optional[float] = None,
    started: Callable[[str], None] = lambda url: None,
) -> Catalogue:
    """Serve until SIGINT or SIGTERM; `started` is told the address. Returns the catalogue.

    It is long because it puts all parts of the server together.
    """
    with only_server(project.images_root), listening(place) as opened:
        port = opened.getsockname()[1]
        label_map = read_label_map(project.label_map_path)
        catalogue = Catalogue(
            Store(project),
            label_map,
            Proposals(source, label_map.ids),
            Decisions(project.images_root / FILE_NAME),
        )
        background = Background(catalogue, accept_above)
        door = door_for(place.address, port, project_id(project))
        parts = Parts(project.name, catalogue, background, camera, door, project)
        server = _wsgi_server(opened, make_app(parts))
        worker = background.start()

        def work() -> None:
            started(url_of(place.address, port, door))
            server.serve_forever()

        _until_signal(work)
        background.stop()
        worker.join(timeout=5)  # it may be in the middle of writing
        return catalogue


def project_id(project: Project) -> str:
    """The same after a restart: a page goes on with the server that comes back."""
    return hashlib.sha256(os.path.realpath(project.root).encode()).hexdigest()[:16]


def listening(place: ListenAddress) -> socket.socket:
    """A socket that listens; SettingError where that is not possible."""
    wanted = [USUAL_PORT, 0] if place.port is None else [place.port]
    for port in wanted:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                place.address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            opened = socket.socket(family, kind, protocol)
        except OSError as error:
            raise SettingError(f"--address {place.address}: {error.strerror}") from None
        except UnicodeError:  # a part of it is empty, or longer than any name
            raise SettingError(f"--address {shown(place.address)}: no address") from None
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
            opened.listen(BACKLOG)
            return opened
        except (OSError, OverflowError) as error:
            opened.close()
            fault = error
    raise SettingError(
        f"cannot listen on {place.address}, port {wanted[-1]} ({fault});"
        " give another --port or --address"
    )


def url_of(address: str, port: int, door: AccessRules) -> str:
    if address in ("", "0.0.0.0", "::"):
        address = socket.gethostname()
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}/" + (f"?token={door.token}" if door.token else "")


def open_browser(url: str) -> None:
    """Show the page, where there is a screen to show it on."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _wsgi_server(opened: socket.socket, app: Any) -> Any:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = REQUEST_TIMEOUT_S

        def log(self, type: str, message: str, *args: Any) -> None:
            """Every thumbnail is a line; nobody reads those."""

    host, port = opened.getsockname()[:2]
    server = make_server(
        host, port, app, threaded=True, request_handler=Handler, fd=opened.fileno()
    )
    _limit_connections(server)
    return server


def _limit_connections(server: Any) -> None:
    """Of too many connections the oldest is closed: idle ones must not shut the page out."""
    begin, end = server.process_request, server.shutdown_request
    lock, kept = threading.Lock(), OrderedDict[int, socket.socket]()

    def process_request(request: socket.socket, address: Any) -> None:
        with lock:
            kept[id(request)] = request
            oldest = kept.popitem(last=False)[1] if len(kept) > MOST_CONNECTIONS else None
        if oldest is not None:
            with contextlib.suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)  # its own thread then closes it
        begin(request, address)

    def shutdown_request(request: socket.socket) -> None:
        with lock:
            kept.pop(id(request), None)
        end(request)

    server.process_request, server.shutdown_request = process_request, shutdown_request


def _until_signal(work: Callable[[], None]) -> None:
    def interrupt(signum: int, frame: Any) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
