"""A wider network that begins with what a narrower one of the same layers knows.

Each channel more is a copy of one of the narrower network's, changed a little: what the two give
together is nearly what the one gave. So the wider one need not learn again what the other has
learnt, and the copies soon learn different things.

The network is an SSD on a MobileNetV2 with FPN and one predictor shared by its levels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Tuple

import numpy as np
from making import write_checkpoint

from tod_ros.training import od_api

BLOCKS = 17
ADDED_TO = (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)  # blocks whose outputs are added to their inputs
FPN_BLOCKS = {0: 12, 1: 5}  # whose outputs the FPN adds to what comes from the top
LEVELS = 3
COPY_CHANGES = 0.3  # of the spread of a channel's weights: how much a copy differs
COPY_SHARE = 0.3  # of what one channel gave, what its copies give
BACKBONE = "_feature_extractor/classification_backbone/layer_with_weights-{}"
FPN = "_feature_extractor/_fpn_features_generator"
HEAD = "_box_predictor"
TOWERS = {
    "BoxPredictionTower": ("box_encodings", "_box_prediction_head/_box_encoder_layers/0"),
    "ClassPredictionTower": (
        "class_predictions_with_background",
        "_prediction_heads/class_predictions_with_background/_class_predictor_layers/0",
    ),
}
NORM = ("beta", "gamma", "moving_mean", "moving_variance")
Channels = np.ndarray  # for each channel of the wider network: which of the narrower's it is
Reader = Callable[[str], np.ndarray]


def grow(narrow: str, config: Any, folder: Path, seed: int) -> None:
    """A checkpoint of the config's network in `folder`; it knows what that of `narrow` knows."""
    od_api.prepare()
    import tensorflow as tf
    from object_detection.builders import model_builder

    model = model_builder.build(config.model, is_training=False)
    size = config.model.ssd.image_resizer.fixed_shape_resizer
    model.predict(*model.preprocess(tf.zeros([1, size.height, size.width, 3])))
    prefix = tf.train.Checkpoint(model=model).save(str(folder / "ckpt"))
    known, fresh = tf.train.load_checkpoint(narrow), tf.train.load_checkpoint(prefix)
    wanted = {_plain(name): shape for name, shape in fresh.get_variable_to_shape_map().items()}
    growth = _Growth(lambda name: known.get_tensor(_full(name)), wanted, seed)
    tensors = {name: fresh.get_tensor(name) for name in fresh.get_variable_to_shape_map()}
    tensors.update({_full(name): value for name, value in growth.weights().items()})
    write_checkpoint(prefix, tensors)


def _full(name: str) -> str:
    return f"model/{name}/.ATTRIBUTES/VARIABLE_VALUE"


def _plain(name: str) -> str:
    return name[len("model/") : -len("/.ATTRIBUTES/VARIABLE_VALUE")]


class _Growth:
    """The wider network's weights, layer by layer from the picture to the heads."""

    def __init__(self, read: Reader, wanted: Mapping[str, Tuple[int, ...]], seed: int):
        self._read, self._wanted = read, wanted
        self._rng = np.random.default_rng(seed)
        self._weights: Dict[str, np.ndarray] = {}

    def weights(self) -> Dict[str, np.ndarray]:
        blocks, top = self._backbone()
        pyramid = self._new_channels(f"{FPN}/top_layers/0/kernel")
        self._conv(f"{FPN}/top_layers/0", top, pyramid)
        for number, block in FPN_BLOCKS.items():
            self._conv(f"{FPN}/residual_blocks/{number}/0", blocks[block], pyramid)
            self._separable(f"{FPN}/conv_layers/{number}/0", pyramid, pyramid)
            self._norm(f"{FPN}/conv_layers/{number}/1", pyramid)
        for tower, (norms, head) in TOWERS.items():
            self._tower(tower, norms, head, pyramid)
        return self._weights

    def _backbone(self) -> Tuple[Dict[int, Channels], Channels]:
        """The channels of each block's output, and those of the last layer."""
        layer = iter(range(2 + 6 * BLOCKS))
        outputs: Dict[int, Channels] = {}

        def conv(seen: Channels, given: Any = None) -> Channels:
            name = BACKBONE.format(next(layer))
            made = self._new_channels(f"{name}/kernel") if given is None else given
            self._conv(name, seen, made)
            self._norm(BACKBONE.format(next(layer)), made)
            return made

        def depthwise(seen: Channels) -> None:
            self._depthwise(BACKBONE.format(next(layer)), seen)
            self._norm(BACKBONE.format(next(layer)), seen)

        now = conv(np.arange(3))
        for block in range(BLOCKS):
            inside = conv(now) if block else now
            depthwise(inside)
            now = outputs[block] = conv(inside, now if block in ADDED_TO else None)
        return outputs, conv(now)

    def _tower(self, tower: str, norms: str, head: str, seen: Channels) -> None:
        for number in (0, 1):
            name = f"{HEAD}/_head_scope_conv_layers/{tower}/{number}"
            made = self._new_channels(f"{name}/pointwise_kernel")
            self._separable(name, seen, made)
            for level in range(LEVELS):
                norm = f"{HEAD}/_base_tower_layers_for_heads/{norms}/{level}/{1 + 3 * number}"
                self._norm(norm, made)
            seen = made
        answers = np.arange(self._wanted[f"{HEAD}/{head}/bias"][0])
        self._separable(f"{HEAD}/{head}", seen, answers)
        self._weights[f"{HEAD}/{head}/bias"] = self._read(f"{HEAD}/{head}/bias")

    def _new_channels(self, kernel: str) -> Channels:
        """The narrower layer's own, then copies of some of them, each as seldom as can be."""
        old, new = self._read(kernel).shape[-1], self._wanted[kernel][-1]
        rounds = [self._rng.permutation(old) for _ in range((new - 1) // old)]
        return np.concatenate([np.arange(old), *rounds])[:new]

    def _conv(self, name: str, seen: Channels, made: Channels) -> None:
        self._weights[f"{name}/kernel"] = self._mixing(f"{name}/kernel", seen, made)
        if f"{name}/bias" in self._wanted:
            self._weights[f"{name}/bias"] = self._read(f"{name}/bias")[made]

    def _separable(self, name: str, seen: Channels, made: Channels) -> None:
        self._depthwise(name, seen)
        kernel = f"{name}/pointwise_kernel"
        self._weights[kernel] = self._mixing(kernel, seen, made)

    def _depthwise(self, name: str, seen: Channels) -> None:
        kernel = f"{name}/depthwise_kernel"
        self._weights[kernel] = self._read(kernel)[:, :, seen]

    def _norm(self, name: str, seen: Channels) -> None:
        for part in NORM:
            self._weights[f"{name}/{part}"] = self._read(f"{name}/{part}")[seen]

    def _mixing(self, kernel: str, seen: Channels, made: Channels) -> np.ndarray:
        """A kernel that adds up its input's channels: copies among them share the weight."""
        old = self._read(kernel)
        copies = np.bincount(seen)[seen] - 1
        is_copy = np.arange(len(seen)) >= old.shape[2]
        first = np.where(copies > 0, 1 - COPY_SHARE, 1.0)
        share = np.where(is_copy, COPY_SHARE / np.maximum(copies, 1), first)
        weights = (old[:, :, seen] * share[:, None])[..., made]
        spread = weights.std(axis=(0, 1, 2)) * (np.arange(len(made)) >= old.shape[3])
        noise = self._rng.normal(0.0, 1.0, weights.shape) * COPY_CHANGES * spread
        return (weights + noise).astype(np.float32)
