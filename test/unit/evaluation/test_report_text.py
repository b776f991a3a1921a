"""The figures for a terminal: the most telling one first."""

import re

import pytest

from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.evaluation.judge import Judge
from tod_ros.evaluation.report_text import to_text

LABELS = LabelMap.from_names(["one", "two"])
NAMES = ["two", "one"] * 4


def truth(name, x, side=60):
    return Box(name, x, 40, x + side, 40 + side)


def seen(name, x, side=60):
    return Detection(LABELS.ids[name], name, 0.9, x, 40, x + side, 40 + side)


@pytest.fixture
def few():
    judge = Judge(LABELS)
    both = [truth("two", 300), truth("one", 20)]
    judge.add("right.png", both, [seen("two", 300), seen("one", 20)])
    judge.add("wrong.png", both, [seen("one", 300)])
    return judge.evaluation()


@pytest.fixture
def many():
    """Two pictures of eight objects, a small one among them; in one picture an object is missed."""
    judge = Judge(LABELS)
    there = [truth(name, 100 * place, 20 if place == 2 else 60) for place, name in enumerate(NAMES)]
    found = [seen(box.name, box.xmin, box.xmax - box.xmin) for box in there]
    judge.add("all.png", there, found)
    judge.add("but_one.png", there, found[:2] + found[3:])
    return judge.evaluation()


def test_few_objects_lead_with_the_whole_sequence_and_its_interval(few):
    lines = to_text(few).splitlines()
    assert lines[0] == "sequences right  1 of 2 = 50.0 % (95 % interval 9.5 % to 90.5 %)"
    assert lines[1].startswith("COCO mAP")


def test_each_class_has_a_line_and_each_mistake(few):
    text = to_text(few)
    assert re.search(r"^one +2 +2 +1 +0.500 +0.500$", text, re.MULTILINE)
    assert text.endswith("mistakes\n  one missed: 1\n  two taken for one: 1")


def test_many_objects_lead_with_recall_precision_and_map(many):
    lines = to_text(many).splitlines()
    assert lines[0] == "recall           0.938  (15 of 16 annotated objects are found)"
    assert lines[1] == (
        "precision        1.000  (15 of 15 detections are right; score 0.5, IoU 0.5)"
    )
    assert lines[2].startswith("COCO mAP")
    assert lines[3].startswith("sequences right  1 of 2 = 50.0 %")


def test_sizes_stand_apart_and_only_those_that_occur(many):
    text = to_text(many)
    assert re.search(r"^small, under 32x32 pixels +2 +1 +0.500 +0.\d{3}$", text, re.MULTILINE)
    assert re.search(r"^medium, 32x32 to 96x96 pixels +14 +14 +1.000 +1.000$", text, re.MULTILINE)
    assert "large" not in text
