"""The figures over several pictures against values computed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.errors import ModelError
from tod_ros.evaluation.judge import Judge, evaluate

LABELS = LabelMap.from_names(["one", "two"])


def truth(name, x, y=100, side=100):
    return Box(name, x, y, x + side, y + side)


def seen(name, x, score=0.9, y=100, side=100):
    return Detection(LABELS.ids[name], name, score, x, y, x + side, y + side)


boxes = st.builds(truth, st.sampled_from(["one", "two"]), st.integers(0, 300), st.integers(0, 60))
finds = st.builds(
    seen,
    st.sampled_from(["one", "two"]),
    st.integers(0, 300),
    st.floats(0.01, 1),
    st.integers(0, 60),
)


@given(st.lists(st.tuples(st.lists(boxes, max_size=5), st.lists(finds, max_size=5)), max_size=4))
def test_every_object_is_counted_exactly_once(pictures):
    judged = Judge(LABELS)
    for number, (truths, detections) in enumerate(pictures):
        verdict = judged.add(str(number), truths, detections)
        assert len(verdict.pairs) + len(verdict.missed) == len(truths)
        assert len(verdict.pairs) + len(verdict.false) == len(verdict.found)
    evaluation = judged.evaluation()
    for name, figures in zip(LABELS.ids, evaluation.classes):
        assert figures.annotated == sum(b.name == name for t, _ in pictures for b in t)
        assert figures.found == sum(
            d.name == name and d.score >= 0.5 for _, found in pictures for d in found
        )
    assert evaluation.exact <= evaluation.pictures == len(pictures)


def three_pictures():
    return Judge(LABELS), [
        ("right.png", [truth("two", 400), truth("one", 30)], [seen("one", 31), seen("two", 402)]),
        (
            "confused.png",
            [truth("two", 400), truth("one", 30)],
            [seen("one", 31), seen("one", 402)],
        ),
        ("worse.png", [truth("two", 400)], [seen("one", 31), seen("two", 200)]),
    ]


def evaluation_of_three():
    judged, pictures = three_pictures()
    for picture in pictures:
        judged.add(*picture)
    return judged.evaluation()


def test_precision_recall_and_confusion_computed_by_hand():
    evaluation = evaluation_of_three()
    assert (evaluation.exact, evaluation.pictures) == (1, 3)
    assert evaluation.exact_share == pytest.approx(1 / 3)
    # rows: annotated one, two, background; columns: found one, two, background
    assert evaluation.confusion == ((2, 0, 0), (1, 1, 1), (1, 1, 0))
    one, two = evaluation.classes
    assert (one.precision, one.recall) == (pytest.approx(2 / 4), pytest.approx(2 / 2))
    assert (two.precision, two.recall) == (pytest.approx(1 / 2), pytest.approx(1 / 3))


def test_the_worst_pictures_come_first_and_only_so_many_are_kept():
    judged, pictures = three_pictures()
    judged = Judge(LABELS, worst=2)
    for picture in pictures:
        judged.add(*picture)
    assert [v.picture for v in judged.evaluation().worst] == ["worse.png", "confused.png"]


def test_of_right_pictures_the_least_certain_is_the_worst():
    judged = Judge(LABELS)
    judged.add("sure.png", [truth("one", 30)], [seen("one", 30, 0.99)])
    judged.add("doubtful.png", [truth("one", 30)], [seen("one", 30, 0.51)])
    assert [v.picture for v in judged.evaluation().worst] == ["doubtful.png", "sure.png"]


def test_what_was_never_annotated_or_found_has_no_share():
    judged = Judge(LABELS)
    judged.add("a.png", [truth("one", 30)], [])
    one, two = judged.evaluation().classes
    assert (one.precision, one.recall) == (None, 0.0)
    assert (two.precision, two.recall, two.average_precision) == (None, None, None)


def test_a_class_that_the_label_map_lacks_is_refused():
    with pytest.raises(ModelError, match=r"class 7 \('7'\), which its label map does not have"):
        Judge(LABELS).add("a.png", [], [Detection(7, "7", 0.9, 10, 10, 60, 60)])


def test_faint_detections_count_for_the_map_alone():
    evaluation = evaluate(
        [Annotation("a.png", (640, 480), (truth("one", 30),))],
        [[seen("one", 30, score=0.2)]],
        LABELS,
    )
    assert evaluation.mean_average_precision == pytest.approx(1.0)
    assert evaluation.classes[0].recall == 0.0


def test_annotations_and_predictions_may_be_streams():
    names = (f"image{number}.png" for number in range(5))
    truths = (Annotation(name, (640, 480), (truth("two", 40),)) for name in names)
    evaluation = evaluate(truths, ([seen("two", 41)] for _ in range(5)), LABELS)
    assert (evaluation.pictures, evaluation.exact) == (5, 5)


def test_objects_are_counted_by_the_size_that_coco_gives_them():
    judged = Judge(LABELS)
    sides = (31, 40, 90, 120)
    truths = [truth("one", 150 * place, side=side) for place, side in enumerate(sides)]
    found = [seen(one.name, one.xmin, side=one.xmax - one.xmin) for one in truths]
    wrong = seen("two", truths[1].xmin, side=40)
    judged.add("a.png", truths, [found[0], wrong, found[2]])
    small, medium, large = judged.evaluation().sizes
    assert [one.area.name for one in (small, medium, large)] == ["small", "medium", "large"]
    assert [(one.annotated, one.right) for one in (small, medium, large)] == [
        (1, 1),
        (2, 1),
        (1, 0),
    ]
    assert (small.recall, medium.recall, large.recall) == (1.0, 0.5, 0.0)
    assert small.average_precision == pytest.approx(1.0)
