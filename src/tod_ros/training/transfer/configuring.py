"""The pipeline.config for transfer learning: few steps, and most layers frozen.

`transfer.yaml` (settings.py) lies beside it; `tod train` reads both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional, Tuple

from tod_ros.pipeline.config_file import architecture
from tod_ros.pipeline.configuring import Options, configure, with_values
from tod_ros.pipeline.training_data import TrainingData
from tod_ros.training.transfer.settings import TransferSettings

STEPS, BATCH = 420, 16
RATE, HEAD_RATE = 1e-3, 4e-3
# the rate falls in stairs: (share of the steps after which it is, part of the rate)
STAIRS = ((0.45, 0.5), (0.7, 0.2), (0.9, 0.05))
MOST_BOXES = 64  # of a picture; a mosaic has dozens
# The layers before the first feature map: how strokes and edges look does not change with the class
FIRST_LAYERS = "^(Conv1|bn_Conv1|expanded_conv_|block_[1-5]_)"


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
    settings: TransferSettings,
    freedom: Unfrozen,
) -> Any:
    """A copy of `config` for the data, as configuring.configure makes it, but for few pictures."""
    steps = wishes.steps or STEPS
    own = replace(wishes, steps=steps, batch_size=wishes.batch_size or BATCH, rate=None, values=())
    new = configure(config, data, checkpoint, own)
    rates = stairs(steps, settings.head_steps, wishes.rate or RATE)
    _set_rates(new.train_config.optimizer, rates)
    architecture(new).freeze_batchnorm = not freedom.batch_norm
    del new.train_config.freeze_variables[:]
    if not freedom.first_layers:
        new.train_config.freeze_variables.append(FIRST_LAYERS)
    for reader in (new.train_input_reader, new.eval_input_reader[0]):
        reader.max_number_of_boxes = max(reader.max_number_of_boxes, MOST_BOXES)
    new.train_config.max_number_of_boxes = new.train_input_reader.max_number_of_boxes
    return with_values(new, wishes.values)


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
