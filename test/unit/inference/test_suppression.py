"""Overlaps are suppressed as the OD API suppresses them inside its graphs."""

import numpy as np
import pytest

from tod_ros.inference.suppression import KEY, Suppression, suppressed, suppression_of

TWICE = [[0.1, 0.1, 0.3, 0.3], [0.11, 0.1, 0.31, 0.3], [0.5, 0.6, 0.7, 0.9]]


def kept(boxes, scores, **how):
    wanted = Suppression(**{"max_iou": 0.6, "each": 10, "total": 10, **how})
    return suppressed(np.array(boxes, float), np.array(scores, float), wanted)


def test_each_class_is_suppressed_for_itself():
    found = kept(TWICE, [[0.9, 0.0], [0.8, 0.7], [0.2, 0.6]])
    assert found.labels.tolist() == [1, 2, 2, 1]
    assert found.scores.tolist() == [0.9, 0.7, 0.6, 0.2]
    assert found.class_count == (2, 2)


def test_where_classes_are_suppressed_together_a_box_has_its_best_class():
    found = kept(TWICE, [[0.9, 0.0], [0.8, 0.7], [0.2, 0.6]], class_agnostic=True)
    assert found.labels.tolist() == [1, 2] and found.scores.tolist() == [0.9, 0.6]


def test_no_more_are_kept_than_the_network_keeps():
    boxes = [[0.0, x, 0.1, x + 0.1] for x in (0.0, 0.2, 0.4, 0.6)]
    scores = [[0.9, 0], [0.8, 0], [0.7, 0], [0, 0.6]]
    assert kept(boxes, scores, each=2).scores.tolist() == [0.9, 0.8, 0.6]
    assert kept(boxes, scores, each=2, total=2).scores.tolist() == [0.9, 0.8]


def test_a_weak_object_is_not_pushed_out_by_the_many_anchors_of_sure_ones():
    sure = [[0.0, 0.1 * n, 0.09, 0.1 * n + 0.09] for n in range(10) for _ in range(60)]
    found = kept([*sure, [0.5, 0.5, 0.6, 0.6]], [*[[0.99]] * 600, [0.4]], each=20, total=20)
    assert len(found.scores) == 11 and found.scores[-1] == pytest.approx(0.4)


def test_boxes_are_cut_at_the_border_after_they_were_compared():
    over = [[-0.2, 0.0, 0.1, 0.2], [0.0, 0.0, 0.1, 0.2], [-0.3, 0.0, -0.1, 0.2]]
    found = kept(over, [[0.9], [0.8], [0.7]])
    assert found.scores.tolist() == [0.9, 0.8], "cut first, the two would be the same box"
    assert found.boxes_yxyx.min() >= 0


def test_nothing_seen_is_nothing_kept():
    assert len(kept(TWICE, [[0.001], [0.0], [0.002]]).scores) == 0


@pytest.mark.parametrize(
    "told",
    [
        {},
        {KEY: None},
        {KEY: {"max_iou": 0.6}},
        {KEY: {"max_iou": "x", "each": 1, "total": 1, "class_agnostic": False}},
        {KEY: {"max_iou": 7, "each": 1, "total": 1, "class_agnostic": False}},
        {KEY: {"max_iou": 0.5, "each": 0, "total": 1, "class_agnostic": False}},
    ],
)
def test_a_card_that_says_nothing_sensible_leaves_it_to_the_detector(told):
    assert suppression_of(told) is None


def test_tensorflow_keeps_the_same_boxes():
    """Its own function is what the graphs of the zoo hold."""
    tf = pytest.importorskip("tensorflow", exc_type=ImportError)
    random = np.random.default_rng(3)
    corners = random.uniform(-0.1, 0.9, (400, 2))
    boxes = np.concatenate([corners, corners + random.uniform(0.05, 0.3, (400, 2))], axis=1)
    scores = random.uniform(0, 1, (400, 1))
    chosen, chosen_scores = tf.image.non_max_suppression_with_scores(
        tf.constant(boxes, tf.float32), tf.constant(scores[:, 0], tf.float32), 30, 0.6, 0.01
    )
    found = kept(boxes, scores, each=30, total=30)
    assert found.scores == pytest.approx(chosen_scores.numpy(), abs=1e-6)
    expected = np.clip(boxes[chosen.numpy()], 0, 1)
    assert found.boxes_yxyx == pytest.approx(expected, abs=1e-6)
