"""Files that appear complete or not at all, and are read up to a bound."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import itertools
import os
import secrets
from pathlib import Path
from typing import Callable, Iterator, Union

from tod_ros.errors import TodError

PathLike = Union[str, "os.PathLike[str]"]
# What a disk without hard links answers: FAT, exFAT, the shared folder of a virtual machine
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


@contextlib.contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """Yield a hidden path beside `path`; what was written there takes its place at the end.

    When the block raises, `path` is as it was and the hidden file is gone.
    """
    target = Path(path)
    with _draft_beside(target) as draft:
        yield draft
        flush_to_disk(draft)
        os.replace(draft, target)


def read_bounded(
    path: PathLike, most_bytes: int, fault: Callable[[str], Exception], too_large: str
) -> bytes:
    """The bytes of a file that may come from anybody: of one over the bound no more is read.

    `fault` makes an error of what is wrong; `too_large` names the bound and the way out.
    """
    try:
        with open(path, "rb") as opened:
            content = opened.read(most_bytes + 1)
    except OSError as error:
        raise fault(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > most_bytes:
        raise fault(f"{path}: over {too_large}")
    return content


def place_new(
    path: PathLike, content: bytes, link: Callable[[PathLike, PathLike], None] = os.link
) -> bool:
    """Write `content` as a new file; False, and nothing changed, if `path` exists already.

    Safe against other processes that do the same: the name is taken by a hard link, which
    fails if the name is there; on a disk that has none, by an empty file that the content
    replaces at once.
    """
    target = Path(path)
    with _draft_beside(target) as draft:
        draft.write_bytes(content)
        flush_to_disk(draft)
        try:
            _take_name(draft, target, link)
        except FileExistsError:
            return False
    return True


def _take_name(draft: Path, target: Path, link: Callable[[PathLike, PathLike], None]) -> None:
    try:
        link(draft, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        open(target, "xb").close()
        os.replace(draft, target)


def keep_copy(path: PathLike) -> Path:
    """Copy a file to `<name>.before`, or `.before.2` and so on: no earlier copy is written over.

    Returns the copy; an earlier one with the same content serves.
    """
    original = Path(path)
    content = original.read_bytes()
    endings = itertools.chain([""], (f".{number}" for number in itertools.count(2)))
    copies = (original.with_name(f"{original.name}.before{ending}") for ending in endings)
    return next(copy for copy in copies if _holds(copy, content) or place_new(copy, content))


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def write_text(path: PathLike, text: str) -> None:
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_bytes(path: PathLike, content: bytes) -> None:
    with replacing(path) as draft:
        draft.write_bytes(content)


def flush_to_disk(path: PathLike) -> None:
    with open(path, "rb+") as opened:
        os.fsync(opened.fileno())


@contextlib.contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """A new empty hidden file that keeps the target's extension; it is gone at the end."""
    draft = target.with_name(f".draft-{secrets.token_hex(8)}{target.suffix}")
    try:
        _create(draft, target)
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)
    except KeyboardInterrupt:  # a second look: it may have come just before the draft was removed
        draft.unlink(missing_ok=True)
        raise


def _create(draft: Path, target: Path) -> None:
    try:
        open(draft, "xb").close()
    except OSError as error:
        error.filename = str(target)  # nobody has heard of the draft
        raise


@contextlib.contextmanager
def only_one(path: PathLike, refusal: TodError) -> Iterator[None]:
    """Raise `refusal` if another process holds `path`; the lock goes with its process."""
    with open(path, "a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        yield


def sha256_of(path: PathLike) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for data in iter(lambda: stream.read(1 << 20), b""):
            digest.update(data)
    return digest.hexdigest()
