"""What `tod configure` chooses from the data, each choice with its reason.

A network of the zoo was made for a hundred thousand pictures of large objects, 128 at a time. Its
input, anchors, rate, steps and batch norms are fitted here to a project's few pictures. A network
that learns from scratch is a template made for such a project; it stays as it is.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import Any, List, Optional, Tuple

from tod_ros.pipeline.anchors import expected_overlaps, fit_anchors
from tod_ros.pipeline.batch_norms import fit_decay
from tod_ros.pipeline.config_file import architecture, architecture_name, input_size_hw
from tod_ros.pipeline.configuring import (
    COURSE_STEPS,
    Options,
    configure,
    fitting_batch,
    learns_masks,
    with_values,
)
from tod_ros.pipeline.first_layers import hold_first_layers
from tod_ros.pipeline.input_size import fit_input
from tod_ros.pipeline.learning_rate import base_rate
from tod_ros.pipeline.object_sizes import ObjectSizes
from tod_ros.pipeline.training_data import TrainingData

LEAST_STEPS, MOST_STEPS = 400, 5000
LOOKS = 32  # at each picture; 18 were not yet enough on 130 pictures of 12 objects each
LEAST_BATCH = 4  # for batch norms: the statistics of fewer pictures are mostly noise
LARGE_INPUT = 1000 * 1000  # pixels from which on memory counts more
RATE = 0.01  # of one picture a step, for momentum; it rises with the root of the batch
MATCHED_BY = 10  # percent of the objects that may lie under the matcher's threshold
AUGMENTATION = """
data_augmentation_options { random_adjust_brightness { max_delta: 0.15 } }
data_augmentation_options { random_adjust_contrast { } }
"""


@dataclass(frozen=True)
class Fitted:
    """A config for a project, and a line for each choice."""

    config: Any
    choices: Tuple[str, ...]


def fit_to_data(
    config: Any, data: TrainingData, checkpoint: Optional[str], wishes: Options
) -> Fitted:
    """A copy of `config` as configuring.configure makes it, and fitted to the data beyond that."""
    new, told = copy.deepcopy(config), mask_lines(config, data)
    told += fit_input(new, data.objects if checkpoint else None, wishes.input_size)
    if not checkpoint:
        return Fitted(configure(new, data, None, wishes), tuple(told))
    told += _fit_anchors(new, data.objects)
    told += _fit_matching(new, data.objects)
    batch = wishes.batch_size or _batch(new, data)
    steps = wishes.steps or _steps(new, data.pictures, batch)
    rate = wishes.rate or _rate(new, batch)
    own = replace(wishes, steps=steps, batch_size=batch, rate=rate, values=())
    fitted = configure(new, data, checkpoint, own)
    told += _training_lines(fitted, data, wishes)
    told += fit_decay(fitted, steps)
    if not wishes.learn_first_layers:
        told += hold_first_layers(fitted)
    told += _augment(fitted, config, wishes)
    return Fitted(with_values(fitted, wishes.values), tuple(told))


def mask_lines(config: Any, data: TrainingData) -> List[str]:
    """What becomes of the masks of a network that can learn them."""
    if not learns_masks(config):
        return []
    if data.masks:
        return ["masks: learnt, the records have one for each object"]
    return [
        "masks: switched off, the records have none; `tod synth --masks` draws pictures with masks,"
        " and `tod convert --from coco` brings them in"
    ]


def _fit_anchors(config: Any, objects: Optional[ObjectSizes]) -> List[str]:
    generator = _multiscale(config)
    if generator is None or objects is None:
        return []
    found = fit_anchors(generator, objects.at(input_size_hw(config)))
    if found is None:
        return ["anchors: as they were, they fit the objects"]
    anchors, before, after = found
    generator.anchor_scale = anchors.scale
    generator.aspect_ratios[:] = anchors.ratios
    shapes = ", ".join(f"{ratio:g}" for ratio in anchors.ratios)
    return [
        f"anchors: scale {anchors.scale:g}, width by height {shapes}: they overlap the objects by"
        f" {after:.2f} on average, the network's own by {before:.2f}"
    ]


def _fit_matching(config: Any, objects: Optional[ObjectSizes]) -> List[str]:
    """Lower the matcher's threshold where many objects would have no anchor above it."""
    generator = _multiscale(config)
    if generator is None or objects is None or not objects.sizes_wh:
        return []
    if architecture(config).matcher.WhichOneof("matcher_oneof") != "argmax_matcher":
        return []
    matcher = architecture(config).matcher.argmax_matcher
    overlaps = sorted(expected_overlaps(generator, objects.at(input_size_hw(config))))
    reached = overlaps[len(overlaps) * MATCHED_BY // 100]
    if reached >= matcher.matched_threshold:
        return []
    threshold = max(math.floor(reached * 20) / 20, 0.3)
    matcher.matched_threshold = threshold
    matcher.unmatched_threshold = min(matcher.unmatched_threshold, threshold)
    matcher.force_match_for_each_row = True
    return [f"matching: from an overlap of {threshold:g} on, which nine objects in ten reach"]


def _multiscale(config: Any) -> Any:
    if architecture_name(config) != "ssd":
        return None
    generator = architecture(config).anchor_generator
    kind = generator.WhichOneof("anchor_generator_oneof")
    return generator.multiscale_anchor_generator if kind == "multiscale_anchor_generator" else None


def _batch(config: Any, data: TrainingData) -> int:
    batch = fitting_batch(config, data, "")
    if architecture_name(config) == "faster_rcnn":
        return batch
    height, width = input_size_hw(config)
    least = LEAST_BATCH if height * width < LARGE_INPUT else LEAST_BATCH // 2
    return max(1, min(max(batch, least), data.pictures))


def _steps(config: Any, pictures: int, batch: int) -> int:
    if architecture_name(config) == "faster_rcnn":  # a step takes seconds on an ordinary computer
        return COURSE_STEPS
    wanted = math.ceil(LOOKS * pictures / batch / 50) * 50
    return min(max(wanted, LEAST_STEPS), MOST_STEPS)


def _rate(config: Any, batch: int) -> Optional[float]:
    """The rate of an SSD's momentum; None: the network's own, for this batch."""
    optimizer = config.train_config.optimizer
    known = base_rate(optimizer)
    if architecture_name(config) != "ssd" or known is None:
        return None
    if optimizer.WhichOneof("optimizer") != "momentum_optimizer":
        return None
    return float(f"{min(known, RATE * math.sqrt(batch)):.3g}")


def _training_lines(config: Any, data: TrainingData, wishes: Options) -> List[str]:
    train, asked = config.train_config, "as asked for"
    batch, steps = train.batch_size, train.num_steps
    height, width = input_size_hw(config)
    looks = steps * batch / max(data.pictures, 1)
    why_batch = f"what an ordinary computer holds of {width}x{height} pixels"
    why_steps = f"each of the {data.pictures} pictures is seen about {looks:.0f} times"
    lines = [
        f"batch: {batch} pictures a step, {asked if wishes.batch_size else why_batch}",
        f"steps: {steps}, {wishes.why_steps or (asked if wishes.steps else why_steps)}",
    ]
    rate = base_rate(train.optimizer)
    if rate is not None:
        why = asked if wishes.rate else f"for a batch of {batch}, after a short warm-up"
        lines.append(f"rate: {rate:.3g}, {why}")
    return lines


def _augment(config: Any, before: Any, wishes: Options) -> List[str]:
    train = config.train_config
    lines = []
    if len(train.data_augmentation_options) < len(before.train_config.data_augmentation_options):
        lines.append(
            "mirroring: left out, mirrored classes may be confused; where none can be, use --flip"
        )
    if architecture_name(config) == "faster_rcnn" or any(
        "crop" in option.WhichOneof("preprocessing_step")
        for option in train.data_augmentation_options
    ):
        return lines
    from google.protobuf import text_format  # late: `tod --help` works without it

    text_format.Merge(AUGMENTATION, train)
    return [*lines, "augmentation: brightness and contrast, so that few pictures go further"]
