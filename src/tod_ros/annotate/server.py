"""The routes of the annotation server.

    GET  /                               the page
    GET  /static/<name>                  its parts
    GET  /api/project                    name, classes, every row (see catalogue)
    GET  /api/changes?since=REVISION     what is newer, and how far the model, camera and coach are
    GET  /api/picture/<split>/<name>     the picture's own file
    GET  /api/thumbnail/<split>/<name>   a small JPEG of it
    GET  /api/boxes/<split>/<name>       boxes, proposals and their version
    PUT  /api/boxes/<split>/<name>       a save (see wire); 409 with what is there if that changed
    GET  /api/coach                      the coach's list
    POST /api/camera                     take a picture
    PUT  /api/place                      calibrate the camera by the corners of a sheet

Names in addresses are looked up in the listing of the project and never joined to a path.

It is long because every route of the page stands here.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Iterator, Optional, Tuple

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.exceptions import HTTPException

from tod_ros.annotate import wire
from tod_ros.annotate.background import Background
from tod_ros.annotate.capture_button import CaptureButton
from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.place_panel import save_place
from tod_ros.annotate.security import HEADERS, AccessRules
from tod_ros.annotate.store import Conflict, Unknown
from tod_ros.annotate.thumbnail_cache import Thumbnails
from tod_ros.annotate.words import STATIC
from tod_ros.dataset.project import Project
from tod_ros.errors import AnnotationError, Busy, CameraError, ImageError, TodError
from tod_ros.files import open_plain
from tod_ros.images.limits import MAX_BYTES, TOO_LARGE

MOST_BODY_BYTES = 1_000_000
TOKEN_COOKIE = "tod-annotate-{port}"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
FOREVER = "private, max-age=31536000, immutable"  # the address has the file's stamp in it
STATUS_OF = (
    *((Unknown, 404), (ImageError, 422), (AnnotationError, 400), (CameraError, 502)),
    (Busy, 503),
)
BLOCK_BYTES = 1 << 18

log = logging.getLogger("rosout." + __name__)
Answer = Any  # whatever Flask makes a response of


@dataclass(frozen=True)
class Parts:
    """What the server works with."""

    project_name: str
    catalogue: Catalogue
    background: Background
    camera: CaptureButton
    door: AccessRules
    project: Project


def make_app(parts: Parts) -> Flask:
    app = Flask("tod_annotate", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.url_map.merge_slashes = False  # an address that is not ours is none, and leads nowhere
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _guard(app, parts.door)
    _answer_errors(app, parts.catalogue)
    _add_page(app, parts.door)
    _add_listing(app, parts)
    _add_pictures(app, parts.catalogue)
    _add_camera(app, parts)
    _add_place(app, parts)
    return app


def _guard(app: Flask, door: AccessRules) -> None:
    @app.before_request
    def refuse() -> Optional[Answer]:
        refusal = door.refuses(
            request.method, request.path, dict(request.headers), _token_offered()
        )
        if refusal is None:
            return None
        return jsonify(error=refusal.reason), refusal.status

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _token_offered() -> str:
    cookie = request.cookies.get(_cookie_name(), "")
    return request.args.get("token", cookie) if request.path == "/" else cookie


def _cookie_name() -> str:
    return TOKEN_COOKIE.format(port=request.host.rpartition(":")[2])


def _answer_errors(app: Flask, catalogue: Catalogue) -> None:
    """Each kind of error has its status code: that makes it long."""

    @app.errorhandler(Conflict)
    def conflict(error: Conflict) -> Answer:
        assert request.view_args is not None  # only saves conflict, and they name a picture
        try:
            now = catalogue.open(_key(**request.view_args))
        except TodError as gone_or_broken:
            return mistake(gone_or_broken)
        return jsonify(error=str(error), now=now), 409

    @app.errorhandler(TodError)
    def mistake(error: TodError) -> Answer:
        status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), 400)
        return jsonify(error=str(error)), status

    @app.errorhandler(RecursionError)
    def too_deep(error: RecursionError) -> Answer:
        return jsonify(error="nested too deeply"), 400

    @app.errorhandler(FileNotFoundError)
    def gone(error: FileNotFoundError) -> Answer:
        return jsonify(error=f"{error.filename}: is gone"), 404

    @app.errorhandler(OSError)
    def cannot(error: OSError) -> Answer:
        log.error("%s", error)
        return jsonify(error=str(error)), 507

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Answer:
        response = error.get_response()
        answer = jsonify(error=error.description)
        answer.status_code = error.code or 500
        if "Allow" in response.headers:
            answer.headers["Allow"] = response.headers["Allow"]
        return answer


def _add_page(app: Flask, door: AccessRules) -> None:
    # Read once: whatever is asked for, only these can be answered
    files = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file()}
    page = files.pop("index.html").replace(b"{{project_id}}", door.project_id.encode())

    @_get(app, "/")
    def index() -> Answer:
        if "token" in request.args:
            answer = redirect("/")  # out of the address bar and the history
            answer.set_cookie(_cookie_name(), door.token, httponly=True, samesite="Strict")
            return answer
        return Response(page, content_type=TYPES[".html"])

    @_get(app, "/static/<name>")
    def static_file(name: str) -> Answer:
        if name not in files:
            raise Unknown(f"no such file: {name[:80]!r}")
        return Response(files[name], content_type=_type_of(name))


def _add_listing(app: Flask, parts: Parts) -> None:
    """Three routes share what they list: that makes it long."""

    def changes_since(revision: int) -> Dict[str, Any]:
        now, rows, gone = parts.catalogue.rows_since(revision)
        camera = parts.camera.status()
        return {
            "run": parts.catalogue.run,
            "revision": now,
            "rows": rows,
            "gone": gone,
            "progress": parts.background.progress(),
            "camera": {"code": camera.code, "values": camera.values},
            "project_id": parts.door.project_id,
        }

    @_get(app, "/api/project")
    def project() -> Answer:
        names = list(parts.catalogue.label_map.ids)
        return jsonify(name=parts.project_name, classes=names, **changes_since(0))

    @_get(app, "/api/changes")
    def changes() -> Answer:
        return jsonify(changes_since(request.args.get("since", 0, type=int)))

    @_get(app, "/api/coach")
    def coach() -> Answer:
        return jsonify(
            number=parts.background.advice_number,
            advice=[
                {"kind": a.kind, "code": a.code, "values": a.values, "pictures": a.pictures}
                for a in parts.background.advice
            ],
        )


def _add_pictures(app: Flask, catalogue: Catalogue) -> None:
    thumbnails = Thumbnails()

    @_get(app, "/api/picture/<split>/<name>")
    def picture(split: str, name: str) -> Answer:
        opened, size = _open_picture(catalogue.store.path_of(_key(split, name)))
        return _kept(_stream(opened, size), _type_of(name), size)

    @_get(app, "/api/thumbnail/<split>/<name>")
    def thumbnail(split: str, name: str) -> Answer:
        return _kept(thumbnails.jpeg(catalogue.store.find(_key(split, name))), TYPES[".jpg"])

    @_get(app, "/api/boxes/<split>/<name>")
    def boxes(split: str, name: str) -> Answer:
        return jsonify(catalogue.open(_key(split, name)))

    @_route(app, "/api/boxes/<split>/<name>", "PUT")
    def save(split: str, name: str) -> Answer:
        key = _key(split, name)
        return jsonify(
            catalogue.save(key, wire.read_save(request.get_json(), catalogue.class_names(key)))
        )


def _add_camera(app: Flask, parts: Parts) -> None:
    @_route(app, "/api/camera", "POST")
    def camera() -> Answer:
        path = parts.camera.take()
        parts.catalogue.scan()
        key = parts.catalogue.store.key_of(path)
        if key is None:
            raise CameraError(
                f"the capture node stored {path}, which is not in this project;"
                " start capture.launch with project:= this one's folder"
            )
        return jsonify(key=key)


def _add_place(app: Flask, parts: Parts) -> None:
    @_route(app, "/api/place", "PUT")
    def place() -> Answer:
        return jsonify(save_place(parts.project, parts.catalogue.store, request.get_json()))


def _key(split: str, name: str) -> str:
    return f"{split}/{name}"


def _type_of(name: str) -> str:
    return TYPES.get(name[name.rfind(".") :].lower(), "application/octet-stream")


def _open_picture(path: Path) -> Tuple[BinaryIO, int]:
    opened = open_plain(path, follow=False)
    size = os.fstat(opened.fileno()).st_size
    if size > MAX_BYTES:
        opened.close()
        raise ImageError(f"{path}: over {TOO_LARGE}")
    return opened, size


def _stream(opened: BinaryIO, size: int) -> Iterator[bytes]:
    """What was there when it was asked for, never whole in memory, however it grows."""
    with opened:
        while size > 0:
            block = opened.read(min(size, BLOCK_BYTES))
            if not block:
                return
            size -= len(block)
            yield block


def _kept(content: Any, content_type: str, size: Optional[int] = None) -> Response:
    answer = Response(content, content_type=content_type)
    if size is not None:
        answer.content_length = size
    answer.headers["Cache-Control"] = FOREVER
    return answer


def _get(app: Flask, address: str) -> Callable[[Any], Any]:
    return _route(app, address, "GET")


def _route(app: Flask, address: str, method: str) -> Callable[[Any], Any]:
    return app.route(address, methods=(method,), provide_automatic_options=False)
