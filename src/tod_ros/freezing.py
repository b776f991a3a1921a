"""Networks as they are exported: frozen for TensorFlow, and for LiteRT.

A SavedModel of the OD API holds hundreds of functions and loads slowly. Frozen (its weights
constants in one flat graph) it loads ten times faster and answers the same.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

from tod_ros.errors import ModelError
from tod_ros.files import PathLike

log = logging.getLogger("rosout." + __name__)


def save_frozen(concrete: Any, folder: PathLike) -> None:
    """Save a concrete function (uint8 pictures in, a dict of arrays out) as a frozen SavedModel."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    # Lowered control flow would be of TensorFlow 1's kind, which is slower and saved differently.
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    names = sorted(concrete.structured_outputs)
    (spec,) = (tf.TensorSpec(t.shape, t.dtype, name="input_tensor") for t in frozen.inputs)

    class Frozen(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[spec])
        def __call__(self, input_tensor: Any) -> Dict[str, Any]:
            outputs = frozen(input_tensor)
            outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
            return dict(zip(names, outputs))

    module = Frozen()
    # Where a SavedModel is called, not only its signature: loaded(picture) works as well.
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.__call__})


def save_tflite(model: Any, kind: str, size_hw: Tuple[int, int], path: Path) -> Dict[str, Any]:
    """Convert an SSD or a CenterNet for LiteRT; returns which of its outputs is which.

    In: float32 [1,H,W,3] of 0..255, red first. Out: decoded boxes [1,N,4] as ymin, xmin, ymax,
    xmax in 0..1 and the score of each class [1,N,C], overlaps not suppressed.
    """
    import tensorflow as tf

    decode = _DECODERS[kind]
    spec = tf.TensorSpec([1, *size_hw, 3], tf.float32, name="image")

    @tf.function(input_signature=[spec])
    def run(image: Any) -> Dict[str, Any]:
        pixels, true_shapes = model.preprocess(image)
        boxes, scores = decode(model, model.predict(pixels, true_shapes), true_shapes)
        return {"boxes": boxes, "scores": scores}

    try:
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [run.get_concrete_function()], model
        )
        converted = converter.convert()
    except Exception as error:  # the converter raises what it likes, none of it documented
        log.warning("no model.tflite: %s", error)
        raise ModelError(f"LiteRT has no model of it ({_line(error)})") from error
    path.write_bytes(converted)
    return _outputs(converted)


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


def _outputs(content: bytes) -> Dict[str, Any]:
    """The positions of boxes and scores among the outputs: names do not survive conversion."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_content=content)
    shapes: List[Any] = [list(o["shape"]) for o in interpreter.get_output_details()]
    runner = interpreter.get_signature_runner() if interpreter.get_signature_list() else None
    if runner is not None:
        details, outputs = runner.get_output_details(), interpreter.get_output_details()
        index = {output["index"]: place for place, output in enumerate(outputs)}
        return {name: index[details[name]["index"]] for name in ("boxes", "scores")}
    boxes = next(place for place, shape in enumerate(shapes) if shape[-1] == 4)
    return {"boxes": boxes, "scores": 1 - boxes}


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
