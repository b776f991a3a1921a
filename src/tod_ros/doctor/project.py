"""A project: its folders, label map, pictures and annotations, as `tod convert` checks them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Tuple

from tod_ros.annotate.coach import Advice
from tod_ros.annotate.examine import examine
from tod_ros.annotate.proposals import Propose
from tod_ros.dataset.checks import check_project
from tod_ros.dataset.label_map import LabelMap, read_label_map
from tod_ros.dataset.project import SPLITS, Project, pictures
from tod_ros.dataset.samples import read_project
from tod_ros.doctor.finding import Finding, hint, ok, wrong
from tod_ros.errors import LabelMapError, ProjectError
from tod_ros.models.checkpoint_paths import refuse_pattern

MOST_NAMED = 5  # pictures that one hint names


def check_data(project: Project) -> List[Finding]:
    """The label map, then every picture and annotation against it."""
    label_map, finding = check_label_map(project)
    findings = [finding, *check_folders(project), *check_splits(project)]
    if label_map is None:
        return findings
    faults = check_project(project, label_map)
    findings += [wrong("data", str(fault)) for fault in faults]
    if not faults:
        findings.append(ok("data", "every picture and annotation fits"))
    return findings


def check_label_map(project: Project) -> Tuple[Optional[LabelMap], Finding]:
    try:
        label_map = read_label_map(project.label_map_path)
    except LabelMapError as error:
        return None, wrong("label map", str(error))
    classes = ", ".join(f"{number} {name}" for number, name in label_map.names.items())
    return label_map, ok("label map", classes)


def may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def check_folders(
    project: Project, may_write: Callable[[Path], bool] = may_write
) -> Iterator[Finding]:
    """Those that nobody may write to, or TensorFlow cannot read.

    One that is not there yet is made by who needs it.
    """
    for folder in (project.images_root, project.training_dir):
        if folder.is_dir() and not may_write(folder):
            mend = "change its permissions, or work on a copy of the project"
            yield wrong("folder", f"{folder} cannot be written to", mend)
    try:
        refuse_pattern(os.path.abspath(project.training_dir), ProjectError)
    except ProjectError as error:
        yield wrong("folder", str(error))


def check_splits(project: Project) -> Iterator[Finding]:
    counts = {split: len(pictures(project.images_dir(split))) for split in SPLITS}
    for split, number in counts.items():
        if number:
            yield ok(f"{split} pictures", str(number))
        else:
            yield wrong(
                f"{split} pictures",
                f"none in {project.images_dir(split)}",
                f"annotate some and run `tod split {project.root}`, or `tod synth {project.root}`",
            )


def check_set(project: Project, propose: Optional[Propose] = None) -> List[Finding]:
    """What the coach of `tod annotate` says: what the set lacks, which boxes look like mistakes.

    With `propose` (a model's detections) the boxes are compared with what the model sees.
    """
    return [_advised(advice) for advice in examine(project, propose)]


def _advised(advice: Advice) -> Finding:
    named = ", ".join(advice.pictures[:MOST_NAMED])
    more = len(advice.pictures) - MOST_NAMED
    if more > 0:
        named += f" and {more} more"
    return hint("set", f"{advice.text} ({named})" if named else advice.text)


def most_boxes(project: Project) -> int:
    """The largest number of objects annotated in one picture."""
    return max(
        (
            len(sample.annotation.boxes)
            for samples in read_project(project).values()
            for sample in samples.good
        ),
        default=0,
    )


def pipeline_configs(project: Project) -> List[Path]:
    return sorted(project.training_dir.glob("*/pipeline.config"))
