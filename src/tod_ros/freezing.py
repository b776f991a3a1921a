"""Networks as they are exported: frozen for TensorFlow, and for LiteRT.

A SavedModel of the OD API holds hundreds of functions and loads slowly. Frozen (its weights
constants in one flat graph) it loads ten times faster and answers the same.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

from tod_ros.errors import ModelError
from tod_ros.files import PathLike

log = logging.getLogger("rosout." + __name__)


def freeze(concrete: Any, is_flat: bool = False) -> Any:
    """A concrete function (one array in, a dict of arrays out) with its weights as constants.

    Its outputs are in the order of their sorted names. `is_flat`: no functions but those of loops
    are left; for looking into the graph, not for running it.
    """
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    # Lowered control flow would be of TensorFlow 1's kind, which is slower and saved differently.
    return convert_variables_to_constants_v2(
        concrete, lower_control_flow=False, aggressive_inlining=is_flat
    )


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


def save_tflite(model: Any, kind: str, size_hw: Tuple[int, int], path: Path) -> Dict[str, int]:
    """Convert an SSD or a CenterNet for LiteRT; returns the places of boxes and scores.

    In: float32 [1,H,W,3] of 0..255, red first. Out: decoded boxes [1,N,4] as ymin, xmin, ymax,
    xmax in 0..1 and the score of each class [1,N,C], overlaps not suppressed.
    """
    import tensorflow as tf

    decode = _DECODERS[kind]

    @tf.function(input_signature=[tf.TensorSpec([1, *size_hw, 3], tf.float32, name="image")])
    def run(image: Any) -> Dict[str, Any]:
        pixels, true_shapes = model.preprocess(image)
        boxes, scores = decode(model, model.predict(pixels, true_shapes), true_shapes)
        return {"boxes": boxes, "scores": scores}

    return convert(run.get_concrete_function(), path)


def convert(concrete: Any, path: Path) -> Dict[str, int]:
    """Write a function of outputs boxes and scores as a TFLite file; returns their places."""
    import tensorflow as tf

    try:
        # Frozen first: the converter reads a SavedModel, and that of a whole OD API network
        # takes it more than a minute.
        with tempfile.TemporaryDirectory() as folder:
            save_frozen(concrete, folder)
            converted = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    except Exception as error:  # the converter raises what it likes, none of it documented
        log.debug("no model.tflite", exc_info=True)
        raise ModelError(f"LiteRT has no model of it ({_line(error)})") from error
    path.write_bytes(converted)
    return _places(converted)


def _decode_ssd(model: Any, predictions: Any, true_shapes: Any) -> Tuple[Any, Any]:
    import tensorflow as tf

    boxes, _ = model._batch_decode(predictions["box_encodings"], predictions["anchors"])
    scores = model._score_conversion_fn(predictions["class_predictions_with_background"])
    padded = tf.cast(tf.shape(predictions["preprocessed_inputs"])[1:3], tf.float32)
    true = tf.cast(true_shapes[0, :2], tf.float32)
    boxes = tf.clip_by_value(boxes * tf.tile(padded / true, [2]), 0.0, 1.0)
    has_background = model._add_background_class or model._explicit_background_class
    return tf.reshape(boxes, [1, -1, 4]), scores[:, :, 1:] if has_background else scores


def _decode_center_net(model: Any, predictions: Any, true_shapes: Any) -> Tuple[Any, Any]:
    import tensorflow as tf

    found = model.postprocess(predictions, true_shapes)
    classes = tf.cast(found["detection_classes"], tf.int32)
    scores = tf.one_hot(classes, model.num_classes) * found["detection_scores"][..., tf.newaxis]
    return found["detection_boxes"], scores


_DECODERS: Dict[str, Callable[..., Tuple[Any, Any]]] = {
    "ssd": _decode_ssd,
    "center_net": _decode_center_net,
}


def _places(content: bytes) -> Dict[str, int]:
    """Where boxes and scores are among the outputs: their order does not survive conversion."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_content=content)
    places = {o["index"]: place for place, o in enumerate(interpreter.get_output_details())}
    named = interpreter.get_signature_runner().get_output_details()
    return {name: places[named[name]["index"]] for name in ("boxes", "scores")}


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
