"""Networks as they are exported: frozen for TensorFlow, and for LiteRT.

A SavedModel of the OD API holds hundreds of functions and loads slowly. Frozen (its weights
constants in one flat graph) it loads ten times faster and answers the same.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

from tod_ros.errors import ModelError
from tod_ros.export.freezing import save_frozen
from tod_ros.inference.suppression import KEY, Suppression
from tod_ros.pipeline.config_file import architecture, architecture_name
from tod_ros.text import one_line
from tod_ros.training.od_api_private import class_scores, decode_boxes

log = logging.getLogger("rosout." + __name__)


def save_tflite(
    model: Any, kind: str, size_hw: Tuple[int, int], path: Path, half_weights: bool = False
) -> Dict[str, int]:
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

    return convert(run.get_concrete_function(), path, half_weights)


def convert(concrete: Any, path: Path, half_weights: bool = False) -> Dict[str, int]:
    """Write a function of outputs boxes and scores as a TFLite file; returns their places.

    With weights of 16 bits the file is half as large; LiteRT computes with 32 all the same.
    """
    import tensorflow as tf

    try:
        # Frozen first: the converter reads a SavedModel, and that of a whole OD API network
        # takes it more than a minute.
        with tempfile.TemporaryDirectory() as folder:
            save_frozen(concrete, folder)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            if half_weights:
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
                converter.target_spec.supported_types = [tf.float16]
            converted = converter.convert()
    except Exception as error:  # the converter raises what it likes, none of it documented
        log.debug("no model.tflite", exc_info=True)
        raise ModelError(f"LiteRT has no model of it ({one_line(error)})") from error
    path.write_bytes(converted)
    return _places(converted)


def suppression_in(config: Any) -> Dict[str, Any]:
    """How an SSD suppresses overlaps, for model.json; {} where it cannot be done without it."""
    if architecture_name(config) != "ssd":
        return {}
    told = architecture(config).post_processing.batch_non_max_suppression
    if told.soft_nms_sigma or told.use_partitioned_nms or told.max_classes_per_detection > 1:
        return {}
    how = Suppression(
        round(told.iou_threshold, 6),
        told.max_detections_per_class,
        told.max_total_detections,
        told.use_class_agnostic_nms,
    )
    return {KEY: asdict(how)}


def _decode_ssd(model: Any, predictions: Any, true_shapes: Any) -> Tuple[Any, Any]:
    import tensorflow as tf

    boxes = decode_boxes(model, predictions)
    padded = tf.cast(tf.shape(predictions["preprocessed_inputs"])[1:3], tf.float32)
    true = tf.cast(true_shapes[0, :2], tf.float32)
    boxes = boxes * tf.tile(padded / true, [2])  # cut at the border after their suppression
    return tf.reshape(boxes, [1, -1, 4]), class_scores(model, predictions)


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
