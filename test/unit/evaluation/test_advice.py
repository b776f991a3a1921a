"""How sure? Whole sequences first, then what went wrong, then one line of advice."""

import pytest

from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.evaluation.advice import advice, in_words
from tod_ros.evaluation.judge import Judge

LABELS = LabelMap.from_names(["one", "two"])


def box(name, left):
    return Box(name, left, 10, left + 50, 60)


def found(name, left, score=0.9):
    return Detection(LABELS.ids[name], name, score, left, 10, left + 50, 60)


def judged(*pictures):
    judge = Judge(LABELS)
    for number, (truths, detections) in enumerate(pictures):
        judge.add(str(number), truths, detections)
    return judge.evaluation()


RIGHT = ([box("one", 10)], [found("one", 10)])
TAKEN = ([box("one", 10)], [found("two", 10)])
MISSED = ([box("two", 10)], [])
FALSE = ([], [found("one", 10)])


def test_the_share_comes_with_its_interval():
    lines = in_words(judged(*[RIGHT] * 18, MISSED, MISSED))
    assert lines[0].startswith("How sure? 18 of 20 test pictures read exactly, 90.0 %")
    assert "(95 % interval 69.9 % to 97.2 %)" in lines[0]


def test_where_objects_are_many_they_are_told_before_the_sequences():
    names = ["two", "one"] * 4
    there = [box(name, 70 * place) for place, name in enumerate(names)]
    seen = [found(one.name, one.xmin) for one in there]
    lines = in_words(judged((there, seen), (there, seen[:7])))
    assert lines[0].startswith("How sure? 15 of 16 objects found (recall 0.938, precision 1.000,")
    assert "; 1 of 2 test pictures read exactly, 50.0 %" in lines[0]
    assert lines[1] == "mistakes: one missed 1x"


@pytest.mark.parametrize(
    "pictures, words",
    [
        ([TAKEN, RIGHT], "more pictures with one and two: most mistakes are one taken for two"),
        ([MISSED, RIGHT], "more pictures with two: most mistakes are two missed"),
        ([FALSE, RIGHT], "no boxes: most mistakes are one where nothing is"),
        ([RIGHT] * 5, "5 test pictures say little: take 15 more"),
        ([RIGHT] * 30, "nothing is wrong here"),
    ],
)
def test_the_advice_is_about_the_most_frequent_mistake(pictures, words):
    assert words in advice(judged(*pictures))


def test_what_the_training_pictures_lack_is_the_advice_where_nothing_went_wrong():
    lacking = ["No object was ever in the left third of a picture."]
    assert advice(judged(*[RIGHT] * 30), lacking) == lacking[0]
    assert advice(judged(TAKEN), lacking).endswith(lacking[0])
