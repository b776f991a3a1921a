"""A set is judged as the robot acts: by sequences, with every false detection counted."""

import json

import judge_model
import judged_sets
import numpy as np
import pytest
from judged_sets import drawn, drawn_empty, from_folder, judge_set

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.errors import ModelError
from tod_ros.images.image_file import write_image
from tod_ros.scene.written_marks import sheet_of

ONE_TWO = LabelMap.from_names(("one", "two"))
WIDE = np.zeros((60, 90, 3), np.uint8)


class Sees:
    """A detector that answers the same for every picture."""

    label_map = ONE_TWO

    def __init__(self, *found):
        self._found = list(found)

    def detect(self, image):
        return self._found


def seen(name, xmin, score=0.9):
    return Detection(ONE_TWO.ids[name], name, score, xmin, 5, xmin + 20, 25)


def there(name, xmin):
    return Box(name, xmin, 5, xmin + 20, 25)


def test_a_set_counts_exact_sequences_false_detections_and_the_lowest_score():
    detector = Sees(seen("one", 50, 0.6), seen("two", 10))
    samples = [
        ("right", WIDE, [there("two", 10), there("one", 50)]),
        ("false", WIDE, [there("two", 10)]),
        ("misread", WIDE, [there("one", 10), there("one", 50)]),
    ]
    figures, worst = judge_set(detector, "three", samples)
    assert (figures.pictures, figures.exact, figures.with_false) == (3, 1, 1)
    assert figures.least_score == 0.6
    assert {fault.verdict.picture for fault in worst} == {"false", "misread"}
    assert "1 of     3 exact   33.3 %" in figures.row()


def test_a_folder_is_read_with_truth_or_with_voc(tmp_path):
    write_image(tmp_path / "a.png", WIDE)
    write_voc(tmp_path / "a.xml", Annotation("a.png", (90, 60), (there("two", 10),)))
    ((_, image, boxes),) = from_folder(tmp_path, ONE_TWO)
    assert image.shape == WIDE.shape and [box.name for box in boxes] == ["two"]
    truth = {"a.png": {"labels": [1, 2], "boxes": [[1, 2, 30, 40], [50, 2, 80, 40]]}}
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    ((_, _, boxes),) = from_folder(tmp_path, ONE_TWO)
    assert [(box.name, box.xmax) for box in boxes] == [("one", 30), ("two", 80)]


@pytest.mark.parametrize("text", ["[]", "{", '{"a.png": {"labels": [7], "boxes": [[1, 2, 3, 4]]}}'])
def test_a_broken_truth_is_named(tmp_path, text):
    (tmp_path / "truth.json").write_text(text)
    with pytest.raises(ModelError, match=r"truth\.json: no labels and boxes"):
        list(from_folder(tmp_path, ONE_TWO))


def test_a_folder_without_truth_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"neither truth\.json nor"):
        list(from_folder(tmp_path, ONE_TWO))


@pytest.mark.parametrize("family", ["painted", "lit"])
def test_drawn_sets_are_fresh_scenes_of_their_family(family):
    ((_, image, boxes),) = drawn(family, ("one", "two"), 1)
    assert image.shape == (480, 640, 3) and boxes
    assert all(not boxes for _, _, boxes in drawn_empty(family, ("one",), 2))


@pytest.mark.parametrize("family", ["painted", "lit"])
def test_written_sets_bear_the_digits_kept_to_judge_by(tmp_path, monkeypatch, family):
    blot = np.zeros((1, 28, 28), np.uint8)
    blot[0, 4:24, 6:22] = 255
    for digit in "0123456789":
        write_image(tmp_path / f"{digit}.png", sheet_of(blot))
    monkeypatch.setattr(judged_sets.real_handwriting, "JUDGE", tmp_path)
    monkeypatch.setattr(judged_sets.real_handwriting, "prepare", lambda: None)
    classes = ("one", "two")
    scenes = [*zip(drawn(family, classes, 2), judged_sets.written(family, classes, 2))]
    assert all(boxes for _, (_, _, boxes) in scenes)
    assert not any(np.array_equal(drawn[1], written[1]) for drawn, written in scenes)
    assert all(not boxes for _, _, boxes in judged_sets.written_empty(family, classes, 2))


def test_a_model_that_is_not_there_is_one_line(tmp_path, capsys):
    assert judge_model.main([str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.startswith("judge_model: ")
