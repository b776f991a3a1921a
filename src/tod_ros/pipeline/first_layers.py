"""The first layers of a network: how edges look, they have learnt from a hundred thousand pictures.

They work at a quarter of the input and more, where a step spends a quarter of its time on learning.
"""

from __future__ import annotations

from typing import Any, List

from tod_ros.pipeline.config_file import architecture, architecture_name

# by a part of the feature extractor's type: the variables of the layers at full to quarter size
FIRST_LAYERS = {
    "mobilenet_v2": "^(Conv1|bn_Conv1|expanded_conv_|block_[12]_)",
    "mobilenet_v1": "^(conv1|conv_(dw|pw)_[123])(_bn)?/",
    "resnet": "^(conv1_|conv2_block)",
}


def hold_first_layers(config: Any) -> List[str]:
    """Freeze the first layers of an SSD that goes on from a checkpoint; say so."""
    train = config.train_config
    if architecture_name(config) != "ssd" or train.freeze_variables:
        return []
    kind = architecture(config).feature_extractor.type
    pattern = next((FIRST_LAYERS[part] for part in FIRST_LAYERS if part in kind), None)
    if pattern is None:
        return []
    train.freeze_variables.append(pattern)
    return [
        "first layers: held as the start has them; a step then takes three quarters of its time"
    ]
