"""Where a new picture of a project goes, and how it gets there.

Pictures are numbered through both splits: <project>/images/train/image001.png, ...,
images/test/image010.png. In `auto` every tenth number is a test picture, so any ten pictures that
follow each other have nine for training and one for the test, whoever takes them.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import List

import numpy as np

from tod_ros.dataset.project import SPLITS, Project, next_number, refuse_links_out
from tod_ros.dataset.project_lock import changing
from tod_ros.errors import ImageNotWritable, ProjectNotWritable, SettingError
from tod_ros.files import make_folder, place_new, remove
from tod_ros.images.image_file import encode
from tod_ros.settings import CaptureSettings
from tod_ros.text import shown

TEST_EVERY = 10
DRAFT_OLD_S = 600.0  # no write takes that long: its writer was killed


@dataclass(frozen=True)
class Stored:
    """A picture that is on the disk."""

    path: Path
    number: int
    split: str


def split_of(number: int) -> str:
    """The split of a picture in `auto`."""
    return "test" if number % TEST_EVERY == 0 else "train"


@dataclass(frozen=True)
class CaptureStore:
    """The pictures of one project; `store` adds one."""

    project: Project
    split: str = "auto"
    prefix: str = "image"
    digits: int = 3
    extension: str = "png"

    def store(self, bgr: np.ndarray) -> Stored:
        """Write a picture under the next free name; safe with others doing so in the folder."""
        content = encode(bgr, self.extension)
        try:
            with changing(self.project):  # so that a number is used in one split only
                return self._place(content)
        except OSError as error:
            raise ImageNotWritable(
                f"{self.project.images_root}: the picture cannot be stored:"
                f" {error.strerror or error}; make room there, or choose another project"
            ) from error

    def _place(self, content: bytes) -> Stored:
        number = next_number([self.project.images_root, *self._folders()], self.prefix)
        while True:
            split = split_of(number) if self.split == "auto" else self.split
            name = f"{self.prefix}{number:0{self.digits}d}.{self.extension}"
            path = self.project.images_dir(split) / name
            if place_new(path, content):
                return Stored(path, number, split)
            number += 1

    def make_folders(self, now: float) -> List[Path]:
        """Make missing folders, remove killed writers' drafts; returns the new folders."""
        refuse_links_out(self.project)
        made = [folder for folder in self._folders() if not folder.is_dir()]
        try:
            for folder in self._folders():
                make_folder(folder)
                _remove_old_drafts(folder, now)
        except OSError as error:
            raise ProjectNotWritable(
                f"{self.project.images_root}: cannot be written: {error.strerror};"
                " choose another project, or change its permissions"
            ) from error
        return made

    def _folders(self) -> List[Path]:
        return [self.project.images_dir(split) for split in SPLITS]


def store_of(settings: CaptureSettings) -> CaptureStore:
    """The store that a capture node's settings name; SettingError where they cannot be."""
    return CaptureStore(
        _project(settings.project),
        settings.split,
        _checked_prefix(settings.prefix),
        settings.digits,
        settings.extension,
    )


def _project(named: str) -> Project:
    if not named:
        raise SettingError(
            "parameter 'project' is not set, name the project's folder, for example"
            " project:=$HOME/cubes",
            "project",
        )
    root = Path(os.path.expanduser(named))
    if not root.is_absolute():
        # a node's working directory is ~/.ros, which nobody means
        raise SettingError(f"parameter 'project' is {named!r}, must begin with / or ~", "project")
    try:
        with contextlib.suppress(FileNotFoundError):
            os.stat(root)
    except (OSError, ValueError) as error:  # a name that no disk takes, a link to itself
        raise SettingError(
            f"parameter 'project' is {shown(named)}, which cannot be a folder"
            f" ({getattr(error, 'strerror', None) or error}); give another name",
            "project",
        ) from None
    if not root.parent.is_dir():
        raise SettingError(
            f"parameter 'project' is {named!r}, but there is no folder {root.parent};"
            " make it first, or mend the name",
            "project",
        )
    return Project(root)


def _checked_prefix(prefix: str) -> str:
    if not re.fullmatch(r"(?!\.)[\w. -]{0,100}", prefix):
        raise SettingError(
            f"parameter 'prefix' is {prefix!r}, must be at most 100 letters, digits, spaces"
            " and _ - . that do not begin with a dot",
            "prefix",
        )
    return prefix


def _remove_old_drafts(folder: Path, now: float) -> None:
    for draft in folder.glob(".draft-*"):
        with contextlib.suppress(FileNotFoundError):
            if now - draft.stat().st_mtime > DRAFT_OLD_S:
                remove(draft)
