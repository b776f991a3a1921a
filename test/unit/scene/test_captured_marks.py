"""A mark is cut out of a face and written again, whoever wrote it and with whatever pen."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tod_ros.scene.captured_marks import capture_mark, mark_from_ink
from tod_ros.scene.faces import marked_face
from tod_ros.scene.handwriting import Hand, can_be_drawn, ink, mark_of_class
from tod_ros.scene.invented_marks import INVENTED
from tod_ros.scene.likeness import alike, distances, ranked
from tod_ros.scene.mark_styles import MARKS
from tod_ros.scene.paper import plain_face, random_paper
from tod_ros.scene.pen_strokes import drawn_styles

PLAIN = Hand(style=0.0, slant=0.0, width=1.0, wobble=0.0, pen=0.12, height=0.6, faithful=1.0)
SOME = ["1", "2", "3", "A", "star", "plus", "7", "heart"]


def face_of(mark, seed=3, hand=PLAIN, size=120):
    rng = np.random.default_rng(seed)
    return marked_face(random_paper(rng, calm=True), mark, hand, rng, size)


def drawn(mark):
    return mark_from_ink(ink(drawn_styles(mark)[0], 200, 100, 12, (100, 100)))


@pytest.mark.parametrize("mark", SOME)
def test_a_captured_mark_looks_like_its_mark_most(mark):
    marks = [capture_mark(face_of(mark, seed)) for seed in range(5)]
    assert all(mark is not None for mark in marks)
    assert ranked(marks, SOME)[0][0] == mark


@pytest.mark.parametrize("mark", ["1", "2", "3", "A"])
def test_a_mark_as_high_as_its_face_is_captured_too(mark):
    large = replace(PLAIN, height=0.84)
    marks = [capture_mark(face_of(mark, seed, large)) for seed in range(12)]
    assert all(mark is not None for mark in marks)
    assert ranked(marks, SOME)[0][0] == mark


def test_what_is_written_again_is_the_same_mark_in_another_hand():
    mark = capture_mark(face_of("3"))
    paper = random_paper(np.random.default_rng(1), calm=True)
    again = [marked_face(paper, mark, PLAIN, np.random.default_rng(seed), 128) for seed in range(6)]
    assert len({face.tobytes() for face in again}) == len(again)
    for face in again:
        told = ranked([capture_mark(face)], SOME)
        assert told[0][0] == "3"


@pytest.mark.parametrize("pen", [0.07, 0.2])
def test_the_pen_of_the_new_hand_is_used(pen):
    mark = drawn("7")
    hand = Hand(0.0, 0.0, 1.0, 0.0, pen, 0.6, 1.0)
    paper = random_paper(np.random.default_rng(1), calm=True)
    face = marked_face(paper, mark, hand, np.random.default_rng(0), 200)
    assert capture_mark(face).pen == pytest.approx(pen, rel=0.35)


def test_the_edge_of_the_paper_is_no_ink():
    face = face_of("2", size=160)
    cv2.rectangle(face, (2, 2), (157, 157), (40, 40, 40), 3)
    edged, bare = capture_mark(face), capture_mark(face_of("2", size=160))
    assert edged.width == pytest.approx(bare.width, rel=0.1)


@pytest.mark.parametrize(
    "face",
    [
        plain_face(random_paper(np.random.default_rng(0), calm=True), np.random.default_rng(0), 99),
        np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8),
        np.zeros((60, 60, 3), np.uint8),
    ],
    ids=["blank", "photograph", "black"],
)
def test_a_face_without_ink_has_no_mark(face):
    assert capture_mark(face) is None


def test_a_badly_cut_mark_is_told_from_the_others():
    good = [capture_mark(face_of("2", seed)) for seed in range(6)]
    assert len(alike([*good, drawn("plus")])) == len(good)


def test_a_mark_is_nearest_to_itself_and_far_from_another():
    told = distances(drawn("heart"), SOME)
    assert told["heart"] < 0.005 < 0.02 < told["1"]


def test_invented_marks_can_be_drawn_and_are_in_no_table():
    assert not set(INVENTED) & set(MARKS)
    for name in INVENTED:
        assert can_be_drawn(name) and mark_of_class(name) == name
        assert len(drawn_styles(name)) == 3
    assert not can_be_drawn("invented99") and not can_be_drawn("sticker")
