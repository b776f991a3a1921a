"""What a transfer does to a real network: weights, frozen layers, the head first, the loss."""

from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", exc_type=ImportError)

from tod_ros.errors import TrainingError  # noqa: E402
from tod_ros.pipeline.config_file import read_pipeline  # noqa: E402
from tod_ros.training import od_api  # noqa: E402
from tod_ros.training.frozen_layers import build_at_once, freeze  # noqa: E402
from tod_ros.training.transfer.prediction_head import HeadFirst, Transfer, tell_classes_apart  # noqa: E402

CONFIG = Path(__file__).parents[2] / "config/pipelines/cube_faces.config"
WEIGHTS = {"two": {"two": 1.0}, "mine": {"one": 0.5, "two": 0.5}}


def built(classes):
    od_api.prepare()
    from object_detection.builders import model_builder

    config = read_pipeline(CONFIG)
    config.model.ssd.num_classes = classes
    config.model.ssd.freeze_batchnorm = True
    model = model_builder.build(config.model, is_training=True)
    build_at_once(model)
    return model


def scores(model):
    model._is_training = False
    pixels, shapes = model.preprocess(tf.random.uniform([1, 64, 64, 3], 0, 255, seed=4))
    found = model.predict(pixels, shapes)
    return found["class_predictions_with_background"].numpy(), found["box_encodings"].numpy()


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A network of two classes and its checkpoint."""
    model = built(2)
    folder = tmp_path_factory.mktemp("start")
    return model, tf.train.Checkpoint(model=model).save(str(folder / "ckpt"))


@pytest.fixture(scope="module")
def learner(start):
    model = built(2)
    Transfer(start[1], ("one", "two"), ("two", "mine"), WEIGHTS).begin(model)
    return model


def test_what_was_known_is_known_and_the_new_class_begins_between(start, learner):
    tf.random.set_seed(1)
    known, boxes = scores(start[0])
    tf.random.set_seed(1)
    new, same_boxes = scores(learner)
    np.testing.assert_allclose(new[..., :2], known[..., [0, 2]], atol=1e-5)
    np.testing.assert_allclose(new[..., 2], known[..., 1:].mean(-1), atol=1e-5)
    np.testing.assert_allclose(same_boxes, boxes, atol=1e-5)


def test_a_checkpoint_of_another_network_is_refused_in_one_line(tmp_path, learner):
    other = tf.train.Checkpoint(model=tf.train.Checkpoint(step=tf.Variable(1))).save(
        str(tmp_path / "ckpt")
    )
    with pytest.raises(TrainingError, match="does not fit this network") as caught:
        Transfer(other, ("one", "two"), ("two", "mine"), WEIGHTS).begin(learner)
    assert "\n" not in str(caught.value)


def test_the_comparison_adds_to_the_loss_of_anchors_on_objects_alone(learner):
    logits = tf.constant([[[0.0, 2.0, 1.0], [0.0, 2.0, 1.0]]])
    targets = tf.constant([[[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]])
    weights = tf.ones_like(logits)
    before = learner._classification_loss(logits, targets, weights=weights).numpy()
    original = learner._classification_loss
    tell_classes_apart(learner, 0.5)
    after = learner._classification_loss(logits, targets, weights=weights).numpy()
    learner._classification_loss = original
    added = after - before
    assert added[0, 0].sum() == pytest.approx(0.5 * np.log(1 + np.e), rel=1e-4)
    assert abs(added[0, 1]).max() < 1e-6


def test_frozen_layers_are_out_of_the_learning_and_a_pattern_without_any_is_refused(learner):
    before = len(learner.trainable_variables)
    assert freeze(learner, ["^(Conv1|bn_Conv1|block_1_)"]) > 6
    names = [variable.name for variable in learner.trainable_variables]
    assert len(names) < before and not any(name.startswith("block_1_") for name in names)
    assert any(name.startswith("block_10_") for name in names)
    with pytest.raises(TrainingError, match="freeze_variables: matches no layer"):
        freeze(learner, ["^nothing_like_it"])


@pytest.mark.parametrize("step, moves", [(0, False), (5, True)])
def test_only_the_last_layer_moves_in_the_first_steps(step, moves):
    last, other = tf.Variable(1.0, name="x/ClassPredictor/bias"), tf.Variable(1.0, name="body")
    optimizer = HeadFirst(tf.keras.optimizers.legacy.Adam(0.1), tf.Variable(step), 5)
    optimizer.apply_gradients([(tf.constant(1.0), last), (tf.constant(1.0), other)])
    assert float(last.numpy()) != 1.0
    assert bool(other.numpy() != 1.0) is moves
