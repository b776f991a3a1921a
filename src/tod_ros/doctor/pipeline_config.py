"""Every fault of a pipeline.config that a training shows late, or not at all.

Paths in it are from the workspace, the folder that holds the project, as in the course.
"""

from __future__ import annotations

import os
import re
from glob import escape, glob
from pathlib import Path
from typing import Any, Iterator, List, Optional

from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project
from tod_ros.doctor.finding import Fault, Finding, ok, wrong
from tod_ros.doctor.fine_tuning import checkpoint_faults
from tod_ros.doctor.learning_rate import rate_faults
from tod_ros.errors import PipelineError, RuntimeMissingError, SettingError
from tod_ros.pipeline.config_file import architecture, read_pipeline
from tod_ros.pipeline.mirroring import MIRRORS
from tod_ros.training.transfer.settings import read_transfer

MIRRORED = "pictures are mirrored or turned ({}): a mirrored digit becomes truth"


def check_config(
    path: Path, project: Project, label_map: Optional[LabelMap], most_boxes: int
) -> List[Finding]:
    """One pipeline.config against the label map and the largest number of objects in a picture."""
    about = os.path.join(path.parent.name, path.name)
    configure = f"`tod configure {project.root} --network {path.parent.name}`"
    workspace = Path(os.path.abspath(project.workspace))
    try:
        config = read_pipeline(path)
    except (PipelineError, RuntimeMissingError) as error:
        return [wrong(about, str(error))]
    found = [
        *flip_faults(config),
        *rate_faults(config),
        *checkpoint_faults(config, workspace),
        *class_faults(config, label_map),
        *box_faults(config, most_boxes),
        *path_faults(config, project),
        *transfer_faults(path.parent),
        *run_faults(path.parent, config.train_config.num_steps),
    ]
    if not found:
        return [ok(about, "no trap found")]
    return [wrong(about, text, mend or f"write it again with {configure}") for text, mend in found]


def flip_faults(config: Any) -> Iterator[Fault]:
    for option in config.train_config.data_augmentation_options:
        kind = option.WhichOneof("preprocessing_step")
        if kind in MIRRORS:
            yield MIRRORED.format(kind), ""


def class_faults(config: Any, label_map: Optional[LabelMap]) -> Iterator[Fault]:
    if label_map is None:
        return
    said, needed = architecture(config).num_classes, max(label_map.names)
    if said < needed:
        yield (
            f"num_classes is {said}, the label map goes up to {needed}: the classes beyond are"
            " dropped without a word",
            "",
        )
    elif said > needed:
        yield f"num_classes is {said}, the label map goes up to {needed} only", ""


def box_faults(config: Any, most_boxes: int) -> Iterator[Fault]:
    readers = [("train_input_reader", config.train_input_reader)]
    readers += [("eval_input_reader", reader) for reader in config.eval_input_reader]
    places = [("train_config", config.train_config.max_number_of_boxes)]
    places += [(name, reader.max_number_of_boxes) for name, reader in readers]
    for name, limit in places:
        if limit and limit < most_boxes:
            yield (
                f"{name}.max_number_of_boxes is {limit}, a picture has {most_boxes} objects:"
                " the rest is cut off without a word",
                "",
            )


def path_faults(config: Any, project: Project) -> Iterator[Fault]:
    workspace = os.path.abspath(project.workspace)
    if not config.eval_input_reader:
        yield "there is no eval_input_reader", ""
    readers = [("train_input_reader", config.train_input_reader)]
    readers += [("eval_input_reader", reader) for reader in config.eval_input_reader]
    for name, reader in readers:
        if not os.path.isfile(os.path.join(workspace, reader.label_map_path)):
            yield f"{name}.label_map_path {reader.label_map_path or '(empty)'} is not there", ""
        for given in list(reader.tf_record_input_reader.input_path) or [""]:
            if not given or not glob(os.path.join(escape(workspace), given)):
                yield (
                    f"{name}.input_path {given or '(empty)'} is not there",
                    f"write the records with `tod convert {project.root}`, then `tod configure`",
                )


def transfer_faults(network_dir: Path) -> Iterator[Fault]:
    """A transfer.yaml that `tod train` would refuse."""
    try:
        read_transfer(network_dir)
    except SettingError as error:
        yield str(error), ""


def run_faults(network_dir: Path, steps: int) -> Iterator[Fault]:
    """Runs that hold nothing but what the OD API's program saves before its first step."""
    for state in sorted(network_dir.glob("*/checkpoint")):
        if not state.is_file():
            continue
        numbers = [
            int(found.group(1))
            for found in (
                re.fullmatch(r"ckpt-(\d+)\.index", name) for name in os.listdir(state.parent)
            )
            if found
        ]
        is_by_tod = (state.parent / "training.log").is_file()  # `tod train` numbers by steps
        if numbers and max(numbers) <= (0 if is_by_tod else 1) and steps > 1:
            yield (
                f"{state.parent}: ckpt-{max(numbers)} is its only checkpoint, written before the"
                " first step: an export of it finds nothing",
                "train on with `tod train`, which saves at the end",
            )
