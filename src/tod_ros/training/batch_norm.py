"""The statistics of batch norms, taken anew: inference then sees what training saw.

In training mode a batch norm uses the mean and the variance of its batch. In inference mode it uses
moving averages of them, which begin at 0 and 1 and follow slowly: after a short training they may
still be far off, and a network that works in training mode then finds nothing. Exact averages over
enough training batches take their place before every evaluation and every export.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any, Callable, Iterator, List, Tuple

PICTURES = 128  # that the averages are taken over: thousands of places even of the coarsest layers
LEAST_BATCHES = 8


def learning_batch_norms(model: Any) -> List[Any]:
    """The batch norms of a model that use the statistics of a batch while it learns.

    They are known by their averages: the OD API's classes come from several of Keras' packages.
    """
    return [
        module
        for module in model.submodules
        if getattr(module, "moving_mean", None) is not None
        and getattr(module, "moving_variance", None) is not None
        and module.trainable
        and getattr(module, "_training", None) is not False
    ]


def take_statistics(model: Any, look: Callable[[], None], batch_size: int) -> int:
    """Set the averages of each batch norm that learns; returns how many there are.

    `look` shows the model one training batch in training mode. It is compiled here, because what
    each layer sees is added up inside the graph.
    """
    import tensorflow as tf

    layers = learning_batch_norms(model)
    if not layers:
        return 0
    batches = max(math.ceil(PICTURES / max(batch_size, 1)), LEAST_BATCHES)
    with _adding_up(layers) as sums:
        compiled = tf.function(look)
        for _ in range(batches):
            compiled()
    for layer, (total, count) in zip(layers, sums):
        if not float(count):  # no part of what the network does
            continue
        mean, square = total[0] / count, total[1] / count
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(tf.maximum(square - tf.square(mean), 0.0))
    return len(layers)


@contextlib.contextmanager
def _adding_up(layers: List[Any]) -> Iterator[List[Tuple[Any, Any]]]:
    """While it lasts, each layer adds up the means of its inputs, and of their squares."""
    import tensorflow as tf

    sums = [
        (tf.Variable(tf.zeros([2, layer.moving_mean.shape[0]])), tf.Variable(0.0))
        for layer in layers
    ]
    # what the model does to its averages meanwhile is overwritten, or was not meant to be kept
    kept = [(layer.moving_mean.numpy(), layer.moving_variance.numpy()) for layer in layers]
    for layer, (total, count) in zip(layers, sums):
        layer.call = _counting(layer, total, count)
    try:
        yield sums
    finally:
        for layer, (mean, variance) in zip(layers, kept):
            del layer.call
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)


def _counting(layer: Any, total: Any, count: Any) -> Callable[..., Any]:
    import tensorflow as tf

    original = layer.call

    def call(inputs: Any, *args: Any, **named: Any) -> Any:
        if (args[0] if args else named.get("training")) is False:  # this model never trains it
            return original(inputs, *args, **named)
        values = tf.cast(inputs, tf.float32)
        (channels,) = layer.axis
        channels %= values.shape.rank
        others = [axis for axis in range(values.shape.rank) if axis != channels]
        mean, variance = tf.nn.moments(values, others)
        total.assign_add(tf.stack([mean, variance + tf.square(mean)]))
        count.assign_add(1.0)
        return original(inputs, *args, **named)

    return call
