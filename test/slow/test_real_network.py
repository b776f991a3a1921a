"""The real network for tests: fetched, put back into the OD API's model, taken by `tod`."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", exc_type=ImportError)

import real_network  # noqa: E402
import zoo_archive  # noqa: E402
from walking import walked  # noqa: E402

SIZE = [1, 320, 320, 3]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zoo")
    path = folder / f"{zoo_archive.REAL}.tar.gz"
    path.write_bytes(zoo_archive.real(folder))
    return path


@pytest.fixture
def model(archive):
    """The OD API's model with nothing of the graph in it."""
    from tod_ros.training import od_api

    od_api.prepare()
    from object_detection.builders import model_builder

    from tod_ros.pipeline.config_file import read_pipeline

    config = read_pipeline(real_network.CONFIG)
    model = model_builder.build(config.model, is_training=False)
    answers(model)
    return model


@pytest.fixture(scope="module")
def weights(archive):
    return real_network.read_weights(real_network.CACHE / real_network.PACKAGE.archive)


def answers(model):
    pixels, shapes = model.preprocess(tf.random.uniform(SIZE, 0, 255, seed=3))
    found = model.predict(pixels, shapes)
    return [found[name].numpy() for name in ("box_encodings", "class_predictions_with_background")]


def test_unfolded_batch_norms_change_no_answer_and_have_real_statistics(model, weights):
    real_network.fill(model, weights)
    tf.random.set_seed(1)
    folded = answers(model)
    images = np.random.default_rng(0).uniform(0, 255, (4, *SIZE[1:])).astype("float32")
    real_network.unfold_batch_norms(model, images)
    tf.random.set_seed(1)
    for before, after in zip(folded, answers(model)):
        np.testing.assert_allclose(after, before, atol=1e-3)
    means = [v for v in real_network._variables(model) if "moving_mean" in v.name]
    assert len(means) == 76 and all(np.abs(v.numpy()).max() > 0 for v in means)


def test_a_weight_that_the_graph_lacks_is_named(model, weights):
    lacking = {name: value for name, value in weights.items() if "ClassPredictor" not in name}
    with pytest.raises(KeyError, match="ClassPredictor"):
        real_network.fill(model, lacking)


def test_tod_configures_it_as_any_network_of_the_zoo(archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    walked("init", "cubes", "--class", "one", "--class", "two")
    walked("synth", "cubes", "-n", "6", "--seed", "5")
    walked("split", "cubes", "--test", "0.3", "--seed", "5")
    walked("convert", "cubes")
    walked("zoo", "get", zoo_archive.REAL, "--from", str(archive))
    walked("configure", "cubes", "--network", zoo_archive.REAL)
    config = (tmp_path / "cubes/training/hands/pipeline.config").read_text()
    assert 'fine_tune_checkpoint: "pre-trained/hands/checkpoint/ckpt-0"' in config
