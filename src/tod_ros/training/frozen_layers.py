"""The layers that a config freezes: their weights do not change."""

from __future__ import annotations

import re
from typing import Any, Iterable, Pattern, Sequence, Tuple

from tod_ros.errors import TrainingError
from tod_ros.training.od_api_private import set_training_mode


def build_at_once(model: Any, size_hw: Tuple[int, int] = (128, 128)) -> None:
    """Make the model's variables by one look at a black picture; no graph is traced for that."""
    import tensorflow as tf

    set_training_mode(model, False)
    pixels, shapes = model.preprocess(tf.zeros([1, *size_hw, 3]))
    model.predict(pixels, shapes)


def freeze(model: Any, patterns: Iterable[str]) -> int:
    """Take the layers all of whose variables match out of the learning; how many variables."""
    wanted = [_compiled(pattern) for pattern in patterns]
    if not wanted:
        return 0
    count = 0
    for module in model.submodules:
        own = getattr(module, "weights", None)
        if not own or not hasattr(module, "trainable") or any(_layers_of(module)):
            continue
        if all(any(pattern.search(variable.name) for pattern in wanted) for variable in own):
            module.trainable = False
            count += len(own)
    if not count:
        raise TrainingError(
            "train_config.freeze_variables: matches no layer's variables;"
            f" they are named as {model.variables[0].name}"
        )
    return count


def _compiled(pattern: str) -> Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise TrainingError(
            f"train_config.freeze_variables: {pattern!r} is no regular expression ({error})"
        ) from None


def _layers_of(module: Any) -> Sequence[Any]:
    return [layer for layer in module.submodules if getattr(layer, "weights", None)]
