"""How a network's class layer begins for new classes: plain arithmetic on its columns."""

import numpy as np
import pytest

from tod_ros.errors import TrainingError
from tod_ros.pipeline.config_file import parse_pipeline
from tod_ros.training.frozen_layers import freeze
from tod_ros.training.transfer.prediction_head import (
    Transfer,
    can_begin_from,
    can_take_over,
    columns,
)

KNOWN = ("1", "2", "A")


def transfer(classes, weights):
    return Transfer("ckpt", KNOWN, classes, weights)


def layer(anchors=2):
    """A last axis of anchors * (background + known): 10 * anchor + class."""
    return np.array([[10.0 * anchor + place for anchor in range(anchors) for place in range(4)]])


def test_a_known_class_keeps_its_column_wherever_it_goes():
    moved = columns(layer(), transfer(("A", "1"), {"A": {"A": 1.0}, "1": {"1": 1.0}}))
    assert moved.tolist() == [[0, 3, 1, 10, 13, 11]]


def test_a_new_class_begins_as_the_weighted_mean_of_known_ones():
    mixed = columns(layer(1), transfer(("mine",), {"mine": {"1": 0.5, "A": 1.5}}))
    assert mixed.tolist() == [[0, (0.5 * 1 + 1.5 * 3) / 2]]


def test_kernels_of_any_rank_are_taken():
    kernel = np.arange(2 * 3 * 8, dtype=np.float32).reshape(1, 2, 3, 8)
    moved = columns(kernel, transfer(("2",), {"2": {"2": 1.0}}))
    assert moved.shape == (1, 2, 3, 4) and moved.dtype == np.float32
    assert moved[0, 1, 2].tolist() == kernel[0, 1, 2, [0, 2, 4, 6]].tolist()


def test_a_layer_for_other_classes_is_refused():
    with pytest.raises(ValueError, match="not made for 3 classes"):
        columns(np.zeros((1, 6)), transfer(("2",), {"2": {"2": 1.0}}))


def test_what_is_held_fast_is_named_by_a_regular_expression():
    with pytest.raises(TrainingError, match=r"freeze_variables: 'block_\(' is no regular express"):
        freeze(None, ["block_("])


@pytest.mark.parametrize(
    "text, fits",
    [
        ("ssd { box_predictor { weight_shared_convolutional_box_predictor {} } }", True),
        ("ssd { box_predictor { convolutional_box_predictor {} } }", False),
        ("faster_rcnn {}", False),
    ],
)
def test_only_ssds_with_one_head_for_all_sizes_can_be_begun_from(text, fits):
    assert can_begin_from(parse_pipeline(f"model {{ {text} }}")) is fits


def with_anchors(text):
    return parse_pipeline(
        "model { ssd { box_predictor { weight_shared_convolutional_box_predictor {} }"
        f" anchor_generator {{ {text} }} }} }}"
    )


@pytest.mark.parametrize(
    "text, fits",
    [
        ("multiscale_anchor_generator { aspect_ratios: [1, 2, 0.5] anchor_scale: 2 }", True),
        ("multiscale_anchor_generator { aspect_ratios: [1, 3, 0.3] scales_per_octave: 2 }", True),
        ("multiscale_anchor_generator { aspect_ratios: [1, 2] }", False),
        ("ssd_anchor_generator { aspect_ratios: [1, 2, 0.5] }", False),
    ],
)
def test_prediction_layers_fit_where_each_place_has_as_many_anchors(text, fits):
    start = with_anchors("multiscale_anchor_generator { aspect_ratios: [1, 2, 0.5] }")
    assert can_take_over(start, with_anchors(text)) is fits
