"""A project's records and label map, counted and checked for a training."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import Any, Iterator, List, Optional, Tuple

from tod_ros.dataset.formats.tfrecord_facts import facts_of
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import SPLITS, Project
from tod_ros.dataset.samples import read_samples
from tod_ros.errors import PipelineError, ProjectError
from tod_ros.models.checkpoint_paths import refuse_pattern
from tod_ros.pipeline.config_file import architecture
from tod_ros.pipeline.object_sizes import ObjectSizes, sizes_in
from tod_ros.pipeline.values import unfinished


def read_data(project: Project) -> TrainingData:
    """What the project's records hold; ProjectError where `tod convert` has not been run.

    It is long because it names each file that may be missing.
    """
    label_map = read_label_map(project.label_map_path)
    ids = sorted(label_map.names)
    if ids != list(range(1, len(ids) + 1)):
        raise ProjectError(
            f"{project.label_map_path}: ids must run from 1 to {len(ids)} without a gap,"
            f" they are {', '.join(map(str, ids))}"
        )
    records = {split: project.record_paths(split) for split in SPLITS}
    for split, paths in records.items():
        if not paths:
            raise ProjectError(
                f"{project.record_path(split)}: no such record; `tod convert {project.root}`"
                " writes it"
            )
    facts = {split: facts_of(paths) for split, paths in records.items()}
    if not facts["train"].boxes:
        raise ProjectError(
            f"{project.record_path('train')}: holds no box to learn from; annotate pictures,"
            f" then `tod convert {project.root}`"
        )
    highest = max(fact.highest_label for fact in facts.values())
    if highest > len(ids):
        raise ProjectError(
            f"{project.record_path('train')}: has class {highest}, the label map ends at"
            f" {len(ids)}; `tod convert {project.root}` writes it again"
        )
    return TrainingData(
        classes=len(ids),
        pictures=facts["train"].pictures,
        most_boxes=max(fact.most_boxes for fact in facts.values()),
        label_map=in_workspace(project, project.label_map_path),
        train_records=_as_pattern(project, "train", records["train"]),
        test_records=_as_pattern(project, "test", records["test"]),
        masks=all(fact.masks == fact.boxes for fact in facts.values()),
    )


def with_objects(data: TrainingData, project: Project) -> TrainingData:
    """With the sizes of the training pictures' objects, where there are annotations to tell."""
    samples = read_samples(project.images_dir("train")).good
    objects = sizes_in(sample.annotation for sample in samples)
    return replace(data, objects=objects if objects.sizes_wh else None)


def in_workspace(project: Project, path: Path) -> str:
    """A path as the course writes it: from the workspace, the folder that holds the project."""
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(project.workspace))
    return os.path.abspath(path) if relative.startswith("..") else Path(relative).as_posix()


def with_whole_paths(config: Any, project: Project) -> Any:
    """A copy of a configured pipeline with every path made absolute and checked to exist."""
    left = unfinished(config)
    if left:
        raise PipelineError(f"{left[0]} is still to be configured; run `tod configure`")
    new = copy.deepcopy(config)
    train = new.train_config
    if train.fine_tune_checkpoint:
        prefix = _whole(project, train.fine_tune_checkpoint)
        if not os.path.isfile(prefix + ".index"):
            raise PipelineError(
                f"train_config.fine_tune_checkpoint: no checkpoint {prefix}.index;"
                " `tod zoo get` fetches the zoo's, and the name ends with /ckpt-0"
            )
        refuse_pattern(prefix, PipelineError)
        train.fine_tune_checkpoint = prefix
    for name, reader in _readers(new):
        reader.label_map_path = _existing(project, f"{name}.label_map_path", reader.label_map_path)
        paths = list(reader.tf_record_input_reader.input_path)
        if not paths:
            raise PipelineError(f"{name}.tf_record_input_reader.input_path: names no record")
        where = f"{name}.tf_record_input_reader.input_path"
        reader.tf_record_input_reader.input_path[:] = [
            _existing(project, where, path) for path in paths
        ]
    return new


def check_fits(config: Any, data: TrainingData, source: Path) -> None:
    """The config and the data are of each other: the OD API says nothing where they are not."""
    classes = architecture(config).num_classes
    if classes != data.classes:
        raise PipelineError(
            f"{source}: made for {classes} classes, the label map has {data.classes};"
            " run `tod configure` again"
        )
    for name, reader in _readers(config):
        if reader.max_number_of_boxes < data.most_boxes:
            raise PipelineError(
                f"{source}: {name}.max_number_of_boxes is {reader.max_number_of_boxes}, a picture"
                f" has {data.most_boxes} boxes; run `tod configure` again"
            )
        if reader.load_instance_masks and not data.masks:
            raise PipelineError(
                f"{source}: {name}.load_instance_masks is true, and the records have no masks;"
                " run `tod configure` again"
            )


def record_files(patterns: Any) -> List[str]:
    return sorted(name for pattern in patterns for name in glob(pattern))


def _readers(config: Any) -> Iterator[Tuple[str, Any]]:
    yield "train_input_reader", config.train_input_reader
    for place, reader in enumerate(config.eval_input_reader):
        yield f"eval_input_reader[{place}]", reader


def _existing(project: Project, name: str, path: str) -> str:
    whole = _whole(project, path)
    if not glob(whole):
        raise PipelineError(f"{name}: no such file {whole}; run `tod convert`, then configure")
    return whole


def _whole(project: Project, path: str) -> str:
    """Relative paths are from the workspace, as in the course."""
    return os.path.normpath(os.path.join(os.path.abspath(project.workspace), path))


def _as_pattern(project: Project, split: str, paths: List[Path]) -> Tuple[str, ...]:
    if paths == [project.record_path(split)]:
        return (in_workspace(project, paths[0]),)
    pattern = project.record_path(split).with_name(f"{split}.record-?????-of-{len(paths):05d}")
    return (in_workspace(project, pattern),)


@dataclass(frozen=True)
class TrainingData:
    """What the project's records hold, and where they are: paths as the config shall name them."""

    classes: int
    pictures: int
    most_boxes: int
    label_map: str
    train_records: Tuple[str, ...]
    test_records: Tuple[str, ...]
    masks: bool = False  # each object has one
    objects: Optional[ObjectSizes] = None  # as they are annotated; None: not looked at
