"""A SavedModel that somebody has becomes a model folder, for LiteRT too where that can be."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tod_ros.cli.command import main
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.detection import left_to_right
from tod_ros.errors import ModelError
from tod_ros.export.freezing import freeze
from tod_ros.export.from_saved_model import export_saved_model
from tod_ros.export.tflite_from_graph import save_tflite_of_graph
from tod_ros.images.image_file import write_image
from tod_ros.inference.detector import load_detector

tf = pytest.importorskip("tensorflow")

HALVES = [[[0.0, 0.0, 1.0, 0.5], [0.0, 0.5, 1.0, 1.0]]]


class Halves(tf.Module):
    """Built as the OD API builds: the left and the right half, red is class 1, blue class 2."""

    def __init__(self, kind: str = "ssd"):
        super().__init__()
        self.kind = kind

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3], tf.uint8, "input_tensor")])
    def detect(self, input_tensor):
        def resize(picture):
            shown = tf.compat.v1.image.resize(picture, (32, 64))
            return shown, tf.constant([32, 64, 3])

        normal = tf.cast(input_tensor, tf.float32) / 127.5 - 1.0
        shown, _ = tf.map_fn(resize, normal, fn_output_signature=(tf.float32, tf.int32))
        halves = tf.stack([shown[:, :, :32], shown[:, :, 32:]], 1)
        means = tf.reduce_mean(halves, axis=[2, 3]) / 2.0 + 0.5
        scores = tf.stack([0.1 + 0 * means[..., 0], means[..., 0], means[..., 2]], -1)
        boxes = tf.constant(HALVES) + 0 * means[..., :1]
        best = tf.reduce_max(scores[..., 1:], -1)
        kept = tf.image.non_max_suppression(boxes[0], best[0], 2, 0.5)
        if self.kind == "two stages":
            boxes = tf.gather(boxes, kept, axis=1)
            scores = tf.gather(scores, kept, axis=1)
            best, kept = tf.reduce_max(scores[..., 1:], -1), tf.range(tf.shape(kept)[0])
        if self.kind == "center_net":
            kept = tf.constant([0, 1])
        outputs = {
            "detection_boxes": tf.gather(boxes, kept, axis=1),
            "detection_scores": tf.gather(best, kept, axis=1),
            "detection_classes": tf.cast(
                tf.gather(tf.argmax(scores[..., 1:], -1) + 1, kept, axis=1), tf.float32
            ),
            "num_detections": tf.cast(tf.shape(kept)[:1], tf.float32),
        }
        if self.kind != "center_net":
            outputs.update(raw_detection_boxes=boxes, raw_detection_scores=scores)
        return outputs


def write_network(folder, kind="ssd", classes=("one", "two")):
    module = Halves(kind)
    signatures = {"serving_default": module.detect}
    tf.saved_model.save(module, str(folder / "saved_model"), signatures=signatures)
    write_label_map(folder / "label_map.pbtxt", LabelMap.from_names(classes))
    return folder


@pytest.fixture(scope="module")
def ssd(tmp_path_factory):
    return write_network(tmp_path_factory.mktemp("ssd"))


def blue_then_red(width=300, height=100):
    """Wide, and the classes not in their order."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2, 0], picture[:, width // 2 :, 2] = 220, 180
    return picture


@pytest.fixture
def picture(tmp_path):
    write_image(tmp_path / "seen.png", blue_then_red())
    return tmp_path / "seen.png"


def test_a_network_that_suppresses_nothing_is_taken_as_it_ends(picture, tmp_path):
    given = write_network(tmp_path / "given", "center_net")
    exported = export_saved_model(
        given / "saved_model", tmp_path / "model", pictures=[picture], trust=True
    )
    assert exported.without == {} and exported.differences["litert"].boxes == 2
    assert exported.differences["litert"].score < 0.01


def test_a_network_of_two_stages_has_no_twin_for_litert_and_that_is_said(tmp_path):
    module = Halves("two stages")
    concrete = module.detect.get_concrete_function()
    names = sorted(concrete.structured_outputs)
    with pytest.raises(ModelError, match="LiteRT takes SSD and CenterNet networks; this one needs"):
        save_tflite_of_graph(freeze(concrete, is_flat=True), names, 2, tmp_path / "model.tflite")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_exported_is_said_and_leaves_nothing(ssd, tmp_path):
    other = tmp_path / "other.pbtxt"
    write_label_map(other, LabelMap.from_names(["one"]))
    (tmp_path / "lite").mkdir()
    (tmp_path / "lite/model.tflite").write_bytes(b"x")
    write_label_map(tmp_path / "lite/label_map.pbtxt", LabelMap.from_names(["one"]))
    for given, label_map, to, words in [
        ("/nowhere", None, "model", "no such model folder"),
        (tmp_path / "lite", None, "model", "nothing to freeze"),
        (ssd, other, "model", "classes up to 2"),
        (ssd, None, ssd, "is the SavedModel itself"),
        (ssd, None, ssd / "saved_model", "is the SavedModel itself"),
    ]:
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(ModelError, match=words):
            export_saved_model(given, tmp_path / to, label_map, trust=True)
        assert sorted(tmp_path.rglob("*")) == before
    assert (ssd / "saved_model/saved_model.pb").is_file()


def test_an_ssd_is_frozen_and_gets_a_twin_for_litert_and_the_verb_tells_how_far_they_are_off(
    ssd, tmp_path, capsys
):
    project = tmp_path / "cubes"
    assert main(["init", str(project), "--class", "one", "--class", "two"]) == 0
    for number in range(2):
        write_image(project / f"images/test/image{number}.png", blue_then_red(310 + number))
    command = ["export", str(project), "--from-saved-model", str(ssd), "--to", "frozen"]
    command += ["--trust", "--json"]
    assert main(command) == 0
    said = capsys.readouterr().out
    told = json.loads(said[said.index("{") :])
    assert told["pictures"] == told["found"] == 2 and told["without"] == {}
    assert set(told["differences"]) == {"tensorflow", "litert"}
    for difference in told["differences"].values():
        assert difference["boxes"] == 4 and difference["other"] == 0
        assert difference["pixels"] < 0.01 and difference["score"] < 0.01
    (folder,) = project.glob("training/*/frozen")
    card = json.loads((folder / "model.json").read_text())
    assert card["input_size_hw"] == [32, 64] and card["classes"] == ["one", "two"]
    found = left_to_right(load_detector(folder, runtime="litert").detect(blue_then_red()))
    assert [d.name for d in found] == ["two", "one"]


def test_a_wrong_folder_is_refused_before_anything_is_written(tmp_path, capsys):
    project = tmp_path / "cubes"
    assert main(["init", str(project), "--class", "one"]) == 0
    before = sorted(project.rglob("*"))
    assert main(["export", str(project), "--from-saved-model", str(tmp_path / "none")]) == 1
    assert "no such model folder" in capsys.readouterr().err
    assert main(["export", str(project), "--label-map", "x"]) == 1
    assert "--label-map is for --from-saved-model" in capsys.readouterr().err
    assert sorted(project.rglob("*")) == before
