"""Runs a model.tflite with LiteRT: ai-edge-litert, or tflite-runtime on Python 3.8.

The network takes `image`, float32 [1,H,W,3] of 0..255 and red first, and answers decoded boxes
[1,N,4] and the scores of each class [1,N,C], before any suppression of overlaps. Where the card
tells how the network suppresses them, it is done here (suppression.py).
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from pathlib import Path
from typing import Any, Mapping, Tuple

import numpy as np

from tod_ros.errors import ModelError
from tod_ros.files import read_bytes
from tod_ros.images.resizing import network_input
from tod_ros.inference.cores import Cores
from tod_ros.inference.network import Network, Raw
from tod_ros.inference.suppression import LEAST_SCORE, suppressed, suppression_of
from tod_ros.text import one_line

MAX_BYTES = 2**31 - 1  # a flatbuffer's own limit
_LIBRARIES = ("ai_edge_litert", "tflite_runtime")


def is_installed() -> bool:
    return any(importlib.util.find_spec(name) for name in _LIBRARIES)


def load(path: Path, card: Mapping[str, Any], threads: int) -> Network:
    """A network whose calls take turns where they must: an interpreter holds one picture."""
    cores = Cores(threads)
    with cores.helpers():
        interpreter = _interpreter(path, cores.threads)
    image, boxes, scores = _find_tensors(path, interpreter, card.get("tflite", {}))
    _, height, width, _ = (int(n) for n in image["shape"])
    how = suppression_of(card.get("tflite", {}))
    turn = threading.Lock()

    def run(bgr_image: np.ndarray) -> Raw:
        picture = network_input(bgr_image, (width, height))[np.newaxis]
        try:
            with turn, cores.caller():
                interpreter.set_tensor(image["index"], picture)
                interpreter.invoke()
                found = [interpreter.get_tensor(tensor["index"])[0] for tensor in (boxes, scores)]
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"{path}: the network failed ({one_line(error)})") from error
        return suppressed(found[0], found[1], how) if how else best_classes(*found)

    return Network(run, (width, height))


def _interpreter(path: Path, threads: int) -> Any:
    name = next(name for name in _LIBRARIES if importlib.util.find_spec(name))
    library = importlib.import_module(f"{name}.interpreter")
    try:
        # from its content: a file that LiteRT maps would change under it when it is copied over
        interpreter = library.Interpreter(
            model_content=read_bytes(path, MAX_BYTES), num_threads=threads
        )
        interpreter.allocate_tensors()
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise ModelError(
            f"{path}: is not a TFLite model that LiteRT can load ({one_line(error)});"
            " export it again"
        ) from error
    return interpreter


def _find_tensors(path: Path, interpreter: Any, named: Mapping[str, Any]) -> Tuple[Any, Any, Any]:
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    images = [t for t in inputs if t["dtype"] is np.float32 and len(t["shape"]) == 4]
    boxes, scores = (_output(outputs, named.get(kind)) for kind in ("boxes", "scores"))
    if not named:  # boxes are four numbers, and there are as many as scores
        boxes = next((t for t in outputs if len(t["shape"]) == 3 and t["shape"][2] == 4), None)
        scores = next((t for t in outputs if t is not boxes and len(t["shape"]) == 3), None)
    if len(inputs) != 1 or len(images) != 1 or images[0]["shape"][3] != 3:
        raise ModelError(f"{path}: its input is not one float32 picture; export it with `tod`")
    if boxes is None or scores is None or not _agree(boxes["shape"], scores["shape"]):
        have = ", ".join(f"{t['name']} {list(map(int, t['shape']))}" for t in outputs)
        raise ModelError(
            f"{path}: needs outputs boxes [1,N,4] and scores [1,N,C], has {have};"
            " export it with `tod`"
        )
    return images[0], boxes, scores


def _output(outputs: Any, wanted: Any) -> Any:
    """An output by its name or by its position among the outputs."""
    for position, tensor in enumerate(outputs):
        if wanted in (tensor["name"], position) and not isinstance(wanted, bool):
            return tensor
    return None


def _agree(boxes: Any, scores: Any) -> bool:
    if len(boxes) != 3 or len(scores) != 3:
        return False
    return bool(boxes[0] == 1 and boxes[2] == 4 and tuple(boxes[:2]) == tuple(scores[:2]))


def best_classes(boxes: np.ndarray, scores: np.ndarray) -> Raw:
    """Of each box the class with the best score; boxes far under any threshold are left out."""
    labels = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), labels]
    kept = best >= LEAST_SCORE
    return Raw(boxes[kept], labels[kept] + 1, best[kept], class_count=(scores.shape[1],) * 2)
