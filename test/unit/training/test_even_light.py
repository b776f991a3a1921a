"""The feature extractor that sees a dark picture as a bright one."""

import numpy as np
import pytest

from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.shipped import shipped
from tod_ros.training import od_api

tf = pytest.importorskip("tensorflow", exc_type=ImportError)
HEIGHT, WIDTH = 48, 64


@pytest.fixture(scope="module")
def seen():
    """What the network is shown of a picture, an array [H,W,3] of 0..255."""
    od_api.prepare()
    from tod_ros.training.even_light import even_light

    def shown(picture):
        batch = tf.constant(picture[np.newaxis] / 127.5 - 1, tf.float32)
        return even_light(batch).numpy()[0]

    return shown


@pytest.fixture()
def picture():
    """Paper at 240 with ink at 60, on a desk at 24."""
    picture = np.full([HEIGHT, WIDTH, 3], 24.0)
    picture[8:40, 8:40] = 240
    picture[20:28, 20:28] = 60
    return picture


def test_a_dark_picture_looks_as_a_bright_one(seen, picture):
    assert np.allclose(seen(picture), seen(picture / 12), atol=1e-5)


def test_the_brightest_patch_is_1_and_black_is_minus_1(seen, picture):
    picture[0, 0] = 0
    shown = seen(picture)
    assert shown[12, 12] == pytest.approx(1)
    assert shown[0, 0] == pytest.approx(-1)
    assert shown.min() >= -1


def test_what_is_dark_beside_a_lamp_still_differs(seen, picture):
    picture /= 10
    picture[:8, :8] = 255  # the lamp
    shown = seen(picture)
    plain = 2 * picture / 255 - 1
    assert (shown[12, 12] - shown[24, 24])[0] > 2.5 * (plain[12, 12] - plain[24, 24])[0]


@pytest.mark.parametrize("level", [0, 1])
def test_a_picture_without_light_stays_dark(seen, level):
    assert np.all(seen(np.full([HEIGHT, WIDTH, 3], float(level))) < -0.4)


def test_a_bright_pixel_alone_does_not_count(seen, picture):
    dark = picture / 12
    before = seen(dark)[12, 12]
    dark[44, 60] = 255
    assert np.allclose(seen(dark)[12, 12], before)


def test_the_network_evens_the_light_of_what_the_api_has_resized(seen, picture):
    from object_detection.builders import model_builder

    config = read_pipeline(shipped("config", "pipelines", "cube_faces.config"))
    size = config.model.ssd.image_resizer.fixed_shape_resizer
    size.height, size.width = 64, 96
    model = model_builder.build(config.model, is_training=False)

    def seen_by_the_layers(light):
        pixels, _ = model.preprocess(tf.constant(picture[np.newaxis] * light, tf.float32))
        return model.feature_extractor(pixels)[0].numpy()

    bright, dark = seen_by_the_layers(1.0), seen_by_the_layers(0.1)
    assert bright.std() > 0
    assert np.abs(dark - bright).max() < 1e-3 * bright.std()


def test_its_layers_are_those_of_the_other_one(seen):
    """So a checkpoint of the one is a start for the other."""
    from object_detection.builders import model_builder

    from tod_ros.training.even_light import TYPE

    config = read_pipeline(shipped("config", "pipelines", "ssd_tiny.config"))
    told = config.model.ssd.feature_extractor
    shapes = []
    for kind in (told.type, TYPE):
        told.type = kind
        extractor = model_builder.build(config.model, is_training=False).feature_extractor
        extractor.build([1, 96, 96, 3])
        weights = extractor.classification_backbone.weights
        shapes.append([(weight.name, tuple(weight.shape)) for weight in weights])
    assert shapes[0] and shapes[0] == shapes[1]
