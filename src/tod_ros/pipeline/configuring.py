"""A network's pipeline.config, fitted to a project: the course's table and more.

Every function takes a config and returns a new one.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Iterable, List, Optional, Tuple

from tod_ros.errors import PipelineError
from tod_ros.pipeline.config_file import architecture, architecture_name, input_size_hw, set_value
from tod_ros.pipeline.learning_rate import fit_schedule
from tod_ros.pipeline.mirroring import drop_mirrors
from tod_ros.pipeline.training_data import TrainingData

COURSE_STEPS, COURSE_BATCH, COURSE_CUBES = 1000, 1, 4
MOST_BATCH = 16


@dataclass(frozen=True)
class Options:
    """What was asked for; None: what fits."""

    steps: Optional[int] = None
    batch_size: Optional[int] = None
    rate: Optional[float] = None
    flip: bool = False
    input_size: Optional[int] = None  # pixels of its longer side
    why_steps: str = ""  # where something else than the user fixed the steps
    learn_first_layers: bool = False
    values: Tuple[str, ...] = ()  # PATH=VALUE


def configure(config: Any, data: TrainingData, checkpoint: Optional[str], wishes: Options) -> Any:
    """A copy of `config` for the data: every value of the course's table, and what it leaves out.

    `checkpoint` is the prefix to start from; None learns from scratch.
    """
    new = copy.deepcopy(config)
    train = new.train_config
    batch = wishes.batch_size or fitting_batch(new, data, checkpoint)
    steps = wishes.steps or (COURSE_STEPS if checkpoint else train.num_steps or COURSE_STEPS)
    fit_schedule(train, steps, batch, wishes.rate)
    train.batch_size, train.num_steps = batch, steps
    _set_classes(new, data)
    most = max(20, 4 * data.most_boxes)
    _set_most_detections(new, most, most)
    _set_checkpoint(new, checkpoint)
    _set_most_boxes(new, max(20, data.most_boxes), readers=True)
    _set_records(new, data)
    train.use_bfloat16 = False
    if architecture_name(new) == "ssd":
        # Boxes that pad each picture to the most there may be, as a TPU wants them, teach nothing
        # and take a tenth of a step.
        train.unpad_groundtruth_tensors = True
    if not wishes.flip:
        drop_mirrors(train)
    return with_values(new, wishes.values)


def configure_as_in_the_course(
    config: Any, data: TrainingData, checkpoint: Optional[str], wishes: Options
) -> Any:
    """A copy of `config` with the values of the course's table, and nothing else touched.

    One value bends: more boxes in a picture than the course's four must not be cut off.
    """
    new = copy.deepcopy(config)
    train = new.train_config
    train.batch_size = wishes.batch_size or COURSE_BATCH
    train.num_steps = wishes.steps or COURSE_STEPS
    _set_classes(new, data)
    _set_most_detections(new, COURSE_CUBES, COURSE_CUBES)
    _set_checkpoint(new, checkpoint)
    _set_most_boxes(new, max(COURSE_CUBES, data.most_boxes), readers=False)
    _set_records(new, data)
    train.use_bfloat16 = False
    return with_values(new, wishes.values)


def with_values(config: Any, assignments: Iterable[str]) -> Any:
    """A copy with each PATH=VALUE set."""
    new = copy.deepcopy(config)
    for assignment in assignments:
        path, separator, value = assignment.partition("=")
        if not separator:
            raise PipelineError(
                f"--set {assignment}: must be PATH=VALUE, as in train_config.batch_size=4"
            )
        set_value(new, path.strip(), value.strip())
    return new


def fitting_batch(config: Any, data: TrainingData, checkpoint: Optional[str]) -> int:
    """A batch that an ordinary computer holds: eight pictures of 320x320, fewer of larger ones."""
    batch = int(config.train_config.batch_size)
    if checkpoint is not None:
        height, width = input_size_hw(config)
        batch = round(8 * 320 * 320 / max(height * width, 1)) if height else 1
    return max(1, min(batch, MOST_BATCH, data.pictures))


def _set_classes(config: Any, data: TrainingData) -> None:
    """The classes; and no tasks for which the records have no truth: masks, keypoints."""
    network = architecture(config)
    network.num_classes = data.classes
    if learns_masks(config) and not data.masks:
        network.number_of_stages = 2
        network.second_stage_box_predictor.mask_rcnn_box_predictor.predict_instance_masks = False
    if architecture_name(config) == "center_net":
        for task in ("keypoint_estimation_task", "keypoint_label_map_path", *_OTHER_TASKS):
            network.ClearField(task)
    config.eval_config.ClearField("parameterized_metric")
    config.eval_config.ClearField("keypoint_edge")
    config.eval_config.ClearField("eval_instance_masks")
    metrics = [name for name in config.eval_config.metrics_set if "mask" not in name]
    if learns_masks(config):
        metrics.append("coco_mask_metrics")
    del config.eval_config.metrics_set[:]
    config.eval_config.metrics_set.extend(metrics)


def learns_masks(config: Any) -> bool:
    """Whether it is a Mask R-CNN whose third stage is there."""
    return architecture_name(config) == "faster_rcnn" and architecture(config).number_of_stages == 3


_OTHER_TASKS = (
    "mask_estimation_task",
    "densepose_estimation_task",
    "track_estimation_task",
    "temporal_offset_task",
    "deepmac_mask_estimation",
)


def _set_most_detections(config: Any, each: int, total: int) -> None:
    network, kind = architecture(config), architecture_name(config)
    if kind == "center_net":  # it suppresses no overlaps: its peaks are its detections
        network.object_center_params.max_box_predictions = total
        return
    group = "second_stage_post_processing" if kind == "faster_rcnn" else "post_processing"
    suppression = getattr(network, group).batch_non_max_suppression
    suppression.max_detections_per_class = each
    suppression.max_total_detections = total


def _set_checkpoint(config: Any, checkpoint: Optional[str]) -> None:
    train = config.train_config
    if checkpoint is None:
        for name in ("fine_tune_checkpoint", "fine_tune_checkpoint_type"):
            train.ClearField(name)
        return
    train.fine_tune_checkpoint = checkpoint
    train.fine_tune_checkpoint_type = "detection"
    set_value(config, "train_config.fine_tune_checkpoint_version", "V2")
    train.ClearField("from_detection_checkpoint")
    train.ClearField("load_all_detection_checkpoint_vars")


def _set_most_boxes(config: Any, most: int, readers: bool) -> None:
    """Set the limit of boxes per picture where it counts.

    The course sets train_config.max_number_of_boxes, but under TensorFlow 2 only each reader's own
    limit counts (default 100).
    """
    config.train_config.max_number_of_boxes = most
    for reader in _readers(config):
        if readers or reader.max_number_of_boxes < most:
            reader.max_number_of_boxes = most


def _set_records(config: Any, data: TrainingData) -> None:
    if len(config.eval_input_reader) != 1:
        del config.eval_input_reader[:]
        config.eval_input_reader.add(shuffle=False, num_epochs=1)
    train, test = _readers(config)
    for reader, records in ((train, data.train_records), (test, data.test_records)):
        reader.label_map_path = data.label_map
        reader.tf_record_input_reader.input_path[:] = records
        del reader.sample_from_datasets_weights[:]  # one for each record that was there before
        for name in ("load_instance_masks", "mask_type", "num_keypoints", "use_keypoint_label_map"):
            reader.ClearField(name)
        if learns_masks(config):
            reader.load_instance_masks = True
            set_value(reader, "mask_type", "PNG_MASKS")


def _readers(config: Any) -> List[Any]:
    if not config.eval_input_reader:
        config.eval_input_reader.add(shuffle=False, num_epochs=1)
    return [config.train_input_reader, config.eval_input_reader[0]]
