"""The private names of TensorFlow and the OD API that this package uses, in one place.

A newer release may rename any of them; whoever moves to one looks here. The name of a function
says what is meant, its body how this release spells it.
"""

from __future__ import annotations

from typing import Any


def ensure_model_is_built(model: Any, dataset: Any, unpad: bool) -> None:
    from object_detection import model_lib_v2

    model_lib_v2._ensure_model_is_built(model, dataset, unpad)


def make_slots(optimizer: Any, variables: Any) -> None:
    """What an optimizer keeps for each variable that it moves, made before its first step."""
    optimizer._create_all_weights(variables)


def set_training_mode(model: Any, is_training: bool) -> None:
    """Whether batch norms use the statistics of the batch, and dropout drops."""
    import tensorflow as tf

    model._is_training = is_training
    tf.keras.backend.set_learning_phase(is_training)


def tell_step(model: Any, global_step: Any) -> None:
    model._training_step = global_step


def is_in_multi_worker_mode(strategy: Any) -> bool:
    return bool(strategy.extended._in_multi_worker_mode())


def decode_boxes(model: Any, predictions: Any) -> Any:
    """The boxes of an SSD's predictions [1,N,...,4], not cut at the border of the picture."""
    boxes, _ = model._batch_decode(predictions["box_encodings"], predictions["anchors"])
    return boxes


def class_scores(model: Any, predictions: Any) -> Any:
    """The scores of an SSD's predictions [1,N,classes], without one for the background."""
    scores = model._score_conversion_fn(predictions["class_predictions_with_background"])
    has_background = model._add_background_class or model._explicit_background_class
    return scores[:, :, 1:] if has_background else scores


def constants_from_variables(concrete: Any, is_flat: bool) -> Any:
    """A concrete function with constants in place of its variables."""
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    # Lowered control flow would be of TensorFlow 1's kind, which is slower and saved differently.
    return convert_variables_to_constants_v2(
        concrete, lower_control_flow=False, aggressive_inlining=is_flat
    )


def graph_of_function(function: Any) -> Any:
    """The GraphDef of a FunctionDef."""
    from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

    return function_def_to_graph(function).as_graph_def()


def put_back_control_flow() -> None:
    """tf-slim asks control_flow_ops for `case` and `cond`, which TensorFlow 2.13 moved away."""
    import tensorflow as tf
    from tensorflow.python.ops import control_flow_ops

    for name in ("case", "cond"):
        if not hasattr(control_flow_ops, name):
            setattr(control_flow_ops, name, getattr(tf, name))


def trace_as_written(is_wanted: bool) -> None:
    """Whether TensorFlow traces the OD API without AutoGraph, which takes about as long again.

    AutoGraph turns Python's `if` and `for` over tensors into operations. What was written for
    TensorFlow 1, which had no AutoGraph, has none of them; CenterNet was written later.
    """
    from tensorflow.python.autograph.core import config
    from tensorflow.python.autograph.impl import conversion
    from tensorflow.python.autograph.pyct import cache

    own = tuple(config.DoNotConvert(name) for name in ("object_detection", "official", "tf_slim"))
    others = tuple(rule for rule in config.CONVERSION_RULES if str(rule) not in map(str, own))
    rules = (*own, *others) if is_wanted else others
    if len(rules) != len(config.CONVERSION_RULES):
        config.CONVERSION_RULES = rules
        conversion._ALLOWLIST_CACHE = cache.UnboundInstanceCache()  # of what the rules said before


def predict_in_training_mode(model: Any, features: Any, labels: Any, unpad: bool) -> Any:
    """The predictions of a batch as a step of a training makes them; nothing is learnt from it."""
    from object_detection import model_lib
    from object_detection.utils import ops

    set_training_mode(model, True)
    truth = model_lib.unstack_batch(labels, unpad_groundtruth_tensors=unpad)
    model_lib.provide_groundtruth(model, truth, training_step=0)
    seen = (features["image"], features["true_image_shape"])
    predictions = model.predict(*seen, **model.get_side_inputs(features))
    return ops.bfloat16_to_float32_nested(predictions)
