"""Where Python would import the Object Detection API from, found without importing it.

The course's ~/.bashrc puts a clone of tensorflow/models on PYTHONPATH. Its `object_detection` and
`official` then come before the packages that the set-up installed, and do not fit the TensorFlow
that is installed beside those.
"""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import List, Mapping, Optional, Sequence, Tuple

from tod_ros.errors import RuntimeMissingError
from tod_ros.files import open_plain
from tod_ros.text import one_line

# What is imported, and the package of PyPI that holds it.
PACKAGES = {
    "object_detection": "tf-models-research-object-detection",
    "official": "tf-models-official",
}
STARTUP_FILES = (".bashrc", ".bash_profile", ".profile", ".bash_aliases", ".zshrc", ".zshenv")
MOST_BYTES = 1_000_000  # of a startup file


@dataclass(frozen=True)
class Shadow:
    """A folder on Python's path that hides an installed package."""

    package: str
    folder: Path  # the entry of PYTHONPATH

    def __str__(self) -> str:
        return (
            f"{self.folder}, on PYTHONPATH, has its own {self.package}, which hides the"
            f" installed {PACKAGES[self.package]}"
        )


def find_shadows() -> List[Shadow]:
    """The clones that would be imported instead of what the set-up installed."""
    found = []
    for package, distribution in PACKAGES.items():
        folder, installed = _importable_from(package), _installed_in(distribution)
        if folder is None or folder == installed:
            continue
        if installed is not None or folder in _python_path(os.environ):
            found.append(Shadow(package, folder))
    return found


def _importable_from(package: str) -> Optional[Path]:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):  # blocked, or imported in a strange way
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(os.path.realpath(next(iter(spec.submodule_search_locations)))).parent


def _installed_in(distribution: str) -> Optional[Path]:
    try:
        return Path(os.path.realpath(str(metadata.distribution(distribution).locate_file(""))))
    except metadata.PackageNotFoundError:
        return None


def _python_path(environment: Mapping[str, str]) -> List[Path]:
    entries = environment.get("PYTHONPATH", "").split(os.pathsep)
    return [Path(os.path.realpath(entry)) for entry in entries if entry]


def mend_of(shadows: Sequence[Shadow], home: Optional[Path] = None) -> str:
    """Which line of which startup file to take out; else which folders of PYTHONPATH."""
    folders = list(dict.fromkeys(shadow.folder for shadow in shadows))
    lines = python_path_lines(Path.home() if home is None else home)
    guilty = [line for line in lines if any(folder.name in line[2] for folder in folders)] or lines
    named = " and ".join(map(str, folders))
    if not guilty:
        return f"take {named} out of PYTHONPATH (`unset PYTHONPATH` in this terminal)"
    told = " and ".join(f"line {number} of {path} (`{text}`)" for path, number, text in guilty)
    return f"take out {told}, then open a new terminal"


def python_path_lines(home: Path) -> List[Tuple[Path, int, str]]:
    """The lines of a shell's startup files that set PYTHONPATH."""
    found = []
    for path in (home / name for name in STARTUP_FILES):
        try:
            with open_plain(path) as opened:
                lines = opened.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
        except OSError:
            continue
        for number, line in enumerate(lines, start=1):
            if re.match(r"[^#]*\bPYTHONPATH=", line):
                found.append((path, number, one_line(line)))
    return found


def check_source() -> None:
    """Refuse a clone before anything of it is imported."""
    shadows = find_shadows()
    if shadows:
        told = " and ".join(map(str, shadows))
        raise RuntimeMissingError(f"{told}; {mend_of(shadows)}")
