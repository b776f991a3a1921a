"""A wider network begins with what a narrower one knows."""

import grow
import numpy as np
import pytest

from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.shipped import shipped
from tod_ros.training import od_api

tf = pytest.importorskip("tensorflow")
SIZE = 64


def config_of(multiplier, fpn_depth, tower_depth):
    config = read_pipeline(shipped("config", "pipelines", "cube_faces.config"))
    size = config.model.ssd.image_resizer.fixed_shape_resizer
    size.height = size.width = SIZE
    extractor = config.model.ssd.feature_extractor
    extractor.depth_multiplier, extractor.fpn.additional_layer_depth = multiplier, fpn_depth
    predictor = config.model.ssd.box_predictor.weight_shared_convolutional_box_predictor
    predictor.depth = tower_depth
    return config


WIDE = config_of(0.5, 64, 48)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A narrow network, none of whose weights is as a new one has it, and its checkpoint."""
    od_api.prepare()
    from object_detection.builders import model_builder

    model = model_builder.build(config_of(0.35, 48, 24).model, is_training=False)
    answers(model)
    rng = np.random.default_rng(3)
    for weight in model.feature_extractor.weights + model._box_predictor.weights:
        value = weight.numpy()
        noise = np.abs(rng.normal(0, 0.3, value.shape)) + 0.1
        weight.assign(value + noise if value.ndim == 1 else value)
    saved = tf.train.Checkpoint(model=model).save(str(tmp_path_factory.mktemp("narrow") / "ckpt"))
    return model, saved


def answers(model):
    """What it makes of a picture, before boxes are chosen."""
    picture = np.random.default_rng(5).uniform(0, 255, [1, SIZE, SIZE, 3])
    found = model.predict(*model.preprocess(tf.constant(picture, tf.float32)))
    names = ("box_encodings", "class_predictions_with_background")
    return np.concatenate([found[name].numpy().ravel() for name in names])


def grown(narrow, folder):
    from object_detection.builders import model_builder

    grow.grow(narrow[1], WIDE, folder / "draft", seed=1)
    checkpoint = tf.train.latest_checkpoint(str((folder / "draft").rename(folder / "moved")))
    model = model_builder.build(WIDE.model, is_training=False)
    answers(model)
    restored = tf.train.Checkpoint(model=model).restore(checkpoint)
    restored.assert_existing_objects_matched()
    return model


def test_without_changes_to_the_copies_it_gives_the_same(narrow, tmp_path, monkeypatch):
    monkeypatch.setattr(grow, "COPY_CHANGES", 0.0)
    before = answers(narrow[0])
    assert before.std() > 0.1
    assert np.abs(answers(grown(narrow, tmp_path)) - before).max() < 1e-3 * before.std()


def test_the_copies_differ_and_it_gives_nearly_the_same(narrow, tmp_path):
    before, wide = answers(narrow[0]), grown(narrow, tmp_path)
    after = answers(wide)
    assert np.corrcoef(before, after)[0, 1] > 0.9
    first = wide.feature_extractor.classification_backbone.weights[0].numpy()
    channels = first.reshape(-1, first.shape[-1])
    assert len(np.unique(channels, axis=1).T) == channels.shape[1]


def test_a_channel_is_copied_a_second_time_only_after_all_others():
    growth = grow._Growth(lambda name: np.zeros([1, 1, 3, 4]), {"k": (1, 1, 3, 10)}, seed=0)
    channels = growth._new_channels("k")
    assert list(channels[:4]) == [0, 1, 2, 3]
    assert sorted(channels[4:8]) == [0, 1, 2, 3]
    assert len(channels) == 10
