"""A small backbone for Faster and Mask R-CNN, which learns from scratch on an ordinary computer.

The smallest that the OD API has for them under TensorFlow 2 is a ResNet-50: 23 million weights that
want a checkpoint to start from. This one has a hundredth of them. A pipeline.config names it:

    feature_extractor { type: "faster_rcnn_small_keras" first_stage_features_stride: 8 }

It normalises groups of channels of each picture, so a network that learns from four pictures a step
sees the same in inference as in training. The second stage is told where in its crop each pixel
lies: the OD API's box head averages over the crop, and would forget it.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

import tensorflow as tf
from object_detection.builders import model_builder
from object_detection.meta_architectures.faster_rcnn_meta_arch import (
    FasterRCNNKerasFeatureExtractor,
)

TYPE = "faster_rcnn_small_keras"
STRIDE = 8
CHANNELS = 64
GROUPS = 8


class SmallFeatureExtractor(FasterRCNNKerasFeatureExtractor):  # type: ignore[misc]
    """Both stages' convolutions; the weights are those of a given `depth`."""

    def __init__(
        self,
        is_training: bool,
        first_stage_features_stride: int = STRIDE,
        batch_norm_trainable: bool = False,
        weight_decay: float = 0.0,
    ):
        if first_stage_features_stride != STRIDE:
            raise ValueError(f"{TYPE}: first_stage_features_stride must be {STRIDE}")
        super().__init__(
            is_training, first_stage_features_stride, batch_norm_trainable, weight_decay
        )

    def preprocess(self, resized_inputs: Any) -> Any:
        return resized_inputs / 127.5 - 1.0

    def get_proposal_feature_extractor_model(self, name: Optional[str] = None) -> Any:
        given = tf.keras.Input([None, None, 3])
        seen = _convolved(given, CHANNELS // 4, strides=2)
        seen = _convolved(_convolved(seen, CHANNELS // 2, strides=2), CHANNELS // 2)
        seen = _convolved(seen, CHANNELS, strides=2)
        for dilation in (1, 2, 4):
            seen = seen + _convolved(_convolved(seen, CHANNELS, dilation=dilation), CHANNELS)
        return tf.keras.Model(given, seen, name=name)

    def get_box_classifier_feature_extractor_model(self, name: Optional[str] = None) -> Any:
        given = tf.keras.Input([None, None, CHANNELS])
        seen = _convolved(_WithPlaces()(given), CHANNELS)
        seen = seen + _convolved(_convolved(seen, CHANNELS), CHANNELS)
        return tf.keras.Model(given, seen, name=name)


class _WithPlaces(tf.keras.layers.Layer):  # type: ignore[misc]
    """Two channels more: how far right and how far down a pixel is, from -1 to 1."""

    def call(self, inputs: Any) -> Any:
        shape = tf.shape(inputs)
        across = tf.linspace(-1.0, 1.0, shape[2])[tf.newaxis, tf.newaxis, :, tf.newaxis]
        down = tf.linspace(-1.0, 1.0, shape[1])[tf.newaxis, :, tf.newaxis, tf.newaxis]
        one = tf.ones([shape[0], shape[1], shape[2], 1])
        return tf.concat([inputs, across * one, down * one], axis=3)


def _convolved(seen: Any, channels: int, strides: int = 1, dilation: int = 1) -> Any:
    conv = tf.keras.layers.Conv2D(
        channels,
        3,
        strides,
        "same",
        dilation_rate=dilation,
        use_bias=False,
        kernel_initializer="he_normal",
    )
    return tf.nn.relu(tf.keras.layers.GroupNormalization(GROUPS)(conv(seen)))


def register() -> None:
    """Make the OD API know it by its type."""
    known: Dict[str, Any] = model_builder.FASTER_RCNN_KERAS_FEATURE_EXTRACTOR_CLASS_MAP
    known[TYPE] = SmallFeatureExtractor
