"""Training pictures are drawn once, complete, and never for something else than was asked."""

import dataclasses

import numpy as np
import pytest

from tod_ros.dataset.formats.tfrecord import read_records
from tod_ros.dataset.synthetic_records import (
    TrainingSet,
    draw_records,
    scene_seed,
    training_picture,
)
from tod_ros.errors import ProjectError
from tod_ros.images.image_file import write_image
from tod_ros.scene.written_marks import sheet_of

DRAWING = TrainingSet(("one", "two"), pictures=7, shards=3, seed=4, size_wh=(160, 120))


def test_shards_hold_all_the_pictures_and_name_their_classes(tmp_path):
    paths = draw_records(tmp_path, DRAWING)
    assert [path.name for path in paths] == [f"train.record-0000{n}-of-00003" for n in range(3)]
    examples = [data for path in paths for data in read_records(path)]
    assert len(examples) == 7
    assert all(b"image/object/class/text" in data for data in examples)


def test_what_is_there_is_not_drawn_again_and_what_lacks_is(tmp_path):
    first, second, third = draw_records(tmp_path, DRAWING)
    kept, lost = first.stat().st_mtime_ns, second.read_bytes()
    second.unlink()
    draw_records(tmp_path, DRAWING)
    assert first.stat().st_mtime_ns == kept
    assert second.read_bytes() == lost
    assert third.exists()


def test_several_processes_draw_the_same(tmp_path):
    alone = draw_records(tmp_path / "alone", DRAWING)
    together = draw_records(tmp_path / "together", DRAWING, processes=2)
    assert [p.read_bytes() for p in alone] == [p.read_bytes() for p in together]


def test_pictures_of_another_drawing_are_refused(tmp_path):
    draw_records(tmp_path, DRAWING)
    with pytest.raises(ProjectError, match="drawn for something else"):
        draw_records(tmp_path, TrainingSet(("one",), pictures=7, shards=3, seed=4))


def test_some_pictures_have_no_cube_to_find():
    drawing = TrainingSet(("one", "two"), pictures=40, shards=1, seed=0)
    counts = [len(training_picture(drawing, index).boxes) for index in range(40)]
    assert counts.count(0) == 4


def test_a_mosaic_shows_many_faces():
    drawing = TrainingSet(("one", "two"), pictures=3, shards=1, seed=0, kind="mosaics")
    assert sum(len(training_picture(drawing, index).boxes) for index in range(3)) >= 18


def test_some_sets_bear_marks_that_people_wrote(tmp_path):
    one, two = np.zeros((2, 1, 28, 28), np.uint8)
    one[0, 4:24, 13:15] = two[0, 4:24, 4:24] = 255
    for mark, picture in (("1", one), ("2", two)):
        write_image(tmp_path / f"{mark}.png", sheet_of(picture))
    drawn = TrainingSet(("one", "two"), pictures=20, shards=1, seed=0)
    written = dataclasses.replace(drawn, handwriting=str(tmp_path))
    same = [
        np.array_equal(*(training_picture(wanted, index).image for wanted in (drawn, written)))
        for index in range(20)
    ]
    assert same.count(False) >= 15 and any(same)  # a few show no class


def test_training_seeds_stay_away_from_those_that_judge():
    assert scene_seed(0, 0) > 10**11
    assert scene_seed(1, 0) - scene_seed(0, 10**9) > 0
