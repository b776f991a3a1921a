"""Which model proposes where the user names none."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from tod_ros.dataset import Project


def last_export(project: Project) -> Optional[Path]:
    """The model folder that `tod export` wrote last for this project."""
    found = [path for path in project.training_dir.glob("*/*/model.json") if path.is_file()]
    newest = max(found, key=lambda path: (path.stat().st_mtime_ns, str(path)), default=None)
    return newest.parent if newest is not None else None
