"""From a picture of 640x480 to detections, by each runtime, every one in a process of its own.

The yardsticks onnxruntime and OpenVINO are measured where they are installed (onnxruntime with
tf2onnx); where neither is, the goal they set counts as not measured. They get the same network,
converted from model.tflite, and the same work around it. The floor is the network's arithmetic at
the speed of the largest product of matrices.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np

from bench.measuring import CACHE, ask, quiet_environment, timed
from bench.setting import Setting
from bench.table import Row

ROUNDS, LOOKS, OWN_LOOKS = 5, 100, 5
MOST_OF_BEST = 1.5
NEEDS = {"onnxruntime": ("onnxruntime", "tf2onnx"), "openvino": ("openvino",)}


def measure(setting: Setting) -> List[Row]:
    models = {"litert": setting.model, "tensorflow": setting.model, "course": setting.unfrozen()}
    for name, modules in NEEDS.items():
        if all(importlib.util.find_spec(module) for module in modules):
            models[name] = setting.model
    times: Dict[str, List[float]] = {name: [] for name in models}
    for _ in range(setting.times(ROUNDS)):  # in turn, so that a slow minute slows them all
        for name, model in models.items():
            words = [name, str(model), str(setting.times(LOOKS))]
            times[name].append(ask("bench.rows.runtimes", *words)["median_ms"])
    ms = {name: statistics.median(values) for name, values in times.items()}
    floor = ask("bench.rows.runtimes", "floor", str(setting.model), "5")["median_ms"]
    own = ask("bench.rows.runtimes", "course", str(setting.course_network()), str(OWN_LOOKS))
    best = min((ms[name] for name in NEEDS if name in ms), default=None)
    what = "picture to detections"
    rows = [
        Row(f"{what}, LiteRT", ms["litert"], "ms", ms["course"], floor),
        Row(f"{what}, LiteRT; there: its own network", ms["litert"], "ms", own["median_ms"]),
        Row(f"{what}, frozen SavedModel", ms["tensorflow"], "ms", ms["course"], floor),
    ]
    rows += [Row(f"{what}, yardstick {n}", ms[n], "ms", ms["course"]) for n in NEEDS if n in ms]
    share = None if best is None else ms["litert"] / best
    rows.append(Row(f"{what}, LiteRT to best yardstick", share, "", most=MOST_OF_BEST))
    return rows


def main() -> None:
    name, folder, looks = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if name == "floor":
        print(json.dumps({"median_ms": _floor_ms(folder, looks)}))
        return
    from tod_ros.scene.compose import draw_scene

    pictures = [draw_scene(seed, cubes=2).image for seed in range(8)]
    look = _LOOKS[name](folder)
    for picture in pictures:
        look(picture)
    seconds = [timed(lambda: look(pictures[turn % 8])) for turn in range(looks)]  # noqa: B023
    print(json.dumps({"median_ms": 1000 * statistics.median(seconds)}))


def _ours(runtime: str) -> Callable[[Path], Callable[[np.ndarray], Any]]:
    def load(folder: Path) -> Callable[[np.ndarray], Any]:
        from tod_ros.inference.detector import load_detector

        return load_detector(folder, runtime=runtime).detect

    return load


def _course(folder: Path) -> Callable[[np.ndarray], Any]:
    """The unfrozen SavedModel, called as it is; the PNG is not counted."""
    import tensorflow as tf

    detect = tf.saved_model.load(str(folder / "saved_model"))

    def look(bgr: np.ndarray) -> Any:
        found = detect(tf.convert_to_tensor(bgr[:, :, ::-1])[tf.newaxis, ...])
        return {name: value.numpy() for name, value in found.items()}

    return look


def _onnxruntime(folder: Path) -> Callable[[np.ndarray], Any]:
    import onnxruntime

    path = _as_onnx(folder / "model.tflite")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    (image,) = session.get_inputs()
    return _with_arrays(folder, lambda picture: session.run(None, {image.name: picture}))


def _as_onnx(tflite: Path) -> Path:
    path = CACHE / f"yardstick-{hashlib.sha256(tflite.read_bytes()).hexdigest()[:12]}.onnx"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        convert = [sys.executable, "-m", "tf2onnx.convert", "--opset", "16"]
        convert += ["--tflite", str(tflite), "--output", str(path)]
        done = subprocess.run(convert, env=quiet_environment(), stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"tf2onnx failed: {done.stderr[-1000:]}")
    return path


def _openvino(folder: Path) -> Callable[[np.ndarray], Any]:
    import openvino

    hint = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": os.cpu_count() or 1}
    model = openvino.Core().compile_model(str(folder / "model.tflite"), "CPU", hint)
    request = model.create_infer_request()

    def infer(picture: np.ndarray) -> List[np.ndarray]:
        request.infer([picture])
        return [request.get_output_tensor(place).data for place in range(2)]

    return _with_arrays(folder, infer)


def _with_arrays(folder: Path, infer: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Any]:
    """A detector whose network is another runtime; boxes are the array of four columns."""
    import dataclasses

    from tod_ros.images.resizing import network_input
    from tod_ros.inference.detector import load_detector
    from tod_ros.inference.litert_runtime import best_classes
    from tod_ros.inference.network import Network

    detector = load_detector(folder, runtime="litert")
    size_wh = detector.network.input_size_wh
    places = None

    def run(bgr: np.ndarray) -> Any:
        nonlocal places
        arrays = infer(network_input(bgr, size_wh)[np.newaxis])
        if places is None:
            places = sorted((0, 1), key=lambda place: arrays[place].shape[2] != 4)
        return best_classes(*(np.asarray(arrays[place])[0] for place in places))

    return dataclasses.replace(detector, network=Network(run, size_wh)).detect


_LOOKS: Dict[str, Callable[[Path], Callable[[np.ndarray], Any]]] = {
    "litert": _ours("litert"),
    "tensorflow": _ours("tensorflow"),
    "course": _course,
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
}


def _floor_ms(folder: Path, times: int) -> float:
    import tensorflow as tf

    side = 2048
    one = tf.random.normal([side, side])
    product = tf.function(lambda: tf.linalg.matmul(one, one))
    product()
    peak = 2 * side**3 / min(timed(lambda: product().numpy()) for _ in range(times))
    return 1000 * float(operations(folder / "model.tflite")) / peak


def operations(path: Path) -> int:
    """Multiplications and additions of the convolutions and products in a TFLite file."""
    import tensorflow as tf

    plain = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = tf.lite.Interpreter(str(path), experimental_op_resolver_type=plain)
    shapes = {t["index"]: t["shape"] for t in interpreter.get_tensor_details()}
    total = 0
    for op in interpreter._get_ops_details():
        if op["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            weights = shapes[op["inputs"][1]]
            made = int(np.prod(shapes[op["outputs"][0]]))
            # of each number made: a conv sums over all but the first axis, a depthwise one over
            # its window alone
            summed = weights[1:3] if op["op_name"].startswith("DEPTHWISE") else weights[1:]
            total += 2 * made * int(np.prod(summed))
    return total


if __name__ == "__main__":
    main()
