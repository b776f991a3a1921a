"""A file from the network into a `.part` file that a later call goes on with.

Beside it, `.part.json` holds what the server said the file was; another file under the same
address is then fetched from its start.

It is long because each way in which a server may fail has its answer.
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

import certifi

from tod_ros import __version__
from tod_ros.errors import ZooError
from tod_ros.files import make_folder, open_in_place, open_plain, read_json, remove, write_text
from tod_ros.text import Progress, one_line, unheard

CHUNK = 1 << 18
TIMEOUT_S = 30.0
ATTEMPTS = 4
MAX_BYTES = 8 * 1024**3  # the largest network of the zoo is near 1.5 GB
_GZIP_START = b"\x1f\x8b"
MAX_NOTES_BYTES = 100_000


def download(
    url: str,
    part: Path,
    *,
    on_bytes: Progress = unheard,
    timeout_s: float = TIMEOUT_S,
    attempts: int = ATTEMPTS,
) -> None:
    """Fetch a .tar.gz whole into `part`, going on with what is there; ZooError keeps it there.

    A connection that drops is taken up again, `attempts` times in all as long as nothing comes.
    """
    left = attempts
    while True:
        before = _size(part)
        try:
            _fetch(url, part, on_bytes, timeout_s)
            return
        except _Dropped as dropped:
            left = attempts - 1 if _size(part) > before else left - 1
            if left <= 0:
                raise ZooError(
                    f"{url}: {dropped}, {_size(part) / 1e6:.1f} MB are there; run the same command"
                    " again to go on"
                ) from None


class _Dropped(Exception):
    """The transfer ended early: worth another attempt."""


def _fetch(url: str, part: Path, on_bytes: Progress, timeout_s: float) -> None:
    """It is long because a server may refuse to go on, and each refusal has its answer."""
    start, known = _size(part), _read_notes(part)
    if known.get("url") != url:
        start, known = 0, {}
    headers = {"User-Agent": f"tod_ros/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if known.get("version"):
            headers["If-Range"] = known["version"]
    try:
        with _open(url, headers, timeout_s) as answer:
            _receive(answer, url, part, start, on_bytes)
    except urllib.error.HTTPError as error:
        if error.code == 416 and known.get("total") == start:
            return  # all of it was there already
        if error.code == 416:
            forget(part)
            raise _Dropped("the file there is another one now") from None
        if error.code >= 500 or error.code == 429:
            raise _Dropped(f"the server answers {error.code} {one_line(error.reason)}") from None
        raise ZooError(f"{url}: the server answers {error.code} {one_line(error.reason)}") from None
    except http.client.HTTPException as error:
        raise _Dropped(f"the connection dropped ({type(error).__name__})") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise ZooError(
                f"{url}: its certificate cannot be verified ({error.reason.verify_message}); is the"
                " clock right, and is there a proxy in between?"
            ) from None
        raise _Dropped(f"cannot be reached ({one_line(error.reason)})") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ZooError(
                f"{part.parent}: the disk is full; make room, then run the same command again to"
                " go on"
            ) from None
        if error.filename is not None:
            raise ZooError(f"{error.filename}: cannot be written ({error.strerror})") from None
        raise _Dropped(f"the connection dropped ({one_line(error)})") from None


def _open(url: str, headers: Mapping[str, str], timeout_s: float) -> Any:
    try:
        _refuse_no_file(url)
        request = urllib.request.Request(url, headers=dict(headers))
        return urllib.request.urlopen(request, timeout=timeout_s, context=_certificates())
    except (ValueError, http.client.InvalidURL) as error:
        raise ZooError(f"{url}: not an address ({one_line(error)})") from None


def _refuse_no_file(url: str) -> None:
    """ZooError for a file: address of a pipe, a device or a folder, which would hang."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme.lower() != "file":
        return
    path = urllib.request.url2pathname(parts.path)
    try:
        open_plain(path).close()
    except FileNotFoundError:
        raise ZooError(f"{url}: there is no such file") from None
    except OSError as error:
        raise ZooError(f"{url}: cannot be read ({error.strerror})") from None


def _certificates() -> ssl.SSLContext:
    """The system's, and for a machine that has none those of certifi."""
    known = ssl.create_default_context()
    known.load_verify_locations(certifi.where())
    return known


def _receive(answer: Any, url: str, part: Path, start: int, on_bytes: Progress) -> None:
    """It is long because a download may end in several ways."""
    if answer.getcode() != 206:
        start = 0  # a server without ranges sends it all
    elif not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
        forget(part)
        raise _Dropped("the server sent another part than was asked for")
    total = _total(answer, start)
    if "html" in answer.headers.get("Content-Type", "").lower():
        raise _web_page(url)
    version = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
    if version and version.startswith("W/"):
        version = answer.headers.get("Last-Modified")
    make_folder(part.parent)
    if total is not None and total > MAX_BYTES:
        raise _too_large(url)
    with open_in_place(part) as out:
        _write_notes(part, {"url": url, "version": version, "total": total})
        out.truncate(start)
        out.seek(start)
        on_bytes(start, total)
        while True:
            data = answer.read(CHUNK)
            if not data:
                break
            if out.tell() == 0 and not data.startswith(_GZIP_START):
                forget(part)
                raise _web_page(url)
            if out.tell() + len(data) > MAX_BYTES:  # a server that never ends
                forget(part)
                raise _too_large(url)
            out.write(data)
            on_bytes(out.tell(), total)
        out.flush()
        os.fsync(out.fileno())
        done = out.tell()
    if total is not None and done < total:
        raise _Dropped(f"the connection ended after {done} of {total} bytes")
    if total is not None and done > total:
        forget(part)
        raise ZooError(f"{url}: sent {done} bytes, but said it was {total}; run it again")
    if done == 0:
        raise ZooError(f"{url}: the server sent nothing")


def _total(answer: Any, start: int) -> Optional[int]:
    whole = re.fullmatch(
        r"bytes [0-9]{1,18}-[0-9]{1,18}/([0-9]{1,18})",
        answer.headers.get("Content-Range", "").strip(),
    )
    if answer.getcode() == 206 and whole:
        return int(whole.group(1))
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None


def _web_page(url: str) -> ZooError:
    return ZooError(
        f"{url}: answers with a web page, not with an archive; log in to the network you are on"
        " (or ask its proxy), or fetch the file elsewhere and use --from FILE"
    )


def _too_large(url: str) -> ZooError:
    return ZooError(f"{url}: over {MAX_BYTES >> 30} GB, this is no network of the zoo")


def forget(part: Path) -> None:
    for path in (part, _notes_path(part)):
        remove(path)


def _notes_path(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_notes(part: Path) -> Dict[str, Any]:
    try:
        notes = read_json(_notes_path(part), MAX_NOTES_BYTES)
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def _write_notes(part: Path, notes: Mapping[str, Any]) -> None:
    write_text(_notes_path(part), json.dumps(notes))


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0
