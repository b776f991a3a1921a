"""Unpacks a .tar.gz from a stranger: nothing outside its folder, nothing but plain files."""

from __future__ import annotations

import errno
import gzip
import os
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Callable, cast

from tod_ros.errors import ZooError
from tod_ros.files import flush_to_disk, make_folder, open_plain

MAX_BYTES = 8 * 1024**3  # the largest network of the zoo is near 1.5 GB
MOST_TIMES = 200  # its own size; the weights of a network hardly shrink at all
LEAST_LIMIT = 64 * 1024**2
MOST_SINGLE_BYTES = 100_000  # that gzip reads one by one: names in its headers, and padding
MAX_MEMBERS = 1_000  # a network has about ten
_NAMED_BADLY = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL)
MAX_READ = 4 * 1024**2  # no header of an honest archive is near this


def unpack(
    archive: Path,
    into: Path,
    *,
    folder: str,
    called: str = "",
    max_bytes: int = MAX_BYTES,
    on_bytes: Callable[[int], Any] = lambda n: None,
) -> None:
    """Unpack `archive`, which must hold the one folder `folder`, into the folder `into`.

    Raises ZooError, which names `called` (where the archive came from), for whatever an archive of
    a network has no reason to hold; `into` may then hold a part of it and is the caller's to
    remove. A full disk is an OSError: the archive is good.

    It is long because each kind of member is refused by name.
    """
    called = called or str(archive)
    max_bytes = min(max_bytes, max(LEAST_LIMIT, MOST_TIMES * archive.stat().st_size))
    try:
        with open_plain(archive) as given, gzip.open(
            cast(BinaryIO, _Unpadded(given)), "rb"
        ) as stream:
            bounded = _Bounded(cast(IO[bytes], stream), max_bytes, on_bytes)
            with tarfile.open(fileobj=bounded, mode="r:") as members:  # type: ignore[call-overload]
                for number, member in enumerate(members):
                    if number >= MAX_MEMBERS:
                        raise _Refused(f"over {MAX_MEMBERS} files")
                    _unpack_member(members, member, into, folder, max_bytes)
                    members.members = []  # what tarfile remembers of each would add up
            while bounded.read(1 << 20):  # to the end, where gzip's own checksum is
                pass
    except _Refused as refused:
        raise ZooError(f"{called}: {refused}; this is no network of the zoo") from None
    except EOFError:
        raise ZooError(f"{called}: the archive is cut off; get it again") from None
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, RecursionError) as error:
        raise ZooError(f"{called}: broken archive ({error}); get it again") from None
    except (ValueError, OverflowError, LookupError, TypeError, AttributeError) as error:
        raise ZooError(f"{called}: broken archive ({error}); get it again") from None
    except OSError as error:
        if error.errno not in _NAMED_BADLY:
            raise
        raise ZooError(f"{called}: cannot be unpacked ({error.strerror}); get it again") from None


class _Refused(Exception):
    pass


class _Unpadded:
    """A gzip file, of which zeros behind the archive are refused: gzip reads them one by one."""

    def __init__(self, stream: BinaryIO):
        self._stream, self._singles = stream, 0

    def read(self, size: int = -1) -> bytes:
        self._singles += size == 1
        if self._singles > MOST_SINGLE_BYTES:
            raise _Refused("padded with zeros")
        return self._stream.read(size)


class _Bounded:
    """A stream that refuses to give more in all, or at a time, than an honest archive needs."""

    def __init__(self, stream: IO[bytes], max_bytes: int, on_bytes: Callable[[int], Any]):
        self._stream = stream
        self._max_bytes = max_bytes
        self._on_bytes = on_bytes

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MAX_READ:
            raise _Refused("a header larger than any honest one")
        data = self._stream.read(size)
        self._check(self._stream.tell())
        self._on_bytes(len(data))
        return data

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, position: int) -> int:
        self._check(position)
        return self._stream.seek(position)

    def _check(self, position: int) -> None:
        if position > self._max_bytes:
            raise _Refused(f"unpacks to over {self._max_bytes / 1024**3:.1f} GB")


def _unpack_member(
    members: tarfile.TarFile, member: tarfile.TarInfo, into: Path, folder: str, max_bytes: int
) -> None:
    path = PurePosixPath(member.name)
    if path == PurePosixPath("."):
        return
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
        raise _Refused(f"holds {member.name!r}, a path outside its folder")
    if path.parts[0] != folder:
        raise _Refused(f"holds {member.name!r}, not only the folder {folder!r}")
    target = into.joinpath(*path.parts)
    if member.isdir():
        make_folder(target)
    elif member.isreg() and not member.issparse():
        if member.size > max_bytes:
            raise _Refused(f"unpacks to over {max_bytes / 1024**3:.1f} GB")
        make_folder(target.parent)
        _write_member(members, member, target)
    else:
        raise _Refused(f"holds {member.name!r}, which is a link, a device or the like")


def _write_member(members: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = members.extractfile(member)
    if source is None:
        raise _Refused(f"holds {member.name!r}, which has no content")
    if os.path.lexists(target):
        raise _Refused(f"holds {member.name!r} twice")
    written = 0
    with open(target, "xb") as out:
        for data in iter(lambda: source.read(1 << 20), b""):
            written += out.write(data)
    if written != member.size:
        raise EOFError
    flush_to_disk(target)
