"""What is known of each class before it is learnt: its name, its faces, what they look like."""

import json

import numpy as np
import pytest

from tod_ros.models.folder import known_classes
from tod_ros.scene.captured_marks import mark_from_ink
from tod_ros.scene.handwriting import ink
from tod_ros.scene.pen_strokes import drawn_styles
from tod_ros.training.transfer.captured_faces import Captured
from tod_ros.training.transfer.plan import make_plan, start_weights

FACE = np.full((64, 64, 3), 200, np.uint8)
KNOWN = ("1", "2", "A", "S", "5", "star", "heart", "plus", "7", "8", "9", "0")


def marks(mark):
    return tuple(
        mark_from_ink(ink(strokes, 200, 100, 12, (100, 100))) for strokes in drawn_styles(mark)
    )[:3]


def captured(**mark_of):
    """Faces of each class; those that have a mark bear it."""
    return Captured(
        dict.fromkeys(mark_of, (FACE,)),
        {name: marks(mark) for name, mark in mark_of.items() if mark},
    )


def test_a_class_is_drawn_where_its_name_and_its_faces_agree():
    plan = make_plan(
        ["one", "two", "star", "mine", "lion"],
        captured(one="1", two="heart", mine="3", lion=""),
        KNOWN,
    )
    assert plan.drawn == ("one", "star")  # a heart is no two; nobody took a picture of a star
    assert plan.only_captured == ("two", "mine", "lion")
    assert plan.shown == ("one", "two", "star", "mine", "lion")


def test_nothing_that_looks_like_a_class_stands_for_a_wrong_mark():
    plan = make_plan(["one", "mine"], captured(one="1", mine="3"), KNOWN)
    assert "star" in plan.wrong_marks
    assert not {"1", "S", "8", "5"} & set(plan.wrong_marks)


def test_with_a_start_that_knows_few_marks_any_other_may_be_wrong():
    plan = make_plan(["one", "mine"], captured(mine="heart"), ("one", "two"))
    assert "A" in plan.wrong_marks and not {"1", "heart"} & set(plan.wrong_marks)


def test_a_known_class_begins_as_itself():
    assert start_weights("one", True, None, KNOWN) == {"1": 1.0}
    assert start_weights("two", True, None, ("one", "two")) == {"two": 1.0}


def test_a_new_class_begins_as_the_marks_it_looks_like():
    plan = make_plan(["mine"], captured(mine="heart"), ("1", "A", "heart", "7"))
    assert max(plan.weights["mine"], key=plan.weights["mine"].get) == "heart"
    assert sum(plan.weights["mine"].values()) == pytest.approx(1, abs=0.01)


def test_a_class_without_ink_begins_as_the_mean_of_all():
    assert start_weights("lion", False, None, ("1", "A")) == {"1": 0.5, "A": 0.5}


def test_known_classes_are_those_of_model_json(tmp_path):
    assert known_classes(tmp_path) == ()
    (tmp_path / "model.json").write_text(json.dumps({"classes": ["one", "two"]}))
    assert known_classes(tmp_path) == ("one", "two")
    (tmp_path / "model.json").write_text('{"classes": 3}')
    assert known_classes(tmp_path) == ()


def test_faces_and_marks_are_cut_out_of_annotated_pictures(plan):
    assert plan.drawn == ("one",) and plan.only_captured == ("mine",)
    assert plan.weights["mine"].get("heart", 0) > 0.9
    assert len(plan.captured.marks["mine"]) <= len(plan.captured.faces["mine"])
    assert all(face.shape == (128, 128, 3) for face in plan.captured.faces["mine"])
