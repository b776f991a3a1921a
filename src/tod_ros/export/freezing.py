"""Networks frozen for TensorFlow: weights as constants in one flat graph."""

from __future__ import annotations

from typing import Any, Dict

from tod_ros.files import PathLike
from tod_ros.training.od_api_private import constants_from_variables


def freeze(concrete: Any, is_flat: bool = False) -> Any:
    """A concrete function (one array in, a dict of arrays out) with its weights as constants.

    Its outputs are in the order of their sorted names. `is_flat`: no functions but those of loops
    are left; for looking into the graph, not for running it.
    """
    return constants_from_variables(concrete, is_flat)


def save_frozen(concrete: Any, folder: PathLike) -> None:
    """Save a concrete function (one array in, a dict of arrays out) as a frozen SavedModel."""
    import tensorflow as tf

    frozen = freeze(concrete)
    names = sorted(concrete.structured_outputs)
    (given,) = frozen.inputs
    spec = tf.TensorSpec(given.shape, given.dtype, name=given.name.split(":")[0])

    def call(*pictures: Any, **named: Any) -> Dict[str, Any]:
        outputs = frozen(*pictures, *named.values())
        return dict(zip(names, outputs if isinstance(outputs, (list, tuple)) else [outputs]))

    module = tf.Module()
    module.__call__ = tf.function(call, input_signature=[spec])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.__call__})
