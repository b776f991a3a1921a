"""What the archived OD API expects of TensorFlow, Keras and Pillow is supplied."""

from pathlib import Path

import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

import tensorflow as tf
from google.protobuf import text_format
from PIL import Image

from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.training import od_api
from tod_ros.training.frozen_layers import build_at_once
from tod_ros.training.od_api_private import set_training_mode, trace_as_written

COSINE = """%s { learning_rate { cosine_decay_learning_rate {
  learning_rate_base: 0.4 total_steps: 8 warmup_learning_rate: 0.1 warmup_steps: 2 } } }
  use_moving_average: %s"""


@pytest.fixture(autouse=True)
def prepared():
    od_api.prepare()


def built(text):
    from object_detection.builders import optimizer_builder
    from object_detection.protos import optimizer_pb2

    step = tf.Variable(0, dtype=tf.int64)
    config = text_format.Parse(text, optimizer_pb2.Optimizer())
    optimizer, (rate,) = optimizer_builder.build(config, global_step=step)
    return step, optimizer, rate


def test_the_rate_follows_its_schedule_while_it_trains():
    """Keras since TensorFlow 2.11 asks a rate that is a function once, and then never again."""
    step, optimizer, rate = built(COSINE % ("momentum_optimizer", "false"))
    weight, moves, rates = tf.Variable(0.0), [], []

    @tf.function
    def learn():
        optimizer.apply_gradients([(tf.constant(1.0), weight)])
        step.assign_add(1)

    for _ in range(8):
        before = float(weight)
        rates.append(float(rate()))
        learn()
        moves.append(before - float(weight))
    assert rates[0] == pytest.approx(0.1) and max(rates) == pytest.approx(0.4)
    assert rates[-1] < 0.1
    expected, move = [], 0.0
    for value in rates:  # momentum 0.9 is the config's default
        move = 0.9 * move + value
        expected.append(move)
    assert moves == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        COSINE % ("momentum_optimizer", "false"),
        COSINE % ("adam_optimizer", "false"),
        COSINE % ("rms_prop_optimizer", "false"),
        COSINE % ("momentum_optimizer", "true moving_average_decay: 0.9"),
    ],
)
def test_every_optimizer_of_the_zoo_is_built(text):
    _, optimizer, _ = built(text)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
    if hasattr(optimizer, "shadow_copy"):
        optimizer.shadow_copy(model)
    weights = model.trainable_variables
    before = weights[0].numpy().copy()
    optimizer.apply_gradients([(tf.ones_like(weight), weight) for weight in weights])
    assert (weights[0].numpy() != before).all()


def test_boxes_are_drawn_with_their_names():
    from object_detection.utils import visualization_utils

    picture = Image.new("RGB", (160, 90))
    visualization_utils.draw_bounding_box_on_image(
        picture, 0.2, 0.1, 0.8, 0.6, display_str_list=["two: 90%"]
    )
    assert len(picture.getcolors(10000)) > 2


def test_what_was_written_for_tensorflow_1_is_traced_without_autograph():
    """CenterNet was not; what holds is the last word, said how often ever."""
    from object_detection.core import box_list_ops
    from tensorflow.python.autograph.impl import conversion

    for is_wanted in (False, True, True, False):
        trace_as_written(is_wanted)
        assert conversion.is_allowlisted(box_list_ops.area) is is_wanted
        assert not conversion.is_allowlisted(built)


def test_boxes_that_pad_a_picture_change_no_loss():
    """`tod configure` leaves them out for an SSD; one of the pictures shows nothing."""
    from object_detection import model_lib
    from object_detection.builders import model_builder
    from object_detection.core import standard_fields

    config = read_pipeline(Path(__file__).parents[2] / "config/pipelines/ssd_tiny.config")
    model = model_builder.build(config.model, is_training=True)
    build_at_once(model)
    names, most = standard_fields.InputDataFields, 6
    boxes = tf.constant([[[0.1, 0.1, 0.5, 0.4], [0.5, 0.5, 0.9, 0.8]], [[0.0] * 4] * 2])
    counts = tf.constant([2, 0])
    is_real = tf.sequence_mask(counts, most, tf.float32)
    padded = tf.pad(boxes, [[0, 0], [0, most - 2], [0, 0]])
    labels = {
        names.groundtruth_boxes: padded,
        names.groundtruth_classes: tf.one_hot([[0, 1] + [0] * 4] * 2, 2) * is_real[..., None],
        names.groundtruth_weights: is_real,
        names.num_groundtruth_boxes: counts,
    }
    set_training_mode(model, False)
    pictures = tf.random.uniform([2, 192, 256, 3], 0, 255, seed=1)
    pixels, shapes = model.preprocess(pictures)
    predictions = model.predict(pixels, shapes)

    def losses(unpad):
        truth = model_lib.unstack_batch(labels, unpad_groundtruth_tensors=unpad)
        model_lib.provide_groundtruth(model, truth)
        return model.loss(predictions, shapes)

    with_padding, without = losses(False), losses(True)
    assert with_padding["Loss/localization_loss"] > 0
    for name, value in with_padding.items():
        assert float(without[name]) == pytest.approx(float(value), rel=1e-5)
