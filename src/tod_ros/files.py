"""The one place that opens, makes, replaces and removes files.

What is read is a plain file, up to a bound: a pipe or a device would hang, a folder is none. What
is written appears complete or not at all, or goes on in a plain file that nobody else's name leads
to. No link is followed to a file that is written, and none out of a project (`refuse_link_out`).
`test/unit/test_security.py` finds what goes round this module.

It is long because nothing else in this package may touch files.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, Callable, Iterator, Type, Union

from tod_ros.errors import TodError

PathLike = Union[str, "os.PathLike[str]"]
MAX_TEXT_BYTES = 16_000_000  # of a text that this package or a person wrote
# What a disk without hard links answers: FAT, exFAT, the shared folder of a virtual machine
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a link",
}


def open_plain(path: PathLike, *, follow: bool = True) -> BinaryIO:
    """Open a plain file to read it; OSError for what is none. `follow`: a link to one will do."""
    # Asked before too: merely to open a device can do something
    _check_plain(os.stat(path, follow_symlinks=follow), path)
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    return _as_file(handle, path, "rb")


def open_in_place(path: PathLike, *, append: bool = False) -> BinaryIO:
    """Open a file to go on writing in it, made where there is none: a log, a lock, a download.

    A link, and a file that has a second name, are refused: what they hold is somebody else's.
    """
    with contextlib.suppress(FileNotFoundError):
        _check_plain(os.lstat(path), path)
    flags = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(path, flags | os.O_APPEND if append else flags, 0o666)
    opened = _as_file(handle, path, "ab" if append else "rb+")
    if os.fstat(handle).st_nlink > 1:
        opened.close()
        raise OSError(errno.EINVAL, "has a second name elsewhere; remove it", str(path))
    return opened


def _as_file(handle: int, path: PathLike, mode: str) -> BinaryIO:
    try:
        _check_plain(os.fstat(handle), path)
        return os.fdopen(handle, mode, buffering=0 if mode == "ab" else -1)  # type: ignore
    except BaseException:
        os.close(handle)
        raise


def _check_plain(status: os.stat_result, path: PathLike) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise OSError(errno.EINVAL, f"is {kind}, not a file", str(path))


def read_bounded(
    path: PathLike,
    most_bytes: int,
    fault: Callable[[str], Exception],
    too_large: str,
    *,
    follow: bool = True,
) -> bytes:
    """The bytes of a file that may come from anybody: of one over the bound no more is read.

    `fault` makes an error of what is wrong; `too_large` names the bound and the way out.
    """
    try:
        with open_plain(path, follow=follow) as opened:
            is_small = os.fstat(opened.fileno()).st_size <= most_bytes
            content = opened.read(most_bytes + 1) if is_small else b""
    except OSError as error:
        raise fault(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:
        raise fault(f"{path}: cannot be read (a zero byte is in its name)") from None
    if not is_small or len(content) > most_bytes:
        raise fault(f"{path}: over {too_large}")
    return content


def read_bytes(path: PathLike, most_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """The bytes of a plain file that is not over the bound; OSError otherwise."""
    with open_plain(path) as opened:
        content = opened.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"is over {most_bytes / 1e6:g} MB", str(path))
    return content


def read_text(path: PathLike, most_bytes: int = MAX_TEXT_BYTES, errors: str = "strict") -> str:
    return read_bytes(path, most_bytes).decode("utf-8", errors)


def read_json(path: PathLike, most_bytes: int = MAX_TEXT_BYTES) -> Any:
    """The value in a JSON file; ValueError for whatever is none, nested too deeply, too long."""
    try:
        return json.loads(read_text(path, most_bytes))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def sha256_of(path: PathLike) -> str:
    digest = hashlib.sha256()
    with open_plain(path) as stream:
        for data in iter(lambda: stream.read(1 << 20), b""):
            digest.update(data)
    return digest.hexdigest()


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
    content = read_bytes(original)
    endings = itertools.chain([""], (f".{number}" for number in itertools.count(2)))
    copies = (original.with_name(f"{original.name}.before{ending}") for ending in endings)
    return next(copy for copy in copies if _holds(copy, content) or place_new(copy, content))


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and not path.is_symlink() and read_bytes(path) == content


def write_text(path: PathLike, text: str) -> None:
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: PathLike, content: bytes) -> None:
    with replacing(path) as draft:
        draft.write_bytes(content)


def copy_file(source: PathLike, target: PathLike) -> None:
    """Copy a plain file, never what a link leads to."""
    with open_plain(source, follow=False) as given, replacing(target) as draft, open(
        draft, "wb"
    ) as out:
        shutil.copyfileobj(given, out, 1 << 20)


def move(source: PathLike, target: PathLike) -> None:
    os.rename(source, target)


def set_aside(path: PathLike) -> Path:
    """Rename what cannot be read to `<name>.broken`, or `.broken1` and so on; returns the name."""
    endings = itertools.chain([""], map(str, itertools.count(1)))
    names = (Path(f"{os.fspath(path)}.broken{ending}") for ending in endings)
    aside = next(name for name in names if not os.path.lexists(name))
    os.rename(path, aside)
    return aside


def remove(path: PathLike) -> None:
    """Remove a file, or a link and not what it leads to; nothing where there is none."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def remove_tree(folder: PathLike) -> None:
    """Remove a folder with all in it, entering no link; of a link, or a file, only that itself."""
    if os.path.islink(folder) or not os.path.isdir(folder):
        remove(folder)  # rmtree would hang on a pipe
    else:
        shutil.rmtree(folder)


def make_folder(folder: PathLike) -> Path:
    """Make a folder, and those above it, where they are missing."""
    os.makedirs(folder, exist_ok=True)
    return Path(folder)


def draft_folder(beside: Path) -> Path:
    """A new hidden folder beside `beside`, which is the caller's to rename or remove."""
    return Path(tempfile.mkdtemp(prefix=".draft-", dir=beside.parent))


def refuse_link_out(folder: PathLike, root: PathLike, error: Type[TodError]) -> None:
    """Raise `error` if `folder`, somewhere below `root`, is reached by a link that leads out."""
    if leads_out(folder, root):
        raise error(
            f"{folder}: is a link to another folder, outside of {root}; put the folder itself there"
        )


def leads_out(path: PathLike, root: PathLike) -> bool:
    inside = os.path.realpath(root)
    return os.path.commonpath([inside, os.path.realpath(path)]) != inside


def flush_to_disk(path: PathLike) -> None:
    with open(path, "rb+") as opened:
        os.fsync(opened.fileno())


@contextlib.contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """A new empty hidden file that keeps the target's extension; it is gone at the end."""
    draft = target.with_name(f".draft-{secrets.token_hex(8)}{target.suffix[:20]}")
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
