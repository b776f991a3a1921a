"""Gives every picture its place in train/ or test/, the same place for the same seed.

A picture that has its place keeps it. Those in images/ itself have none yet; where nothing is
there and test/ is empty, neither have those in train/.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Tuple

from tod_ros.dataset.formats.masks_json import ENDING, masks_path
from tod_ros.dataset.project import SPLITS, Project, pictures
from tod_ros.dataset.project_lock import changing
from tod_ros.errors import Faults, ProjectError, ProjectNotWritable, SeveralErrors
from tod_ros.files import make_folder, move


@dataclass(frozen=True)
class Split:
    """How many pictures moved to each place, and how many are there now."""

    moved: Dict[str, int]
    total: Dict[str, int]


def split(project: Project, *, test_share: float = 0.1, seed: int = 0) -> Split:
    """Move the pictures that have no place yet, each with its XML and its masks."""
    if not 0 <= test_share < 1:
        raise ProjectError(f"--test is {test_share:g}, must be from 0 to under 1")
    if not project.images_root.is_dir():
        raise ProjectError(f"{project.images_root}: no pictures to split")
    with changing(project):  # no save of an annotation page comes between a picture and its XML
        return _split(project, test_share, seed)


def _split(project: Project, test_share: float, seed: int) -> Split:
    placed = {name: pictures(project.images_dir(name)) for name in SPLITS}
    loose = pictures(project.images_root)
    if not loose and not placed["test"]:
        loose, placed["train"] = placed["train"], []
    if not loose and not placed["train"]:
        raise ProjectError(f"{project.images_root}: no pictures to split")
    places = assign(loose, len(placed["train"]), len(placed["test"]), test_share, seed)
    moves = [
        move
        for picture in loose
        for move in _moves(picture, project.images_dir(places[picture.name]))
    ]
    moves += _left_behind(project, loose)
    _refuse_collisions(moves)
    try:
        for name in SPLITS:
            make_folder(project.images_dir(name))
        for source, target in moves:
            move(source, target)
    except OSError as error:
        raise ProjectNotWritable(f"{error.filename}: cannot be moved ({error.strerror})") from None
    moved = {name: list(places.values()).count(name) for name in SPLITS}
    return Split(moved, {name: len(placed[name]) + moved[name] for name in SPLITS})


def assign(
    loose: List[Path], in_train: int, in_test: int, test_share: float, seed: int
) -> Dict[str, str]:
    """The place of each loose picture, by its name: what depends on chance depends on the seed.

    With two pictures or more, a share over 0 gives the test set at least one, and the
    training set keeps one.
    """
    total = len(loose) + in_train + in_test
    wanted = int(total * test_share + 0.5)
    if test_share > 0 and total > 1:
        wanted = max(1, wanted)
    wanted = min(wanted, total - 1)
    missing = min(max(0, wanted - in_test), len(loose))
    drawn = sorted((picture.name for picture in loose), key=lambda name: _lot(seed, name))
    tested = set(drawn[:missing])
    return {p.name: "test" if p.name in tested else "train" for p in loose}


def _lot(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogateescape")).digest()


def _moves(picture: Path, folder: Path) -> List[Tuple[Path, Path]]:
    """The picture first: an XML that an interruption left behind finds it again."""
    if picture.parent == folder:
        return []
    beside = (picture.with_suffix(".xml"), masks_path(picture))
    files = [picture, *(path for path in beside if path.is_file())]
    return [(path, folder / path.name) for path in files]


def _left_behind(project: Project, loose: List[Path]) -> List[Tuple[Path, Path]]:
    """Files beside pictures that an earlier, interrupted split has moved already."""
    folder = project.images_root
    if not folder.is_dir():
        return []
    waiting = {picture.stem for picture in loose}
    homes = {p.stem: p.parent for name in SPLITS for p in pictures(project.images_dir(name))}
    return [
        (path, homes[stem] / path.name)
        for ending in (".xml", ENDING)
        for path in sorted(folder.glob(f"*{ending}"))
        for stem in (path.name[: -len(ending)],)
        if stem not in waiting and stem in homes
    ]


def _refuse_collisions(moves: List[Tuple[Path, Path]]) -> None:
    faults = Faults()
    taken: Dict[Path, Path] = {}
    for source, target in moves:
        if target.exists():
            faults.add(ProjectError(f"{source}: {target} exists already; rename one of them"))
        stem = target.with_suffix("")
        other = taken.setdefault(stem, source)
        if other.suffix.lower() != ".xml" and source.suffix.lower() != ".xml" and other != source:
            faults.add(ProjectError(f"{source}: shares its XML with {other}; rename one of them"))
    if faults:
        raise SeveralErrors(faults.told())
