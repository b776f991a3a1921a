"""What was fetched from the zoo, and whether it is still as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

from tod_ros.errors import ZooError
from tod_ros.files import sha256_of

RECORD = "zoo.json"


def read_record(pre_trained: Path) -> Dict[str, Any]:
    """What was downloaded before, by name."""
    path = pre_trained / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ZooError(f"{path}: cannot be read ({error}); remove it") from None
    if not isinstance(record, dict) or not all(isinstance(r, dict) for r in record.values()):
        raise ZooError(f"{path}: is not what `tod zoo get` wrote; remove it")
    return record


def damaged_files(folder: Path, recorded: Dict[str, Any]) -> List[str]:
    """Files of a network that are gone or not as they were unpacked."""
    return [
        name
        for name, sha256 in sorted(recorded.get("files", {}).items())
        if not (folder / name).is_file() or sha256_of(folder / name) != sha256
    ]
