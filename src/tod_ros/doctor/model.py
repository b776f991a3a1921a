"""Checks a model folder without loading it: hashes of its files, operations of its graph."""

from __future__ import annotations

from pathlib import Path
from typing import List, Mapping, Optional

from tod_ros.dataset.label_map import LabelMap
from tod_ros.doctor.finding import Finding, hint, ok, wrong
from tod_ros.errors import LabelMapError, ModelError
from tod_ros.files import PathLike
from tod_ros.models.folder import (
    ModelFolder,
    check_hashes,
    read_model_folder,
    sum_of,
    unvouched_files,
)
from tod_ros.models.graph_file import OF_THE_SAVER, graph_file, read_operations
from tod_ros.models.operations import touching
from tod_ros.text import shown

MOST_NAMED = 3


def check_model_files(folder: PathLike, label_map_path: Optional[PathLike] = None) -> List[Finding]:
    """What its files and its graphs show; with something wrong in it the model is not to be run."""
    try:
        found = read_model_folder(folder, label_map_path)
    except (ModelError, LabelMapError) as error:
        return [wrong("model", str(error))]
    findings: List[Finding] = []
    for part in (found.saved_model, found.tflite):
        if part is not None:
            findings += [_files(found, part), *_operations(part)]
    return findings


def check_classes(model: LabelMap, project: LabelMap) -> List[Finding]:
    """A hint where the model cannot find what the project is about."""
    lacking = [name for name in project.names.values() if name not in model.ids]
    if not lacking:
        return []
    more = f" and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
    named = ", ".join(map(shown, lacking[:MOST_NAMED])) + more
    text = (
        f"does not know {named}, {len(lacking)} of the project's {len(project)} classes, and finds"
        " none of their objects; train with the project's records and export, or name another model"
    )
    return [hint("model", text)]


def _files(found: ModelFolder, part: Path) -> Finding:
    about = f"files of {part.name}"
    try:
        check_hashes(found, part)
        unknown = [(path, sum_of(path)) for path in unvouched_files(found, part)]
    except ModelError as error:
        return wrong(about, str(error))
    except OSError as error:
        return wrong(about, f"{error.filename}: cannot be read ({error.strerror})")
    if not unknown:
        return ok(about, "each is as its sha256 sum says")
    named = ", ".join(f"{path.name} ({digest[:16]}...)" for path, digest in unknown[:MOST_NAMED])
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    return hint(
        about,
        f"no sha256 sum vouches for {named}{more}; use them only if you trust who made them",
    )


def _operations(part: Path) -> List[Finding]:
    about = f"operations of {part.name}"
    try:
        operations = read_operations(graph_file(part))
    except ModelError as error:
        return [wrong(about, str(error))]
    found = touching(operations)
    mend = "the model is not loaded; use it only if you know what it does that for"
    if found:
        return [
            wrong(about, f"{kind}: {_counted(names, operations)}", mend)
            for kind, names in found.items()
        ]
    if part.suffix == ".tflite":
        own = f", besides LiteRT's own: {', '.join(sorted(operations))}" if operations else ""
        return [ok(about, f"none touches files or the network{own}")]
    text = f"{len(operations)} kinds, none touches files or the network"
    saver = [name for name in OF_THE_SAVER if name in operations]
    if saver:
        text += f", but for {', '.join(saver)}, with which variables are saved and restored"
    return [ok(about, text)]


def _counted(names: List[str], operations: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({operations[name]})" for name in names)
