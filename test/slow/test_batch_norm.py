"""Inference sees what training saw: the zoo's architectures, tiny and after a few steps.

For each, the raw predictions of a checkpoint (what is exported) are compared with those in training
mode on the same training pictures. Their distance is the root of the mean square of the difference,
as a part of how far the predictions in training mode spread.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

import tensorflow as tf
from walking import walked

from tod_ros.dataset.project import open_project
from tod_ros.pipeline.batch_norms import batch_norms
from tod_ros.pipeline.config_file import parse_pipeline
from tod_ros.pipeline.configuring import Options, configure
from tod_ros.pipeline.training_data import read_data, with_whole_paths
from tod_ros.training.batch_norm import (
    LEAST_BATCHES,
    PICTURES,
    learning_batch_norms,
    take_statistics,
)
from tod_ros.training.learner import Learner
from tod_ros.training.od_api_private import predict_in_training_mode, set_training_mode
from tod_ros.training.trained_network import TrainedNetwork

STEPS, BATCH = 6, 4
ZOO_DECAY = 0.997
NEAR, FAR = 0.01, 0.8  # with the statistics taken anew; with the moving averages of a few steps

_HYPERPARAMS = """conv_hyperparams { activation: RELU_6
  regularizer { l2_regularizer { weight: 0.00004 } }
  initializer { truncated_normal_initializer { stddev: 0.03 } }
  batch_norm { scale: true decay: 0.997 epsilon: 0.001 } }"""
_SSD = """model { ssd { num_classes: 2 inplace_batchnorm_update: true
  image_resizer { fixed_shape_resizer { height: 128 width: 160 } }
  box_coder { faster_rcnn_box_coder { y_scale: 10 x_scale: 10 height_scale: 5 width_scale: 5 } }
  matcher { argmax_matcher { matched_threshold: 0.5 unmatched_threshold: 0.5
    negatives_lower_than_unmatched: true force_match_for_each_row: true use_matmul_gather: true } }
  similarity_calculator { iou_similarity {} } encode_background_as_zeros: true
  normalize_loss_by_num_matches: true normalize_loc_loss_by_codesize: true
  loss { classification_loss { weighted_sigmoid_focal { alpha: 0.25 gamma: 2 } }
    localization_loss { weighted_smooth_l1 {} } classification_weight: 1 localization_weight: 1 }
  post_processing { batch_non_max_suppression { score_threshold: 1e-8 iou_threshold: 0.5
    max_detections_per_class: 20 max_total_detections: 20 } score_converter: SIGMOID }
  %s } } """
_MULTISCALE = """anchor_generator { multiscale_anchor_generator { min_level: 3 max_level: %d
  anchor_scale: 2 aspect_ratios: 1 scales_per_octave: 2 } }"""
_SHARED = (
    """box_predictor { weight_shared_convolutional_box_predictor { depth: 32 kernel_size: 3
  num_layers_before_predictor: 2 class_prediction_bias_init: -3 use_depthwise: true """
    + _HYPERPARAMS
    + " } }"
)
_TRAIN = """train_config { batch_size: 4 num_steps: 100 optimizer { momentum_optimizer {
  learning_rate { cosine_decay_learning_rate { learning_rate_base: 0.01 total_steps: 100
    warmup_learning_rate: 0.005 warmup_steps: 10 } } momentum_optimizer_value: 0.9 }
  use_moving_average: false } }
train_input_reader { tf_record_input_reader { input_path: "PATH_TO_BE_CONFIGURED" } }
eval_config { metrics_set: "coco_detection_metrics" }
eval_input_reader { tf_record_input_reader { input_path: "PATH_TO_BE_CONFIGURED" } }"""

NETWORKS = {
    "ssd_mobilenet_v2": _SSD
    % (
        """feature_extractor { type: "ssd_mobilenet_v2_keras" depth_multiplier: 0.35 min_depth: 16
    override_base_feature_extractor_hyperparams: true """
        + _HYPERPARAMS
        + """ }
  anchor_generator { ssd_anchor_generator { num_layers: 6 min_scale: 0.2 max_scale: 0.95
    aspect_ratios: 1 } }
  box_predictor { convolutional_box_predictor { kernel_size: 1
    use_dropout: false apply_sigmoid_to_scores: false
    class_prediction_bias_init: -3 """
        + _HYPERPARAMS
        + " } }"
    ),
    "ssd_mobilenet_v2_fpnlite": _SSD
    % (
        """feature_extractor { type: "ssd_mobilenet_v2_fpn_keras" depth_multiplier: 0.35
    min_depth: 16 use_depthwise: true override_base_feature_extractor_hyperparams: true
    fpn { min_level: 3 max_level: 5 additional_layer_depth: 32 } """
        + _HYPERPARAMS
        + " } "
        + _MULTISCALE % 5
        + _SHARED
    ),
    "efficientdet": _SSD.replace("height: 128 width: 160", "height: 256 width: 256")
    % (
        """feature_extractor { type: "ssd_efficientnet-b0_bifpn_keras"
    bifpn { min_level: 3 max_level: 7 num_iterations: 1 num_filters: 32 } """
        + _HYPERPARAMS.replace("RELU_6", "SWISH")
        + " } "
        + _MULTISCALE % 7
        + _SHARED.replace("RELU_6", "SWISH")
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("work") / "cubes"
    walked("init", root, "--class", "one", "--class", "two")
    walked("synth", root, "-n", "20", "--seed", "3")
    walked("split", root, "--test", "0.2")
    walked("convert", root)
    return open_project(str(root))


def config_for(project, text):
    config = parse_pipeline(text + _TRAIN)
    fitted = configure(config, read_data(project), None, Options(steps=STEPS, batch_size=BATCH))
    for message in batch_norms(fitted.model):
        message.decay = ZOO_DECAY
    return with_whole_paths(fitted, project)


def predictions(found):
    """The raw predictions by name, each [pictures, places, values]."""
    told = {}
    for name in ("box_encodings", "class_predictions_with_background"):
        value = np.asarray(found[name])
        told[name] = np.reshape(value, (value.shape[0], -1, value.shape[-1]))
    return told


def distance(training, inference):
    spread = training - training.mean(axis=(0, 1), keepdims=True)
    return float(np.sqrt(np.mean((training - inference) ** 2) / np.mean(spread**2)))


def test_exact_averages_take_the_place_of_moving_ones_and_frozen_layers_keep_theirs():
    from object_detection.core.freezable_batch_norm import FreezableBatchNorm

    shown = tf.keras.Input((6, 9, 3))
    learns, frozen = (
        FreezableBatchNorm(training=mode, momentum=ZOO_DECAY) for mode in (True, False)
    )
    model = tf.keras.Model(shown, frozen(tf.keras.layers.Conv2D(4, 3)(learns(shown))))
    batches = np.random.default_rng(0).normal(2, 3, (4, 8, 6, 9, 3)).astype(np.float32)
    queue = iter(tf.data.Dataset.from_tensor_slices(batches).repeat())

    def look():
        tf.keras.backend.set_learning_phase(True)
        model(next(queue))

    assert learning_batch_norms(model) == [learns]
    assert take_statistics(model, look, batch_size=8) == 1  # 16 batches: each of the four 4 times
    everything = batches.reshape(-1, 3)
    assert learns.moving_mean.numpy() == pytest.approx(everything.mean(axis=0), abs=1e-4)
    assert learns.moving_variance.numpy() == pytest.approx(everything.var(axis=0), rel=1e-4)
    assert frozen.moving_mean.numpy().tolist() == [0, 0, 0, 0]


@pytest.fixture(params=sorted(NETWORKS))
def name(request):
    """One is compiled, as a training does; many layers take longer to compile than to compute."""
    tf.config.run_functions_eagerly(request.param != "ssd_mobilenet_v2")
    yield request.param
    tf.config.run_functions_eagerly(False)


def test_what_is_exported_predicts_what_the_network_predicted_in_training(name, project, tmp_path):
    """Taken from the very pictures compared: a deep network at random makes much of any noise."""
    config = config_for(project, NETWORKS[name])
    learner = Learner(config, tmp_path / "run")
    learner.network.build()
    drop_nothing(learner.network.model)
    try:
        for _ in range(STEPS):
            learner.take_step()
        traced = learner.network._take_step.experimental_get_tracing_count()
        assert traced <= 1  # its variables were there before; one that is not compiled has none
        model, batch = learner.network.model, next(iter(learner.network.dataset))

        def look():
            return predict_in_training_mode(model, *batch, False)

        before = learner.save()
        assert take_statistics(model, look, PICTURES // 8) > 10  # eight looks, all the same
        after = learner.save()
        training = predictions(look())
    finally:
        learner.close()
    exported = TrainedNetwork(config, before)
    pixels, shapes = batch[0]["image"], batch[0]["true_image_shape"]
    far = distances(training, predictions(exported.model.predict(pixels, shapes)))
    tf.train.Checkpoint(model=exported.model).restore(after).expect_partial()
    near = distances(training, predictions(exported.model.predict(pixels, shapes)))
    print(name, "moving averages:", far, "taken anew:", near)
    assert max(near.values()) < NEAR, near
    assert max(far.values()) > FAR, "the moving averages of a few steps would do as well"


def drop_nothing(model):
    """EfficientNet drops blocks at random while it trains: no two looks would be the same."""
    for layer in model.submodules:
        if isinstance(layer, tf.keras.layers.Dropout):
            layer.rate = 0.0


def distances(training, inference):
    return {name: distance(training[name], inference[name]) for name in training}


CENTERNET = """model { center_net { num_classes: 2
  feature_extractor { type: "mobilenet_v2_fpn" channel_stds: [1, 1, 1] channel_means: [0, 0, 0] }
  image_resizer { fixed_shape_resizer { height: 128 width: 128 } }
  object_detection_task { localization_loss { l1_localization_loss {} } }
  object_center_params { max_box_predictions: 20
    classification_loss { penalty_reduced_logistic_focal_loss { alpha: 2 beta: 4 } } } } }"""


def test_centernets_statistics_are_taken_too(project, tmp_path, monkeypatch):
    """Nothing is learnt here: fresh averages are as far off as those of a few steps."""
    from object_detection.models.keras_models import mobilenet_v2

    build = mobilenet_v2.mobilenet_v2  # asks for weights from the network; any will do here
    monkeypatch.setattr(
        mobilenet_v2, "mobilenet_v2", lambda *given, **named: build(*given, **{**named, **RANDOM})
    )
    config = config_for(project, CENTERNET)
    learner = Learner(config, tmp_path / "run")
    try:
        learner.network.build()
        model, batch = learner.network.model, next(iter(learner.network.dataset))
        pixels, shapes = batch[0]["image"], batch[0]["true_image_shape"]

        def inference():
            set_training_mode(model, False)
            return heat_maps(model.predict(pixels, shapes))

        def look():
            return predict_in_training_mode(model, *batch, False)

        far, training = inference(), heat_maps(look())
        assert take_statistics(model, look, PICTURES // LEAST_BATCHES) > 10
        near = inference()
    finally:
        learner.close()
    assert min(distances(training, far).values()) > FAR
    assert max(distances(training, near).values()) < NEAR


RANDOM = {"weights": None}


def heat_maps(found):
    """CenterNet's raw predictions by name, each [pictures, places, values]."""
    names = ("object_center", "box/scale", "box/offset")
    maps = {name: np.asarray(found[name][-1]) for name in names}
    return {name: np.reshape(m, (m.shape[0], -1, m.shape[-1])) for name, m in maps.items()}
