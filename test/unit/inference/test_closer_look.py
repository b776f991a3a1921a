"""A small object that the first look is not sure of is looked at once more, from nearer."""

from __future__ import annotations

import dataclasses
from typing import List, Tuple

import numpy as np
import pytest

from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.inference.closer_look import look_closer
from tod_ros.inference.detector import Detector
from tod_ros.inference.network import Network, Raw
from tod_ros.inference.served_model import ServedModel
from tod_ros.settings import InferenceSettings

SMALL = (100.0, 100.0, 140.0, 140.0)


def found(name: str, score: float, xyxy=SMALL, **more) -> Detection:
    return Detection({"one": 1, "two": 2}[name], name, score, *xyxy, **more)


class Near:
    """What is seen from nearer, as boxes of the whole picture; it notes where it was asked."""

    def __init__(self, *detections: Detection):
        self.detections = detections
        self.corners: List[Tuple[int, int]] = []

    def __call__(self, image: np.ndarray) -> List[Detection]:
        assert image.shape == (240, 320, 3)
        left, top = (4 * int(value) for value in image[0, 0, 1:])
        self.corners.append((left, top))
        return [
            dataclasses.replace(
                d, xmin=d.xmin - left, xmax=d.xmax - left, ymin=d.ymin - top, ymax=d.ymax - top
            )
            for d in self.detections
        ]


def numbered_picture() -> np.ndarray:
    """Each pixel tells in its second and third channel where it is, in steps of four."""
    down, right = np.mgrid[:480, :640]
    return np.stack([0 * down, right // 4, down // 4], -1).astype(np.uint8)


def twice(near: Near, *detections: Detection) -> List[Detection]:
    return look_closer(near, numbered_picture(), detections)


def test_the_two_looks_count_alike():
    near = Near(found("one", 0.9))
    (seen,) = twice(near, found("one", 0.4))
    assert (seen.name, seen.score) == ("one", pytest.approx(0.65))
    assert len(near.corners) == 1


def test_the_box_stays_that_of_the_first_look():
    (seen,) = twice(Near(found("one", 0.9, (104, 98, 144, 142))), found("one", 0.4))
    assert seen.xyxy == SMALL


def test_what_is_not_there_from_nearer_counts_half():
    far = found("one", 0.95, (300, 300, 340, 340))
    for near in (Near(), Near(found("one", 0.9, (160, 100, 200, 140)))):
        seen = twice(near, far, found("one", 0.6))
        assert [d.score for d in seen] == [0.95, pytest.approx(0.3)]


def test_from_nearer_it_may_be_another_class():
    (seen,) = twice(Near(found("two", 0.8, rival="one", rival_score=0.1)), found("one", 0.4))
    assert (seen.label, seen.name, seen.score) == (2, "two", pytest.approx(0.4))
    assert (seen.rival, seen.rival_score) == ("one", pytest.approx(0.25))


def test_both_looks_rivals_are_counted():
    near = Near(found("one", 0.7, rival="two", rival_score=0.2))
    (seen,) = twice(near, found("one", 0.5, rival="two", rival_score=0.4))
    assert (seen.rival, seen.rival_score) == ("two", pytest.approx(0.3))


@pytest.mark.parametrize(
    "seen",
    [
        found("one", 0.75),
        found("one", 0.1),
        found("one", 0.4, (100, 100, 170, 140)),
        found("one", 0.4, (100, 100, 140, 170)),
    ],
    ids=["sure", "hardly anything", "wide", "high"],
)
def test_what_is_sure_or_large_needs_no_second_look(seen):
    near = Near(found("one", 0.9))
    assert twice(near, seen) == [seen]
    assert near.corners == []


def test_one_look_at_most_around_the_best_of_the_doubtful():
    near = Near(found("one", 0.9), found("one", 0.9, (180, 150, 210, 180)))
    beside, away = found("one", 0.3, (180, 150, 210, 180)), found("one", 0.3, (580, 400, 610, 430))
    seen = twice(near, found("one", 0.4), beside, away)
    assert [round(d.score, 2) for d in seen] == [0.65, 0.6, 0.3]
    assert len(near.corners) == 1


@pytest.mark.parametrize(
    "xyxy, corner",
    [
        ((0, 0, 30, 30), (0, 0)),
        ((610, 450, 640, 480), (320, 240)),
        ((300, 220, 340, 260), (160, 120)),
    ],
)
def test_the_window_lies_around_it_and_inside_the_picture(xyxy, corner):
    near = Near(found("one", 0.8, xyxy))
    (seen,) = twice(near, found("one", 0.4, xyxy))
    assert near.corners == [corner]
    assert seen.score == pytest.approx(0.6)


class BrightSquare:
    """A network that is the surer of a bright thing, the wider it sees it."""

    def __init__(self):
        self.seen_wh: List[Tuple[int, int]] = []

    def run(self, bgr: np.ndarray) -> Raw:
        height, width = bgr.shape[:2]
        self.seen_wh.append((width, height))
        ys, xs = np.nonzero(bgr[..., 0] > 126)
        box = [ys.min() / height, xs.min() / width, (ys.max() + 1) / height, (xs.max() + 1) / width]
        across = xs.max() + 1 - xs.min()
        return Raw(np.array([box]), np.array([1]), np.array([min(across / 40, 1.0)]))


def detected(picture: np.ndarray, learnt_from_wh, min_score: float = 0.5):
    network = BrightSquare()
    labels = LabelMap.from_names(["one"])
    detector = Detector(labels, "litert", Network(network.run), "a test", learnt_from_wh)
    return detector.detect(picture, min_score), network.seen_wh


def square_picture(size_wh: Tuple[int, int], side: int) -> np.ndarray:
    picture = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    picture[100 : 100 + side, 200 : 200 + side] = 255
    return picture


def test_a_picture_twice_as_large_is_looked_at_again_as_the_network_learnt():
    (seen,), looks = detected(square_picture((640, 480), 30), (320, 240))
    assert looks == [(320, 240), (320, 240)]
    assert seen.score == pytest.approx((15 / 40 + 30 / 40) / 2)
    assert seen.xyxy == (200, 100, 230, 130)


def test_of_a_larger_picture_still_half_is_seen():
    (seen,), looks = detected(square_picture((1280, 960), 60), (320, 240))
    assert looks == [(320, 240), (320, 240)]
    assert seen.score == pytest.approx((15 / 40 + 30 / 40) / 2)


@pytest.mark.parametrize("learnt_from_wh", [None, (640, 480), (400, 240), (320, 300)])
def test_where_nothing_more_can_be_seen_there_is_one_look(learnt_from_wh):
    _, looks = detected(square_picture((640, 480), 16), learnt_from_wh)
    assert len(looks) == 1


def test_what_both_looks_doubt_is_left_out():
    seen, looks = detected(square_picture((640, 480), 18), (320, 240))
    assert (seen, len(looks)) == ([], 2)
    (seen,), _ = detected(square_picture((640, 480), 18), (320, 240), min_score=0.1)
    assert seen.score == pytest.approx((9 / 40 + 18 / 40) / 2)


@pytest.mark.parametrize("looks, sure_margin, runs", [(1, 0.0, 2), (1, 0.2, 2), (3, 0.0, 3)])
def test_looks_that_vote_come_no_nearer(looks, sure_margin, runs, monkeypatch):
    network = BrightSquare()
    labels = LabelMap.from_names(["one"])
    detector = Detector(labels, "litert", Network(network.run), "a test", (320, 240))
    monkeypatch.setattr("tod_ros.inference.served_model.load_detector", lambda *_, **__: detector)
    model = ServedModel(InferenceSettings(looks=looks, sure_margin=sure_margin))
    network.seen_wh.clear()  # it warmed up
    found = model.detect(square_picture((640, 480), 30))
    assert len(network.seen_wh) == runs
    assert [d.name for d in found] == (["one"] if looks == 1 else [])  # .375 in each look
