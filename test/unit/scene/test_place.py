"""Scenes that share a place or a writer; captured marks and chosen wrong marks in scenes."""

import numpy as np
import pytest

from tod_ros.errors import SceneError
from tod_ros.scene.captured_marks import capture_mark, mark_from_ink
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.handwriting import ink
from tod_ros.scene.likeness import ranked
from tod_ros.scene.mosaic import draw_mosaic
from tod_ros.scene.pen_strokes import drawn_styles

SMALL = (320, 240)


def captured(mark):
    return mark_from_ink(ink(drawn_styles(mark)[0], 200, 100, 12, (100, 100)))


def marks_seen(scenes, name, like):
    """How many faces of a class look most like a mark, of those whose ink can be cut out."""
    faces = [
        capture_mark(scene.image[box.ymin : box.ymax, box.xmin : box.xmax])
        for scene in scenes
        for box in scene.boxes
        if box.name == name
    ]
    told = [ranked([face], ["2", "7", "heart", "A"])[0][0] for face in faces if face is not None]
    return told.count(like), len(told)


def test_scenes_of_one_place_have_the_same_wall():
    first, second, elsewhere = (
        draw_scene(seed, size_wh=SMALL, difficulty="full", cubes=2, place=place, others=0)
        for seed, place in ((1, 104), (2, 104), (2, 101))
    )
    top = np.s_[:20]
    here = np.abs(first.image[top].mean((0, 1)) - second.image[top].mean((0, 1))).max()
    there = np.abs(first.image[top].mean((0, 1)) - elsewhere.image[top].mean((0, 1))).max()
    assert here < 8 < there


def test_a_place_and_a_writer_do_not_decide_where_cubes_stand():
    own = draw_scene(1, size_wh=SMALL, cubes=3, difficulty="full", others=0)
    shared = draw_scene(1, size_wh=SMALL, cubes=3, difficulty="full", others=0, place=3, writer=3)
    assert shared.boxes == own.boxes


def test_captured_marks_stand_on_the_faces_of_their_class():
    scenes = [
        draw_scene(seed, ["mine"], cubes=3, marks={"mine": [captured("heart")]})
        for seed in range(4)
    ]
    right, seen = marks_seen(scenes, "mine", "heart")
    assert seen >= 8 and right >= 0.8 * seen


def test_a_class_that_can_be_drawn_is_drawn_more_often_than_written_again():
    scenes = [draw_scene(s, ["two"], cubes=4, marks={"two": [captured("heart")]}) for s in range(6)]
    right, seen = marks_seen(scenes, "two", "heart")
    assert 0 < right < 0.6 * seen


def test_a_mosaic_takes_the_options_of_scenes():
    mosaic = draw_mosaic(1, ["mine"], marks={"mine": [captured("7")]}, wrong_marks=["A"])
    assert {box.name for box in mosaic.boxes} == {"mine"} and len(mosaic.boxes) > 4


def test_a_wrong_mark_that_cannot_be_drawn_is_refused():
    with pytest.raises(SceneError, match="'sticker' cannot be drawn"):
        draw_scene(1, ["one"], wrong_marks=["sticker"], difficulty="full")
