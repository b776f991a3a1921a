"""What the node serves is what its settings say in the end, however early it was loaded."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.errors import ModelError
from tod_ros.inference.served_model import LoadedAhead, ServedModel
from tod_ros.settings import InferenceSettings

tf = pytest.importorskip("tensorflow")


def write_model(folder, names):
    """One anchor for each class, all over the picture: how red it is."""

    @tf.function(input_signature=[tf.TensorSpec([1, 8, 16, 3], tf.float32, "image")])
    def detect(image):
        red = tf.reduce_mean(image[..., 0]) / 255.0
        return {
            "boxes": tf.constant([[[0.0, 0.0, 1.0, 1.0]]]) + 0 * red,
            "scores": tf.reshape(red, [1, 1, 1]) * tf.ones([1, 1, len(names)]),
        }

    folder.mkdir()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([detect.get_concrete_function()])
    (folder / "model.tflite").write_bytes(converter.convert())
    write_label_map(folder / "label_map.pbtxt", LabelMap.from_names(names))
    digest = hashlib.sha256((folder / "model.tflite").read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps({"files": {"model.tflite": digest}}))
    return str(folder)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    return write_model(root / "first", ["one", "two"]), write_model(root / "second", ["three"])


def served(loaded, **values) -> ServedModel:
    return loaded.get(InferenceSettings(**values))


def test_what_was_loaded_ahead_is_served(models):
    loaded = LoadedAhead(models[0])
    loaded.start({"min_score": 0.25, "result": {"what": "the node itself has written"}})
    model = served(loaded, min_score=0.25)
    assert model is served(loaded, min_score=0.25)
    assert "knows one, two" in model.in_words()
    red = np.zeros((30, 70, 3), np.uint8)
    red[..., 2] = 100
    assert [d.xyxy for d in model.detect(red)] == [(0, 0, 70, 30)]


@pytest.mark.parametrize("ahead", [{}, {"model": "/nowhere"}, {"min_score": "high"}])
def test_the_settings_have_the_last_word(models, ahead):
    loaded = LoadedAhead(models[0])
    loaded.start(ahead)
    assert "knows three" in served(loaded, model=models[1]).in_words()


def test_without_a_start_it_is_loaded_when_it_is_asked_for(models):
    assert "knows one, two" in served(LoadedAhead(models[0])).in_words()


def test_what_failed_ahead_is_said_when_it_is_asked_for(models):
    loaded = LoadedAhead("/nowhere")
    loaded.start({"threads": -1})
    with pytest.raises(ModelError, match="no such model folder"):
        served(loaded)


def test_a_reload_takes_the_new_model_only_when_it_is_sound(models, tmp_path):
    folder = write_model(tmp_path / "model", ["one", "two"])
    model = ServedModel(InferenceSettings(model=folder))
    network = (tmp_path / "model/model.tflite").read_bytes()
    (tmp_path / "model/model.tflite").write_bytes(b"nonsense")  # copied over, while it runs
    with pytest.raises(ModelError):
        model.reload()
    assert model.detect(np.full((30, 70, 3), 255, np.uint8))
    (tmp_path / "model/model.tflite").write_bytes(network)
    write_label_map(tmp_path / "model/label_map.pbtxt", LabelMap.from_names(["left", "right"]))
    assert "knows left, right" in model.reload()


def test_on_its_way_with_litert_the_node_loads_neither_tensorflow_nor_opencv_nor_pillow(models):
    pytest.importorskip("rospy")
    program = f"""
import sys
import numpy as np
import tod_ros.nodes.inference
from tod_ros.inference.served_model import ServedModel
from tod_ros.settings import InferenceSettings
model = ServedModel(InferenceSettings(model={models[0]!r}, min_score=0.1))
assert model.detect(np.full((48, 64, 3), 200, np.uint8))
print(*sorted(set(sys.modules) & {{"tensorflow", "cv2", "PIL", "scipy", "matplotlib"}}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
