"""The package's own backbone: small, of a stride of 8, the same in training and inference."""

import numpy as np
import pytest

from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.shipped import shipped
from tod_ros.training import od_api

tf = pytest.importorskip("tensorflow", exc_type=ImportError)


@pytest.fixture(scope="module")
def extractor():
    od_api.prepare()
    from object_detection.builders import model_builder

    from tod_ros.training.small_backbone import TYPE

    config = read_pipeline(shipped("config", "pipelines", "mask_rcnn_small.config"))
    told = config.model.faster_rcnn.feature_extractor
    assert told.type == TYPE
    known = model_builder.FASTER_RCNN_KERAS_FEATURE_EXTRACTOR_CLASS_MAP
    return known[TYPE](True, told.first_stage_features_stride)


def test_the_map_has_an_eighth_of_the_pictures_sides(extractor):
    model = extractor.get_proposal_feature_extractor_model()
    picture = extractor.preprocess(tf.random.uniform([2, 96, 128, 3], 0, 255))
    assert float(tf.reduce_max(tf.abs(picture))) <= 1
    assert model(picture).shape == (2, 12, 16, 64)
    assert sum(np.prod(weight.shape) for weight in model.weights) < 400_000


def test_training_and_inference_see_the_same(extractor):
    model = extractor.get_proposal_feature_extractor_model()
    picture = tf.random.uniform([1, 64, 64, 3], -1, 1)
    assert np.allclose(model(picture, training=True), model(picture, training=False))


def test_the_second_stage_knows_where_in_its_crop_a_thing_is(extractor):
    model = extractor.get_box_classifier_feature_extractor_model()
    left = np.zeros([1, 14, 14, 64], np.float32)
    left[0, 4:9, 2:5] = 1
    means = [model(crop).numpy().mean((1, 2)) for crop in (left, left[:, :, ::-1])]
    assert np.abs(means[0] - means[1]).max() > 0.01  # the box head sees only these means


def test_another_stride_is_refused(extractor):
    with pytest.raises(ValueError, match="first_stage_features_stride must be 8"):
        type(extractor)(True, 16)
