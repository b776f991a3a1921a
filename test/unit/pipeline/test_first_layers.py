"""The first layers of a network that goes on from a checkpoint are held fast."""

import re

import pytest
import zoo_configs

from tod_ros.pipeline.config_file import architecture, parse_pipeline
from tod_ros.pipeline.first_layers import FIRST_LAYERS, hold_first_layers

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)

# variables of Keras' own networks: those up to a quarter of the input, and those after it
VARIABLES = {
    "ssd_mobilenet_v2_fpn_keras": (
        ("Conv1/kernel:0", "bn_Conv1/gamma:0", "expanded_conv_project_BN/beta:0"),
        ("block_3_expand/kernel:0", "block_12_expand/kernel:0", "Conv_1/kernel:0"),
    ),
    "ssd_mobilenet_v1_fpn_keras": (
        ("conv1/kernel:0", "conv1_bn/gamma:0", "conv_dw_3/depthwise_kernel:0", "conv_pw_3_bn/b:0"),
        ("conv_dw_4/depthwise_kernel:0", "conv_pw_13/kernel:0", "smoothing_1/conv1/kernel:0"),
    ),
    "ssd_resnet50_v1_fpn_keras": (
        ("conv1_conv/kernel:0", "conv1_bn/gamma:0", "conv2_block3_3_bn/beta:0"),
        ("conv3_block1_1_conv/kernel:0", "conv5_block3_out/kernel:0"),
    ),
}


def of_type(kind):
    config = parse_pipeline(zoo_configs.SSD)
    architecture(config).feature_extractor.type = kind
    return config


@pytest.mark.parametrize("kind", sorted(VARIABLES))
def test_the_layers_at_a_quarter_of_the_input_and_before_it_are_held(kind):
    config = of_type(kind)
    assert "held as the start has them" in hold_first_layers(config)[0]
    (pattern,) = config.train_config.freeze_variables
    first, later = VARIABLES[kind]
    assert all(re.search(pattern, name) for name in first)
    assert not any(re.search(pattern, name) for name in later)


def test_what_the_config_freezes_already_or_nobody_knows_stays_as_it_is():
    assert len(FIRST_LAYERS) == len(VARIABLES)
    config = of_type("ssd_mobilenet_v2_keras")
    config.train_config.freeze_variables.append("^Conv1")
    assert hold_first_layers(config) == []
    assert list(config.train_config.freeze_variables) == ["^Conv1"]
    for text in (zoo_configs.FASTER_RCNN, zoo_configs.CENTERNET, zoo_configs.EFFICIENTDET):
        assert hold_first_layers(parse_pipeline(text)) == []
