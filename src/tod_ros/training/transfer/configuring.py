"""The pipeline.config for transfer learning: few steps, and most layers frozen.

`transfer.yaml` (settings.py) lies beside it; `tod train` reads both.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional, Tuple

from tod_ros.pipeline.config_file import architecture, input_size_hw
from tod_ros.pipeline.configuring import Options, configure, with_values
from tod_ros.pipeline.input_size import fit_input
from tod_ros.pipeline.mirroring import MIRRORS
from tod_ros.pipeline.training_data import TrainingData
from tod_ros.training.transfer.prediction_head import can_take_over
from tod_ros.training.transfer.settings import FewPictures, ObjectSettings

STEPS, BATCH = 270, 16
RATE, HEAD_RATE = 1e-3, 4e-3
# the rate falls in stairs: (share of the steps after which it is, part of the rate)
STAIRS = ((0.45, 0.5), (0.7, 0.2), (0.9, 0.05))
MOST_BOXES = 64  # of a picture; a mosaic has dozens
# The layers before the first feature map: how strokes and edges look does not change with the class
FIRST_LAYERS = "^(Conv1|bn_Conv1|expanded_conv_|block_[1-5]_)"  # of MobileNet V2
OBJECT_STEPS, OBJECT_BATCH = 400, 4
STEPS_A_PICTURE, MOST_OBJECT_STEPS = 4, 2000
USUAL_INPUT = 640 * 640  # pixels; of a larger input fewer steps are enough for few pictures
# Of an object beside what is none, in the focal loss: with the zoo's 0.25 a short training finds
# objects as well, but many of them at scores under 0.5.
OBJECT_ALPHA = 0.5


@dataclass(frozen=True)
class Unfrozen:
    """What may learn that is held fast by default."""

    first_layers: bool = False
    batch_norm: bool = False


def configure_transfer(
    config: Any,
    data: TrainingData,
    checkpoint: Optional[str],
    wishes: Options,
    settings: FewPictures,
    freedom: Unfrozen,
    fit: Callable[..., Any] = configure,
) -> Any:
    """A copy of `config` for the data, as configuring.configure makes it, but for few pictures.

    What depends on the prediction layers being taken over is left as `configure` fits it where
    they cannot be: they begin from random weights then, and need its rate and their batch norm.
    `fit` takes the place of `configure` there. Of a network whose layers are taken over it decides
    the input size for objects; cubes are drawn in the size that the start has learnt from.

    It is long because it says why for each value.
    """
    of_objects = isinstance(settings, ObjectSettings)
    steps = wishes.steps or (_object_steps(config, data, wishes) if of_objects else STEPS)
    batch = wishes.batch_size or (OBJECT_BATCH if of_objects else BATCH)
    own = replace(wishes, steps=steps, batch_size=batch, values=())
    takes_over = can_take_over(config, config)
    new = (configure if takes_over else fit)(config, data, checkpoint, own)
    if takes_over:  # the prediction layers that it has learnt are for its anchors
        new.model.ssd.anchor_generator.CopyFrom(config.model.ssd.anchor_generator)
        if of_objects:
            fitted = fit(config, data, checkpoint, own)
            new.model.ssd.image_resizer.CopyFrom(fitted.model.ssd.image_resizer)
            _weigh_objects(new.model.ssd.loss.classification_loss)
        rates = stairs(steps, settings.head_steps, wishes.rate or RATE)
        _set_rates(new.train_config.optimizer, rates)
        architecture(new).freeze_batchnorm = not freedom.batch_norm
    del new.train_config.freeze_variables[:]
    if not freedom.first_layers and _has_mobilenet_v2(new):
        new.train_config.freeze_variables.append(FIRST_LAYERS)
    if of_objects:
        _keep_only_mirrors(new.train_config)
    for reader in (new.train_input_reader, new.eval_input_reader[0]):
        reader.max_number_of_boxes = max(reader.max_number_of_boxes, MOST_BOXES)
    new.train_config.max_number_of_boxes = new.train_input_reader.max_number_of_boxes
    return with_values(new, wishes.values)


def _weigh_objects(loss: Any) -> None:
    if loss.WhichOneof("classification_loss") == "weighted_sigmoid_focal":
        loss.weighted_sigmoid_focal.alpha = OBJECT_ALPHA


def _object_steps(config: Any, data: TrainingData, wishes: Options) -> int:
    shown = copy.deepcopy(config)
    fit_input(shown, data.objects, wishes.input_size)
    height, width = input_size_hw(shown)
    least = OBJECT_STEPS * USUAL_INPUT / max(height * width, USUAL_INPUT)
    wanted = math.ceil(STEPS_A_PICTURE * data.pictures / 50) * 50
    return min(max(math.ceil(least / 10) * 10, wanted), MOST_OBJECT_STEPS)


def _keep_only_mirrors(train: Any) -> None:
    """The pictures are moved, scaled and cut already when they are drawn, and their boxes checked.

    Mirrors are there only where they were asked for.
    """
    kept = [
        copy.deepcopy(step)
        for step in train.data_augmentation_options
        if step.WhichOneof("preprocessing_step") in MIRRORS
    ]
    del train.data_augmentation_options[:]
    train.data_augmentation_options.extend(kept)


def _has_mobilenet_v2(config: Any) -> bool:
    return "mobilenet_v2" in architecture(config).feature_extractor.type


def stairs(steps: int, head_steps: int, rate: float) -> Tuple[Tuple[int, float], ...]:
    """(first step, rate): the last layer's own rate while it learns alone, then down the stairs."""
    head = min(head_steps, steps // 2)
    wanted = [(0, rate * HEAD_RATE / RATE), (head, rate)] if head else [(0, rate)]
    wanted += [(head + round(share * (steps - head)), rate * part) for share, part in STAIRS]
    rising = [stair for stair, after in zip(wanted, wanted[1:]) if stair[0] < after[0]]
    return tuple((step, float(f"{value:.4g}")) for step, value in [*rising, wanted[-1]])


def _set_rates(optimizer: Any, rates: Tuple[Tuple[int, float], ...]) -> None:
    optimizer.Clear()
    schedule = optimizer.adam_optimizer.learning_rate.manual_step_learning_rate
    schedule.initial_learning_rate = rates[0][1]
    for step, rate in rates[1:]:
        schedule.schedule.add(step=step, learning_rate=rate)
    optimizer.use_moving_average = False
