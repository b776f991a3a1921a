"""Where a project's files live.

    <workspace>/<project>/images/train/  images/test/  images/{train,test}_labels.csv
    <workspace>/<project>/training/label_map.pbtxt  train.record  test.record  <network>/
    <workspace>/pre-trained/<network>/

The older layout of the course is used where it exists: `images/<project>/...`,
`training/<project>/...` and `pre_trained/`, with `<workspace>/<project>` still the project's name.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Union

from tod_ros.dataset.label_map import LABEL_MAP, LESSON_LABEL_MAP
from tod_ros.errors import ProjectError, ProjectNotFound
from tod_ros.files import PathLike, refuse_link_out
from tod_ros.text import did_you_mean

SPLITS = ("train", "test")
PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Project:
    """The paths of one project; nothing is read or made until it is asked for."""

    root: Path

    def __init__(self, root: Union[str, PathLike]):
        object.__setattr__(self, "root", Path(root))

    @property
    def name(self) -> str:
        return Path(os.path.abspath(self.root)).name

    @property
    def workspace(self) -> Path:
        return Path(os.path.normpath(self.root / ".."))

    @property
    def is_older_layout(self) -> bool:
        if (self.root / "images").is_dir():
            return False
        return any((self.workspace / part / self.name).is_dir() for part in ("images", "training"))

    @property
    def exists(self) -> bool:
        return (self.root / "images").is_dir() or self.is_older_layout

    @property
    def images_root(self) -> Path:
        """The folder of train/ and test/, and of pictures that have no place yet."""
        return self._part("images")

    def images_dir(self, split: str) -> Path:
        return self.images_root / split

    def csv_path(self, split: str) -> Path:
        return self.images_root / f"{split}_labels.csv"

    def coco_path(self, split: str) -> Path:
        return self.images_root / f"{split}_coco.json"

    @property
    def place_path(self) -> Path:
        """Where the camera's calibration lies: beside the pictures."""
        return (self.root if self.root.is_dir() else self.images_root) / "place.yaml"

    @property
    def training_dir(self) -> Path:
        return self._part("training")

    @property
    def label_map_path(self) -> Path:
        """label_map.pbtxt; where only the lesson's label_map.txt is there, that one."""
        lesson = self.training_dir / LESSON_LABEL_MAP
        path = lesson.with_name(LABEL_MAP)
        return lesson if lesson.is_file() and not path.exists() else path

    def record_path(self, split: str) -> Path:
        return self.training_dir / f"{split}.record"

    def record_paths(self, split: str) -> List[Path]:
        """The one record, or a whole set of its shards `train.record-00000-of-00004`."""
        single = self.record_path(split)
        if single.is_file():
            return [single]
        shards = self.record_files(split)
        by_total: Dict[str, List[Path]] = {}
        for shard in shards:
            by_total.setdefault(shard.name[-5:], []).append(shard)
        whole = [found for total, found in by_total.items() if len(found) == int(total)]
        return whole[0] if whole else []

    def record_files(self, split: str) -> List[Path]:
        """Every record file of a split, whole set or not."""
        pattern = re.compile(rf"{split}\.record(-\d{{5}}-of-\d{{5}})?")
        if not self.training_dir.is_dir():
            return []
        return sorted(p for p in self.training_dir.iterdir() if pattern.fullmatch(p.name))

    def network_dir(self, network: str) -> Path:
        """Where a network is trained: its pipeline.config, runs and saved models."""
        return self.training_dir / network

    @property
    def pre_trained_dir(self) -> Path:
        return pre_trained_dir(self.workspace)

    def _part(self, part: str) -> Path:
        return self.workspace / part / self.name if self.is_older_layout else self.root / part


def pre_trained_dir(workspace: Path) -> Path:
    """Where a workspace keeps the networks of the zoo."""
    older, newer = workspace / "pre_trained", workspace / "pre-trained"
    return older if older.is_dir() and not newer.is_dir() else newer


def open_project(root: PathLike) -> Project:
    """The project at `root`; ProjectError with the way out where there is none."""
    project = Project(root)
    if project.exists:
        refuse_links_out(project)
        return project
    near = _projects_near(project)
    hint = did_you_mean(str(project.root), near) if near else ""
    raise ProjectNotFound(
        f"{root}: no such project{hint}; `tod init {root} --class NAME` makes one"
    )


def refuse_links_out(project: Project) -> None:
    """ProjectError if a folder that is written to is a link to somewhere else.

    A project may come from anybody, in an archive; what it makes us write stays inside of it.
    """
    outer = project.workspace if project.is_older_layout else project.root
    folders = [project.images_root, *(project.images_dir(split) for split in SPLITS)]
    folders += [project.training_dir, project.root / "evaluation"]
    for above, names, _ in os.walk(project.training_dir):
        folders += [
            Path(above, name) for name in names if os.path.islink(os.path.join(above, name))
        ]
    for folder in folders:
        refuse_link_out(folder, outer, ProjectError)


def pictures(folder: PathLike) -> List[Path]:
    """The pictures of one folder, by name; a folder that is not there has none."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if is_picture_name(entry.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be listed ({error.strerror})") from None
    return [Path(folder) / name for name in names]


def is_picture_name(name: str) -> bool:
    return name.lower().endswith(PICTURE_EXTENSIONS) and not name.startswith(".")


def next_number(folders: List[Path], prefix: str) -> int:
    """One more than the highest number behind `prefix` in the folders; 1 where there is none.

    More than nine digits are no number of ours, but a date or so: they would not fit a message.
    """
    pattern = re.compile(re.escape(prefix) + r"(\d{1,9})\.\w+")
    highest = 0
    for folder in folders:
        if folder.is_dir():
            for name in os.listdir(folder):
                match = pattern.fullmatch(name)
                highest = max(highest, int(match.group(1)) if match else 0)
    return highest + 1


def _projects_near(missing: Project) -> List[str]:
    """Projects beside the missing one, or inside it where a workspace was named."""
    found: List[str] = []
    for folder in (missing.workspace, missing.root):
        for images in (folder / "images", folder):
            if images.is_dir():
                found += [
                    str(folder / entry.name)
                    for entry in sorted(images.iterdir())
                    if entry.is_dir() and _looks_like_project(folder / entry.name)
                ]
    return found


def _looks_like_project(root: Path) -> bool:
    return Project(root).exists
