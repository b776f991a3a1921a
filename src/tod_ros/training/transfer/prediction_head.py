"""The prediction layers (the head) of a network that learns new classes from few pictures.

The OD API restores a checkpoint without its prediction layers, or whole if the classes are equal.
Here the prediction layers are restored too: each new class starts from the weights of the known
classes that it looks like. Model, losses and checkpoints are the API's own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Optional, Tuple

import numpy as np

from tod_ros.errors import TrainingError
from tod_ros.text import one_line

log = logging.getLogger("rosout." + __name__)
_HEADS = "_prediction_heads/class_predictions_with_background/_class_predictor_layers"
_VALUE = ".ATTRIBUTES/VARIABLE_VALUE"
_LAST_LAYER = "ClassPredictor"  # part of the names of its variables


@dataclass(frozen=True)
class Transfer:
    """From which checkpoint a network begins, and how; `weights` as in plan.Plan."""

    checkpoint: str
    known: Tuple[str, ...]
    classes: Tuple[str, ...]
    weights: Mapping[str, Mapping[str, float]]
    head_steps: int = 0
    tell_apart: float = 0.0

    def begin(self, model: Any) -> None:
        """Give a built model the weights to begin with."""
        log.info("starting from %s, prediction layers included", self.checkpoint)
        try:
            _restore(model, self.checkpoint)
            _set_class_layer(model, self)
        except (AssertionError, ValueError, OSError, KeyError) as error:
            raise TrainingError(
                f"{self.checkpoint}: does not fit this network ({one_line(error)}); configure"
                " again from the network that the checkpoint belongs to"
            ) from error


def tell_classes_apart(model: Any, weight: float) -> None:
    """Add to the model's loss, for each anchor on an object, how its classes compare.

    The API's focal loss judges each class for itself. With many classes or few pictures their
    order is what is learnt last, and a softmax over them teaches it directly.
    """
    import tensorflow as tf

    of_each_class = model._classification_loss

    def with_comparison(logits: Any, targets: Any, weights: Any, **options: Any) -> Any:
        losses = of_each_class(logits, targets, weights=weights, **options)
        on_object = tf.reduce_sum(targets[..., 1:], axis=-1) * tf.reduce_max(weights, axis=-1)
        compared = tf.nn.softmax_cross_entropy_with_logits(
            labels=tf.stop_gradient(targets[..., 1:]), logits=logits[..., 1:]
        )
        added = weight * on_object * compared
        return tf.concat([losses[..., :1] + added[..., tf.newaxis], losses[..., 1:]], axis=-1)

    model._classification_loss = with_comparison


class HeadFirst:
    """An optimizer that moves nothing but the last layer in its first steps."""

    def __init__(self, optimizer: Any, global_step: Any, head_steps: int):
        self._optimizer, self._step, self._head_steps = optimizer, global_step, head_steps

    def apply_gradients(self, pairs: Iterable[Tuple[Any, Any]]) -> Any:
        import tensorflow as tf

        opened = tf.cast(self._step >= self._head_steps, tf.float32)
        return self._optimizer.apply_gradients(
            (gradient if _LAST_LAYER in variable.name else gradient * opened, variable)
            for gradient, variable in pairs
            if gradient is not None
        )


def can_take_over(start: Any, config: Any) -> bool:
    """Whether the network of `config` can begin with the prediction layers of `start`.

    Both are SSDs with one head for all sizes, and as many anchors in each place.
    """
    if not (can_begin_from(start) and can_begin_from(config)):
        return False
    places = [_anchors_in_a_place(each.model.ssd.anchor_generator) for each in (start, config)]
    return places[0] is not None and places[0] == places[1]


def _anchors_in_a_place(generator: Any) -> Optional[int]:
    if generator.WhichOneof("anchor_generator_oneof") != "multiscale_anchor_generator":
        return None
    multiscale = generator.multiscale_anchor_generator
    return len(multiscale.aspect_ratios) * int(multiscale.scales_per_octave)


def can_begin_from(config: Any) -> bool:
    """Whether a network's prediction layers can be taken over: SSDs with one head for all sizes."""
    if config.model.WhichOneof("model") != "ssd":
        return False
    kind = config.model.ssd.box_predictor.WhichOneof("box_predictor_oneof")
    return bool(kind == "weight_shared_convolutional_box_predictor")


def _restore(model: Any, checkpoint: str) -> None:
    """All but the class layer, whose shape depends on the classes."""
    import tensorflow as tf

    predictor = model._box_predictor
    parts = tf.train.Checkpoint(
        _feature_extractor=model._feature_extractor,
        _box_predictor=tf.train.Checkpoint(
            _box_prediction_head=predictor._box_prediction_head,
            _base_tower_layers_for_heads=predictor._base_tower_layers_for_heads,
        ),
    )
    status = tf.train.Checkpoint(model=parts).restore(checkpoint)
    status.expect_partial().assert_existing_objects_matched()


def _set_class_layer(model: Any, transfer: Transfer) -> None:
    import tensorflow as tf

    checkpoint = transfer.checkpoint
    reader = tf.train.load_checkpoint(checkpoint)
    shapes = reader.get_variable_to_shape_map()
    head = model._box_predictor._prediction_heads["class_predictions_with_background"]
    for place, layer in enumerate(head._class_predictor_layers):
        for name in ("kernel", "depthwise_kernel", "pointwise_kernel", "bias"):
            variable = getattr(layer, name, None)
            key = f"model/_box_predictor/{_HEADS}/{place}/{name}/{_VALUE}"
            if variable is None:
                continue
            if key not in shapes:
                raise KeyError(f"{checkpoint} has no {key}")
            begun = reader.get_tensor(key)
            if begun.shape != variable.shape or name != "depthwise_kernel":
                begun = columns(begun, transfer)
            variable.assign(begun)


def columns(tensor: np.ndarray, transfer: Transfer) -> np.ndarray:
    """A class layer's last axis, [anchors * (background + known)], for the new classes."""
    slots = len(transfer.known) + 1
    if tensor.shape[-1] % slots:
        raise ValueError(f"a class layer of {tensor.shape[-1]} is not made for {slots - 1} classes")
    known = tensor.reshape(*tensor.shape[:-1], -1, slots)
    place = {name: index + 1 for index, name in enumerate(transfer.known)}
    new = [known[..., 0]]
    for name in transfer.classes:
        shares = transfer.weights[name]
        places = [place[other] for other in shares]
        new.append(np.average(known[..., places], axis=-1, weights=list(shares.values())))
    stacked = np.stack(new, axis=-1).astype(tensor.dtype)
    return stacked.reshape(*tensor.shape[:-1], -1)
