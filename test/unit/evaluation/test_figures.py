"""Shares, their intervals, and what goes wrong, from counts alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tod_ros.evaluation.figures import ClassFigures, Evaluation, Mistake, wilson_interval
from tod_ros.evaluation.verdict import Limits


def evaluation_of(confusion, names=("one", "two"), pictures=10):
    """What Judge makes of these counts, without its mAP."""
    classes = tuple(
        ClassFigures(
            annotated=sum(confusion[index]),
            found=sum(row[index] for row in confusion),
            right=confusion[index][index],
            name=name,
            average_precision=None,
        )
        for index, name in enumerate(names)
    )
    return Evaluation(pictures, 0, Limits(), classes, confusion, {}, (), ())


@pytest.mark.parametrize(
    "right, total, low, high",
    [
        (7, 7, 0.6456696, 1.0),
        (0, 7, 0.0, 0.3543304),
        (8, 10, 0.4901625, 0.9433178),
        (28, 28, 0.8793532, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval_against_published_values(right, total, low, high):
    assert wilson_interval(right, total) == pytest.approx((low, high), abs=1e-5)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_the_share_and_stays_between_0_and_1(right, total):
    right = min(right, total)
    low, high = wilson_interval(right, total)
    assert 0 <= low <= right / total + 1e-12
    assert right / total - 1e-12 <= high <= 1


def test_mistakes_are_told_most_frequent_first():
    evaluation = evaluation_of(((4, 2, 0), (0, 5, 1), (1, 0, 0)))
    assert evaluation.mistakes() == (
        Mistake("one", "two", 2),
        Mistake(None, "one", 1),
        Mistake("two", None, 1),
    )
    assert [str(mistake) for mistake in evaluation.mistakes()] == [
        "one taken for two",
        "one where nothing is",
        "two missed",
    ]
    assert [mistake.names for mistake in evaluation.mistakes()] == [
        ("one", "two"),
        ("one",),
        ("two",),
    ]


def test_a_class_named_background_is_no_background():
    evaluation = evaluation_of(((0, 1, 0), (0, 0, 0), (0, 0, 0)), names=("one", "background"))
    (mistake,) = evaluation.mistakes()
    assert (str(mistake), mistake.found) == ("one taken for background", "background")


def test_objects_are_all_classes_together():
    objects = evaluation_of(((4, 2, 0), (0, 5, 1), (1, 0, 0))).objects
    assert (objects.annotated, objects.found, objects.right) == (12, 12, 9)
    assert objects.recall == objects.precision == pytest.approx(0.75)


@pytest.mark.parametrize("annotated, leads", [(0, False), (60, False), (61, True)])
def test_objects_lead_where_pictures_hold_more_than_six(annotated, leads):
    evaluation = evaluation_of(((annotated, 0), (0, 0)), names=("one",), pictures=10)
    assert evaluation.leads_with_objects is leads


def test_of_many_classes_those_that_occur_are_shown():
    names = tuple(f"class{number}" for number in range(20))
    counts = [[0] * 21 for _ in range(21)]
    assert [one.name for one in evaluation_of(counts, names).shown_classes] == list(names[:10])
    counts[17][17] = 1
    assert [one.name for one in evaluation_of(counts, names).shown_classes] == ["class17"]
