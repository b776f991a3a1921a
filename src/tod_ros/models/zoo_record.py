"""What was fetched from the zoo, and whether it is still as it was."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, Dict, List

from tod_ros.errors import ZooError
from tod_ros.files import read_json, sha256_of
from tod_ros.text import one_line

RECORD = "zoo.json"


def read_record(pre_trained: Path) -> Dict[str, Any]:
    """What was downloaded before, by name."""
    path = pre_trained / RECORD
    try:
        record = read_json(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        fault = one_line(getattr(error, "strerror", None) or error)
        raise ZooError(f"{path}: cannot be read ({fault}); remove it") from None
    if not isinstance(record, dict) or not all(map(_is_entry, record.values())):
        raise ZooError(f"{path}: is not what `tod zoo get` wrote; remove it")
    return record


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("sha256", ""), str):
        return False
    files = entry.get("files", {})
    return isinstance(files, dict) and all(
        isinstance(sha256, str) and "\0" not in name and is_inside(name)
        for name, sha256 in files.items()
    )


def is_inside(name: str) -> bool:
    """Whether a relative path stays below where it begins."""
    return not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts


def damaged_files(folder: Path, recorded: Dict[str, Any]) -> List[str]:
    """Files of a network that are gone or not as they were unpacked."""
    return [
        name
        for name, sha256 in sorted(recorded.get("files", {}).items())
        if not (folder / name).is_file() or sha256_of(folder / name) != sha256
    ]
