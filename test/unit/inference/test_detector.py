"""A model folder becomes a detector, or one line says why not."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.detection import left_to_right
from tod_ros.errors import LabelMapError, ModelError, TodError
from tod_ros.inference.detector import choose_runtime, load_detector
from tod_ros.models.folder import check_hashes, read_model_folder

tf = pytest.importorskip("tensorflow")

TWO = LabelMap.from_names(["one", "two"])
load = functools.partial(load_detector, trust=True)  # nothing vouches for what is made here


class ColourSpotter(tf.Module):
    """Real, if simple: class 1 where the picture is red, class 2 where it is blue; one box each."""

    def __init__(self, last_class: int = 2, leave_out: str = ""):
        super().__init__()
        self.last_class = last_class
        self.leave_out = leave_out

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3], tf.uint8, "input_tensor")])
    def detect(self, input_tensor):
        pixels = tf.cast(input_tensor[0], tf.float32)
        red, blue = pixels[..., 0] - pixels[..., 2], pixels[..., 2] - pixels[..., 0]
        boxes, scores = zip(*(self._spot(amount) for amount in (red, blue)))
        outputs = {
            "detection_boxes": tf.stack(boxes)[tf.newaxis],
            "detection_classes": tf.constant([[1.0, float(self.last_class)]]),
            "detection_scores": tf.stack(scores)[tf.newaxis],
            "num_detections": tf.constant([2.0]),
        }
        return {name: value for name, value in outputs.items() if name != self.leave_out}

    def _spot(self, amount):
        size = tf.cast(tf.shape(amount), tf.float32)
        where = tf.cast(tf.where(amount > 100), tf.float32)
        seen = tf.shape(where)[0] > 0
        where = tf.cond(seen, lambda: where, lambda: tf.zeros([1, 2]))
        box = tf.concat([tf.reduce_min(where, 0) / size, (tf.reduce_max(where, 0) + 1) / size], 0)
        return box, tf.where(seen, 0.9, 0.0)


def write_saved_model(path: Path, **options) -> Path:
    module = ColourSpotter(**options)
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.detect})
    return path


def write_tflite(path: Path) -> Path:
    """Two anchors, the left and the right half: red means class 1, blue class 2."""

    @tf.function(input_signature=[tf.TensorSpec([1, 32, 64, 3], tf.float32, "image")])
    def detect(image):
        halves = tf.stack([image[:, :, :32], image[:, :, 32:]], 1)
        means = tf.reduce_mean(halves, axis=[2, 3]) / 255.0
        boxes = tf.constant([[[0.0, 0.0, 1.0, 0.5], [0.0, 0.5, 1.0, 1.0]]]) + 0 * means[..., :1]
        return {"boxes": boxes, "scores": tf.stack([means[..., 0], means[..., 2]], -1)}

    converter = tf.lite.TFLiteConverter.from_concrete_functions([detect.get_concrete_function()])
    path.write_bytes(converter.convert())
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("model")
    write_saved_model(root / "saved_model")
    write_label_map(root / "label_map.pbtxt", TWO)
    return root


@pytest.fixture(scope="module")
def lite_folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("lite_model")
    write_tflite(root / "model.tflite")
    write_label_map(root / "label_map.pbtxt", TWO)
    return root


def two_spots() -> np.ndarray:
    """Wide, and the classes not in their order: blue (2) left, red (1) right."""
    picture = np.zeros((100, 400, 3), np.uint8)
    picture[20:60, 40:80] = (255, 0, 0)
    picture[30:70, 300:360] = (0, 0, 255)
    return picture


def test_boxes_and_colours_have_the_right_axes(folder):
    detector = load(folder, runtime="tensorflow")
    found = left_to_right(detector.detect(two_spots()))
    assert [d.name for d in found] == ["two", "one"]
    assert [tuple(round(v) for v in d.xyxy) for d in found] == [
        (40, 20, 80, 60),
        (300, 30, 360, 70),
    ]


@pytest.mark.parametrize("size_wh", [(640, 480), (33, 17), (1280, 200)])
def test_frames_of_any_size_are_taken(folder, lite_folder, size_wh):
    picture = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    picture[:, : size_wh[0] // 2] = (0, 0, 255)
    picture[:, (size_wh[0] + 1) // 2 :] = (255, 0, 0)
    for where in (folder, lite_folder):
        found = left_to_right(load(where).detect(picture))
        assert [d.label for d in found] == [1, 2]
        assert all(0 <= d.xmin < d.xmax <= size_wh[0] for d in found)
        assert all(0 <= d.ymin < d.ymax <= size_wh[1] for d in found)


def test_a_network_is_shown_pictures_as_coarse_as_those_it_learnt_from(folder, tmp_path):
    coarse = tmp_path / "coarse"
    shutil.copytree(folder, coarse)
    (coarse / "model.json").write_text('{"learnt_from_size_hw": [50, 200]}')
    picture = np.zeros((101, 401, 3), np.uint8)  # two by two, and a row and a column left over
    picture[20:60, 40:80] = (255, 0, 0)
    picture[:, 300:360:2] = (0, 0, 150)  # on the average too weak to be seen
    assert len(load(folder, runtime="tensorflow").detect(picture)) == 2
    (found,) = load(coarse, runtime="tensorflow").detect(picture)
    assert found.name == "two" and np.allclose(found.xyxy, (40, 20, 80, 60), atol=0.01)


def test_a_bare_saved_model_finds_the_label_map_beside_it(folder):
    assert load(folder / "saved_model").label_map == TWO


def test_boxes_under_the_threshold_are_dropped(folder):
    assert load(folder).detect(two_spots(), min_score=0.95) == []


def test_litert_runs_where_tensorflow_cannot_be_imported(lite_folder):
    program = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from tod_ros.inference.detector import load_detector\n"
        f"d = load_detector({str(lite_folder)!r}, trust=True); d.warm_up()\n"
        "print(d.runtime, d.input_size)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split("\n")[0] == "litert (64, 32)", done.stderr


def test_auto_prefers_litert_and_falls_back(folder, lite_folder):
    assert choose_runtime(read_model_folder(lite_folder), "auto") == "litert"
    assert choose_runtime(read_model_folder(folder), "auto") == "tensorflow"


def refusals(root: Path, folder: Path, lite_folder: Path):
    """What is wrong, how to load it, and what the one line must say."""
    text = root / "a_file"
    text.write_text("x")
    (root / "empty").mkdir()
    broken = root / "broken"
    broken.mkdir()
    (broken / "saved_model.pb").write_bytes(b"nonsense")
    bad_lite = root / "bad_lite"
    bad_lite.mkdir()
    (bad_lite / "model.tflite").write_bytes(b"nonsense" * 20)
    for place in (broken, bad_lite):
        write_label_map(place / "label_map.pbtxt", TWO)
    bad_map = root / "bad_map.pbtxt"
    bad_map.write_text("item { id: 1 nam: 'one' }")
    other_card = root / "other_card"
    other_card.mkdir()
    (other_card / "model.tflite").write_bytes((lite_folder / "model.tflite").read_bytes())
    write_label_map(other_card / "label_map.pbtxt", TWO)
    (other_card / "model.json").write_text('{"classes": ["cat", "dog"]}')
    lacking = write_saved_model(root / "lacking", leave_out="detection_scores")
    write_label_map(lacking / "label_map.pbtxt", TWO)
    pattern = root / "model[1]"
    shutil.copytree(folder, pattern)
    no_map = write_saved_model(root / "deep" / "a" / "b" / "c" / "no_map")
    return [
        ("missing", root / "nowhere", {}, "no such model folder"),
        ("a file", text, {}, "is not a folder"),
        ("empty", root / "empty", {}, "holds neither"),
        ("broken", broken, {}, "is not a SavedModel"),
        ("broken tflite", bad_lite, {}, "is not a TFLite model"),
        ("a pattern", pattern, {}, "rename model[1], or work in another folder"),
        ("lacking output", lacking, {}, "detection_scores"),
        ("no label map", no_map, {}, "no label_map.pbtxt"),
        ("missing map", folder, {"label_map_path": root / "no.pbtxt"}, "no such label map"),
        ("broken map", folder, {"label_map_path": bad_map}, "line 1"),
        ("no tflite", folder, {"runtime": "litert"}, "no model.tflite"),
        ("no saved model", lite_folder, {"runtime": "tensorflow"}, "no saved_model"),
        ("runtime", folder, {"runtime": "torch"}, "unknown"),
        ("other classes", other_card, {}, "cat, dog"),
    ]


def test_what_cannot_be_loaded_is_said_in_one_line(tmp_path, folder, lite_folder):
    for case, path, options, expected in refusals(tmp_path, folder, lite_folder):
        with pytest.raises((ModelError, LabelMapError)) as caught:
            load(path, **options)
        assert expected in str(caught.value), case
        assert "\n" not in str(caught.value), case


def test_classes_at_odds_with_the_label_map_are_refused_when_warming_up(tmp_path, lite_folder):
    write_label_map(tmp_path / "label_map.pbtxt", TWO)
    write_saved_model(tmp_path / "saved_model", last_class=5)
    with pytest.raises(ModelError, match="tells class 5"):
        load(tmp_path).warm_up()
    one = tmp_path / "one.pbtxt"
    write_label_map(one, LabelMap.from_names(["one"]))
    with pytest.raises(ModelError, match="classes up to 2"):
        load(lite_folder, label_map_path=one).warm_up()
    three = tmp_path / "three.pbtxt"
    write_label_map(three, LabelMap.from_names(["one", "two", "three"]))
    with pytest.raises(ModelError, match="up to 2 only"):
        load(lite_folder, label_map_path=three).warm_up()


def test_what_no_sum_vouches_for_is_run_only_when_trusted(lite_folder):
    with pytest.raises(ModelError, match=r"no sha256 sum .* vouches for all of it.*--trust"):
        load_detector(lite_folder)
    assert load_detector(lite_folder, trust=True).runtime == "litert"


def test_altered_files_are_refused_by_their_hash(tmp_path, lite_folder):
    network = (lite_folder / "model.tflite").read_bytes()
    (tmp_path / "model.tflite").write_bytes(network)
    write_label_map(tmp_path / "label_map.pbtxt", TWO)
    card = {"files": {"model.tflite": hashlib.sha256(network).hexdigest(), "other": "0" * 64}}
    (tmp_path / "model.json").write_text(json.dumps(card))
    assert load(tmp_path).runtime == "litert"
    (tmp_path / "model.tflite").write_bytes(network + b"\0")
    with pytest.raises(ModelError, match="sha256"):
        load(tmp_path)


@pytest.mark.parametrize(
    "card",
    [
        *("[]", "{", '{"classes": 3}', '{"files": {"a": 1}}', "[" * 5000),
        *(f'{{"learnt_from_size_hw": {size}}}' for size in ("null", "[]", "[240]", "[240, 0.5]")),
        *(f'{{"learnt_from_size_hw": {size}}}' for size in ("320", "[240, 0]", "[-1, -1]")),
    ],
)
def test_a_broken_card_is_refused_by_name(tmp_path, card):
    (tmp_path / "model.tflite").write_bytes(b"")
    write_label_map(tmp_path / "label_map.pbtxt", TWO)
    (tmp_path / "model.json").write_text(card)
    with pytest.raises(ModelError, match=r"model\.json"):
        read_model_folder(tmp_path)


def test_a_file_named_in_the_card_but_missing_is_refused(tmp_path):
    (tmp_path / "model.tflite").write_bytes(b"")
    write_label_map(tmp_path / "label_map.pbtxt", TWO)
    (tmp_path / "model.json").write_text(json.dumps({"files": {"label_map.pbtxt": "0" * 64}}))
    found = read_model_folder(tmp_path)
    with pytest.raises(TodError, match="sha256"):
        check_hashes(found, tmp_path / "model.tflite")
