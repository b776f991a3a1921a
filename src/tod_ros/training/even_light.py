"""A MobileNetV2 with FPN for SSDs that sees a dark picture as it sees a bright one.

A pipeline.config names it in place of "ssd_mobilenet_v2_fpn_keras", whose layers it has:

    feature_extractor { type: "ssd_mobilenet_v2_fpn_even_light_keras" ... }

Each picture is scaled by its brightest part, and what is dark beside that is lifted, as an eye does
it. It is a part of the network: an exported one does it by itself.
"""

from __future__ import annotations

from typing import Any, Dict

import tensorflow as tf
from object_detection.builders import model_builder
from object_detection.models.ssd_mobilenet_v2_fpn_keras_feature_extractor import (
    SSDMobileNetV2FpnKerasFeatureExtractor,
)

TYPE = "ssd_mobilenet_v2_fpn_even_light_keras"
PATCH_PX = 8  # the brightest patch counts, not the brightest pixel: that may be noise
LEAST_LIGHT = 16 / 255  # of white: a picture without any light shows noise
LIFT = 0.2  # of the brightest: what is as dark as this comes half-way up


class EvenLightFeatureExtractor(SSDMobileNetV2FpnKerasFeatureExtractor):  # type: ignore[misc]
    """The OD API's layers, shown pictures in even light."""

    def _extract_features(self, preprocessed_inputs: Any) -> Any:
        """The API calls it with pictures at the network's size; preprocess() it calls before."""
        return super()._extract_features(even_light(preprocessed_inputs))


def even_light(pictures: Any) -> Any:
    """[batch, height, width, 3] of -1 for black to 1 for white: 1 is then the brightest patch."""
    level = (pictures + 1.0) / 2.0
    grey = tf.reduce_mean(level, axis=3, keepdims=True)
    patches = tf.nn.avg_pool2d(grey, PATCH_PX, PATCH_PX, "VALID")
    level /= tf.maximum(tf.reduce_max(patches, axis=[1, 2, 3], keepdims=True), LEAST_LIGHT)
    return 2.0 * (1.0 + LIFT) * level / (level + LIFT) - 1.0


def register() -> None:
    """Make the OD API know it by its type."""
    known: Dict[str, Any] = model_builder.SSD_KERAS_FEATURE_EXTRACTOR_CLASS_MAP
    known[TYPE] = EvenLightFeatureExtractor
