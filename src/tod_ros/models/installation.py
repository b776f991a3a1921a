"""Gets a network of the zoo into pre-trained/: whole under its name, or not at all.

pre-trained/<NAME>/                        the network
pre-trained/zoo.json                       what was downloaded, its sha256, and that of each file
pre-trained/.<NAME>.tar.gz.part            an unfinished download
pre-trained/.<NAME>.unpacking/             an unfinished network, worth nothing
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional

from tod_ros.dataset.locks import only_one
from tod_ros.errors import ZooError, ZooNotWritable
from tod_ros.files import make_folder, move, refuse_link_out, remove_tree, sha256_of, write_text
from tod_ros.models.download import download, forget
from tod_ros.models.networks import is_network
from tod_ros.models.unpacking import unpack
from tod_ros.models.zoo_record import RECORD, damaged_files, read_record
from tod_ros.text import Progress, unheard


@dataclass(frozen=True)
class Installed:
    """A network that is there, and whether it had to be fetched."""

    folder: Path
    sha256: str
    fetched: bool


def get(
    name: str,
    url: str,
    pre_trained: Path,
    *,
    sha256: Optional[str] = None,
    on_bytes: Progress = unheard,
) -> Installed:
    """Fetch, check and unpack `name` unless it is there; then check that it is still as it was."""
    _check_arguments(name, sha256)
    folder = pre_trained / name
    try:
        refuse_link_out(pre_trained, pre_trained.parent, ZooError)
        make_folder(pre_trained)
        busy = ZooError(f"{name}: another `tod zoo get` is fetching it already")
        with only_one(pre_trained / f".{name}.lock", busy):  # two would spoil one `.part` file
            recorded = read_record(pre_trained).get(name, {})
            if folder.exists():
                return _check_installed(folder, recorded, sha256)
            return _install(name, url, pre_trained, sha256, recorded, on_bytes)
    except OSError as error:
        raise ZooNotWritable(
            f"{error.filename or pre_trained}: cannot be written ({error.strerror})"
        ) from None


def _check_arguments(name: str, sha256: Optional[str]) -> None:
    if not re.fullmatch(r"\w[\w.+-]*", name):
        raise ZooError(f"{name!r} is no name of a network")
    if sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise ZooError(f"--sha256 is {sha256!r}, must be 64 hexadecimal digits")


def _check_installed(folder: Path, recorded: Dict[str, Any], sha256: Optional[str]) -> Installed:
    mend = f"remove {folder} and get it again"
    if not is_network(folder):
        raise ZooError(
            f"{folder}: is there, but holds no pipeline.config with a checkpoint/; {mend}"
        )
    damaged = damaged_files(folder, recorded)
    if damaged:
        raise ZooError(f"{folder}: changed since it was downloaded: {', '.join(damaged)}; {mend}")
    before = recorded.get("sha256", "")
    if sha256 and sha256.lower() != before:
        found = f"was downloaded with sha256 {before}" if before else "was not downloaded by tod"
        raise ZooError(f"{folder}: {found}, not {sha256.lower()}; {mend}")
    return Installed(folder, before, fetched=False)


def _install(
    name: str,
    url: str,
    pre_trained: Path,
    sha256: Optional[str],
    recorded: Dict[str, Any],
    on_bytes: Progress,
) -> Installed:
    """It is long because what was there stays until the new one is whole."""
    part = pre_trained / f".{name}.tar.gz.part"
    unpacking = pre_trained / f".{name}.unpacking"
    remove_tree(unpacking)
    download(url, part, on_bytes=on_bytes)
    found = sha256_of(part)
    _check_sha256(url, part, found, sha256, recorded)
    try:
        make_folder(unpacking)
        unpack(part, unpacking, folder=name, called=url)
        if not is_network(unpacking / name):
            raise ZooError(
                f"{url}: the archive holds no {name}/pipeline.config with {name}/checkpoint/; this"
                " is no network of the zoo"
            )
        files = _hash_files(unpacking / name)
        record = {**read_record(pre_trained), name: {"url": url, "sha256": found, "files": files}}
        write_text(pre_trained / RECORD, json.dumps(record, indent=1, sort_keys=True) + "\n")
        move(unpacking / name, pre_trained / name)
    except ZooError:
        forget(part)  # it would fail the same way again
        raise
    finally:
        remove_tree(unpacking)
    forget(part)
    return Installed(pre_trained / name, found, fetched=True)


def _check_sha256(
    url: str, part: Path, found: str, wanted: Optional[str], recorded: Dict[str, Any]
) -> None:
    if wanted is not None and found != wanted.lower():
        forget(part)
        raise ZooError(f"{url}: has sha256 {found}, not {wanted.lower()}; nothing was unpacked")
    before = recorded.get("sha256")
    if wanted is None and before and recorded.get("url") == url and found != before:
        forget(part)
        raise ZooError(
            f"{url}: has sha256 {found}, but had {before} last time; nothing was unpacked. If you"
            f" trust the new one, say --sha256 {found}"
        )


def _hash_files(folder: Path) -> Dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
