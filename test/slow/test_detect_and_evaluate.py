"""`tod detect` and `tod evaluate` on a real SavedModel, driven as a user drives them."""

import argparse
import hashlib
import json
import os

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.cli.verbs import detect, doctor, evaluate
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.errors import ImageError, LabelMapError, RuntimeMissingError, SettingError

tf = pytest.importorskip("tensorflow")

CUBE = 60


class LightAndDark(tf.Module):
    """A network of the OD API's shape that is right by rule: light is class 1, dark class 2.

    Each class is found once, as the frame round all of its pixels.
    """

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3], tf.uint8)])
    def __call__(self, input_tensor):
        grey = tf.reduce_mean(tf.cast(input_tensor[0], tf.float32), axis=-1)
        found = [self._frame(grey > 230.0), self._frame(grey < 25.0)]
        scores = tf.stack([0.9 * tf.cast(any_pixel, tf.float32) for _, any_pixel in found])
        return {
            "detection_boxes": tf.stack([box for box, _ in found])[tf.newaxis],
            "detection_classes": tf.constant([[1.0, 2.0]]),
            "detection_scores": scores[tf.newaxis],
            "num_detections": tf.constant([2.0]),
        }

    def _frame(self, mask):
        size = tf.cast(tf.shape(mask), tf.float32)
        places = tf.cast(tf.where(mask), tf.float32)
        any_pixel = tf.shape(places)[0] > 0
        # a row that is never the least nor the most, where nothing is found
        low = tf.reduce_min(tf.concat([places, [size]], 0), 0) / size
        high = (tf.reduce_max(tf.concat([places, [[-1.0, -1.0]]], 0), 0) + 1) / size
        return tf.concat([low, high], 0), any_pixel


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    network = LightAndDark()
    tf.saved_model.save(network, str(folder / "saved_model"), {"serving_default": network.__call__})
    (folder / "label_map.pbtxt").write_text(
        "item { id: 1 name: 'one' }\nitem { id: 2 name: 'two' }\n"
    )
    return folder


def desk(two_x=None, one_x=None):
    """A wide grey desk with a dark cube (two) and a light one."""
    bgr = np.full((200, 400, 3), 120, np.uint8)
    for x, shade in ((two_x, 0), (one_x, 255)):
        if x is not None:
            bgr[70 : 70 + CUBE, x : x + CUBE] = shade
    return bgr


def save(path, bgr):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), bgr)
    return path


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    save(folder / "a.png", desk(two_x=250, one_x=40))
    save(folder / "b.png", desk(two_x=30, one_x=300))
    save(folder / "empty.png", desk())
    return folder


def tod(verb, *words):
    """The verb alone, as `tod VERB --trust WORDS` runs it: no sha256 sum vouches for the model."""
    parser = argparse.ArgumentParser()
    verb.add_arguments(parser)
    return verb.run(parser.parse_args(["--trust", *map(str, words)]))


# --- detect


def test_json_is_a_list_in_the_order_of_names_with_paths_as_given(
    model, images, monkeypatch, capsys
):
    monkeypatch.chdir(images.parent)
    assert tod(detect, "-m", model, "-i", "images", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == [
        {
            "image": "images/a.png",
            "labels": [1, 2],
            "names": ["one", "two"],
            "scores": [0.9, 0.9],
            "boxes": [[40, 70, 100, 130], [250, 70, 310, 130]],
        },
        {
            "image": "images/b.png",
            "labels": [2, 1],
            "names": ["two", "one"],
            "scores": [0.9, 0.9],
            "boxes": [[30, 70, 90, 130], [300, 70, 360, 130]],
        },
        {"image": "images/empty.png", "labels": [], "names": [], "scores": [], "boxes": []},
    ]


def test_without_json_each_picture_is_a_line(model, images, capsys):
    assert tod(detect, "-m", model, "-i", images / "b.png", images / "empty.png") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{images / 'b.png'}: two 0.90, one 0.90",
        f"{images / 'empty.png'}: nothing",
    ]


def test_a_broken_picture_is_refused_by_name_and_the_others_go_on(model, images, capsys):
    (images / "aa.png").write_bytes(b"no picture")
    assert tod(detect, "-m", model, "-i", images, "--json") == 1
    out, err = capsys.readouterr()
    assert [os.path.basename(one["image"]) for one in json.loads(out)] == [
        "a.png",
        "b.png",
        "empty.png",
    ]
    assert f"tod detect: {images / 'aa.png'}: is not a picture" in err
    assert len(err.splitlines()) == 1


def test_when_every_picture_is_broken_json_is_an_empty_list(model, tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert tod(detect, "-m", model, "-i", tmp_path, "--json") == 1
    assert json.loads(capsys.readouterr().out) == []


def test_annotated_pictures_go_to_the_folder_and_the_input_stays(model, images, tmp_path):
    def sums():
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in images.iterdir()
        }

    before = sums()
    more = save(tmp_path / "more" / "a.png", desk(two_x=120))
    seen = tmp_path / "seen"
    assert tod(detect, "-m", model, "-i", images, more, "-o", seen) == 0
    assert sorted(path.name for path in seen.iterdir()) == [
        "a.png",
        "a_2.png",
        "b.png",
        "empty.png",
    ]
    assert sums() == before
    assert (cv2.imread(str(seen / "a.png")) != cv2.imread(str(images / "a.png"))).any()
    with pytest.raises(ImageError, match="would be overwritten"):
        tod(detect, "-m", model, "-i", images, "-o", images)
    assert sums() == before


def test_the_number_and_the_score_are_limits(model, images, capsys):
    assert tod(detect, "-m", model, "-i", images / "a.png", "-t", "0.95", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["labels"] == []
    assert tod(detect, "-m", model, "-i", images / "a.png", "-n", "1", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)[0]["labels"]) == 1
    for words in (("-t", "1.5"), ("-n", "-1")):
        with pytest.raises(SettingError):
            tod(detect, "-m", model, "-i", images, *words)


def test_show_without_a_display_is_refused_before_the_model_is_loaded(images, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RuntimeMissingError, match="needs a display"):
        tod(detect, "-m", "nowhere", "-i", images, "--show")


def zoo_network(model, tmp_path, classes):
    """The same network as the zoo packs one: no label map, a pipeline.config."""
    folder = tmp_path / "pre-trained" / "ssd"
    folder.mkdir(parents=True)
    os.symlink(model / "saved_model", folder / "saved_model")
    (folder / "pipeline.config").write_text(f"model {{\n  ssd {{\n    num_classes: {classes}\n")
    return folder


def test_a_network_of_the_zoo_answers_with_cocos_names_and_says_so(model, images, tmp_path, capsys):
    folder = zoo_network(model, tmp_path, 90)
    assert tod(detect, "-m", folder, "-i", images / "a.png", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)[0]["names"] == ["person", "bicycle"]
    assert "no label map and 90 classes: taking COCO's names" in err


def test_other_classes_without_a_label_map_need_one(model, images, tmp_path, capsys):
    folder = zoo_network(model, tmp_path, 2)
    with pytest.raises(LabelMapError, match=r"no label_map\.pbtxt"):
        tod(detect, "-m", folder, "-i", images)
    given = ("-l", model / "label_map.pbtxt", "--json")
    assert tod(detect, "-m", folder, "-i", images / "a.png", *given) == 0
    assert json.loads(capsys.readouterr().out)[0]["names"] == ["one", "two"]


# --- evaluate


@pytest.fixture
def annotated(images):
    """a is right; b is said to be one two, which is wrong; nothing is on the empty desk."""
    two, one = (250, 70, 310, 130), (40, 70, 100, 130)
    for name, boxes in (
        ("a", (Box("two", *two), Box("one", *one))),
        ("b", (Box("one", 30, 70, 90, 130), Box("two", 300, 70, 360, 130))),
        ("empty", ()),
    ):
        write_voc(images / f"{name}.xml", Annotation(f"{name}.png", (400, 200), boxes))
    return images


def test_the_figures_and_the_page_of_a_folder(model, annotated, tmp_path, capsys):
    report = tmp_path / "report"
    words = ("--images", annotated, "--annotations", annotated, "-m", model, "-o", report)
    assert tod(evaluate, *words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["exact"], told["pictures"]) == (2, 3)
    assert told["exact_interval_95"] == pytest.approx([0.2077, 0.9385], abs=1e-4)
    assert told["confusion"]["counts"] == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert told["worst"][0]["image"] == str(annotated / "b.png")
    assert told["page"] == str(report / "index.html")
    page = (report / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 3 and "2 of 3" in page
    assert sorted(path.name for path in (report / "worst").iterdir()) == [
        "01-b.png",
        "02-a.png",
        "03-empty.png",
    ]


def test_a_projects_test_pictures_and_where_its_report_goes(model, annotated, tmp_path, capsys):
    project = tmp_path / "cubes"
    (project / "images").mkdir(parents=True)
    annotated.rename(project / "images" / "test")
    assert tod(evaluate, project, "-m", model) == 0
    out = capsys.readouterr().out
    assert "sequences right  2 of 3 = 66.7 % (95 % interval 20.8 % to 93.9 %)" in out
    assert f"the worst pictures: {project / 'evaluation' / 'index.html'}" in out


@pytest.mark.parametrize(
    "words, message",
    [
        ((), "give either a PROJECT or --images DIR"),
        (("cubes", "--images", "x"), "give either a PROJECT or --images DIR"),
        (("cubes", "--annotations", "x"), "--annotations goes with --images DIR"),
        (("cubes", "--min-iou", "0"), "--min-iou is 0, must be over 0 and up to 1"),
        (("cubes", "--worst", "-1"), "--worst is -1, must be 0 or more"),
    ],
)
def test_what_does_not_go_together_is_refused(model, words, message):
    with pytest.raises(SettingError, match=message):
        tod(evaluate, *words, "-m", model)


# --- doctor


def test_the_doctor_tries_the_model(model, tmp_path, capsys):
    (tmp_path / "mine/images").mkdir(parents=True)
    (tmp_path / "mine/training").mkdir()
    three = LabelMap.from_names(["fox", "two", "one"])
    write_label_map(tmp_path / "mine/training/label_map.pbtxt", three)
    tod(doctor, tmp_path / "mine", "--model", model)
    out = capsys.readouterr().out
    assert "ok     model: 2 classes, any size, runs with tensorflow" in out
    assert "hint   model: does not know 'fox', 1 of the project's 3 classes" in out
    assert tod(doctor, "--model", tmp_path / "nowhere", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    (finding,) = [one for one in told if one["about"] == "model"]
    assert finding["status"] == "wrong" and "no such model folder" in finding["text"]
