"""Runs a SavedModel with TensorFlow, as the Object Detection API and the zoo export it.

The network takes uint8 [1,H,W,3], red first, and answers detection_boxes, detection_classes (from
1, as floats), detection_scores and num_detections; a Mask R-CNN detection_masks as well.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple

import numpy as np

from tod_ros.errors import ModelError
from tod_ros.images.resizing import network_input
from tod_ros.inference.network import Network, Raw
from tod_ros.inference.quick_imports import collecting_nothing
from tod_ros.models.checkpoint_paths import refuse_pattern
from tod_ros.text import one_line

OUTPUTS = ("detection_boxes", "detection_classes", "detection_scores", "num_detections")
MASKS = "detection_masks"  # a Mask R-CNN's
# one score for each class, and but for CenterNet one for the background
ALL_SCORES = ("detection_multiclass_scores", "raw_detection_scores")

log = logging.getLogger("rosout." + __name__)


def is_installed() -> bool:
    return importlib.util.find_spec("tensorflow") is not None


def load(path: Path, card: Mapping[str, Any], threads: int) -> Network:
    refuse_pattern(path, ModelError)
    tf = _import_tensorflow(threads)
    import cv2  # see resizing.py; beside TensorFlow it weighs little

    model, signature = _load_signature(tf, path)
    name, spec = _input(path, signature)
    size_wh = _fixed_size(spec)

    def run(bgr_image: np.ndarray) -> Raw:
        if size_wh is None:
            rgb = cv2.cvtColor(bgr_image, cv2.COLOR_BGR2RGB)
        else:
            rgb = np.rint(network_input(bgr_image, size_wh))
        picture = rgb[np.newaxis].astype(spec.dtype.as_numpy_dtype)
        try:
            outputs = signature(**{name: tf.constant(picture)})
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise ModelError(f"{path}: the network failed ({one_line(error)})") from error
        return _decode(path, {key: value.numpy() for key, value in outputs.items()})

    run.model = model  # type: ignore[attr-defined]  # its variables live only as long as it does
    return Network(run, size_wh)


def load_function(path: Path) -> Any:
    """The concrete function of a SavedModel that detects; it keeps the model's variables alive."""
    refuse_pattern(path, ModelError)
    model, signature = _load_signature(_import_tensorflow(0), path)
    signature.model = model
    return signature


def _import_tensorflow(threads: int) -> Any:
    # without it every start says, as errors, that there is no graphics card
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with collecting_nothing():
        import tensorflow as tf

    if threads:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        except RuntimeError:  # TensorFlow runs already: a model was loaded before
            log.debug("TensorFlow keeps the number of threads it started with")
    return tf


def _load_signature(tf: Any, path: Path) -> Tuple[Any, Any]:
    try:
        model = tf.saved_model.load(str(path))
    except Exception as error:  # a broken SavedModel raises nearly anything
        raise ModelError(
            f"{path}: is not a SavedModel that TensorFlow {tf.__version__} can load"
            f" ({one_line(error)}); export it again"
        ) from error
    signature = getattr(model, "signatures", {}).get("serving_default")
    if signature is None:
        raise ModelError(f"{path}: has no signature serving_default; export it with `tod export`")
    missing = [name for name in OUTPUTS if name not in signature.structured_outputs]
    if missing:
        raise ModelError(
            f"{path}: lacks the output {', '.join(missing)} (it has"
            f" {', '.join(sorted(signature.structured_outputs))}); this is no detector of the"
            " Object Detection API: export it with `tod export`"
        )
    return model, signature


def _input(path: Path, signature: Any) -> Tuple[str, Any]:
    specs = signature.structured_input_signature[1]
    if len(specs) == 1:
        ((name, spec),) = specs.items()
        if spec.dtype.name in ("uint8", "float32") and spec.shape.rank == 4:
            return name, spec
    raise ModelError(
        f"{path}: takes {', '.join(f'{n} {s.dtype.name}{s.shape}' for n, s in specs.items())},"
        " not one picture; export it with --input_type image_tensor"
    )


def _fixed_size(spec: Any) -> Optional[Tuple[int, int]]:
    """Width and height where the network takes just one size."""
    _, height, width, _ = spec.shape.as_list()
    return (width, height) if height and width else None


def _decode(path: Path, outputs: Mapping[str, np.ndarray]) -> Raw:
    count = int(np.ravel(outputs["num_detections"])[0])
    boxes, classes, scores = (outputs[name] for name in OUTPUTS[:3])
    if (
        boxes.ndim != 3
        or boxes.shape[2] != 4
        or not boxes.shape[:2] == classes.shape == scores.shape
    ):
        raise ModelError(
            f"{path}: its outputs do not fit: boxes {boxes.shape}, classes {classes.shape},"
            f" scores {scores.shape}; export it with `tod export`"
        )
    masks = outputs.get(MASKS)
    if masks is not None and (masks.ndim != 4 or masks.shape[:2] != scores.shape):
        raise ModelError(
            f"{path}: its outputs do not fit: masks {masks.shape}, scores {scores.shape}; export it"
            " with `tod export`"
        )
    columns = next((outputs[name].shape[-1] for name in ALL_SCORES if name in outputs), None)
    return Raw(
        boxes[0, :count],
        np.rint(classes[0, :count]).astype(int),
        scores[0, :count],
        class_count=None if columns is None else (columns - 1, columns),
        masks=None if masks is None else masks[0, :count],
    )
