"""Folders that TensorFlow cannot read: it takes the path of a checkpoint for a pattern.

In cubes[1]/ it saves, but then finds nothing to go on from or to load; and where it deletes old
checkpoints, those of cubes1/ fit the pattern.
"""

from __future__ import annotations

from pathlib import Path
from typing import Type

from tod_ros.errors import TodError
from tod_ros.files import PathLike

LETTERS = "*?[\\"


def refuse_pattern(path: PathLike, error: Type[TodError]) -> None:
    """Raise `error` with the folder to rename, if TensorFlow would take `path` for a pattern."""
    for part in Path(path).parts:
        found = next((letter for letter in part if letter in LETTERS), None)
        if found:
            raise error(
                f"{path}: TensorFlow takes the {found} in it for a pattern and cannot read"
                f" checkpoints there; rename {part}, or work in another folder"
            )
