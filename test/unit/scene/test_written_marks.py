"""Marks that people wrote are read from sheets and written again in scenes."""

import numpy as np
import pytest

from tod_ros.errors import SceneError
from tod_ros.images.image_file import write_image
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.handwriting import ink
from tod_ros.scene.likeness import ranked
from tod_ros.scene.pen_strokes import drawn_styles
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.staging import stand
from tod_ros.scene.written_marks import WrittenMarks, read_written_marks, sheet_of


def pictures(mark, count):
    drawn = [ink(style, 28, 18, 3, (14, 14)) for style in drawn_styles(mark)]
    return np.stack([drawn[i % len(drawn)] for i in range(count)])


@pytest.fixture
def written(tmp_path):
    for mark in ("2", "7"):
        write_image(tmp_path / f"{mark}.png", sheet_of(pictures(mark, 45)))
    return str(tmp_path)


def test_a_folder_holds_the_marks_by_their_names(written):
    marks = read_written_marks(written)
    assert {mark: len(held) for mark, held in marks.items()} == {"2": 45, "7": 45}
    assert ranked(marks["7"][:5], ["1", "2", "7", "A"])[0][0] == "7"
    first_row, second_row = (mark_from_picture(pictures("2", 45)[i]) for i in (1, 41))
    assert marks["2"][1].width == first_row.width
    assert marks["2"][41].width == second_row.width


def mark_from_picture(picture):
    return WrittenMarks(picture[None])[0]


@pytest.mark.parametrize(
    "sheet, fault",
    [
        (np.zeros((28, 40 * 28, 3), np.uint8), "shows no ink"),
        (np.full((28, 39 * 28, 3), 255, np.uint8), "must be 40 squares wide"),
        (np.full((30, 40 * 28, 3), 255, np.uint8), "in whole rows"),
        (None, "holds no sheets"),
    ],
)
def test_what_is_no_such_folder_is_named(tmp_path, sheet, fault):
    if sheet is not None:
        write_image(tmp_path / "2.png", sheet)
    with pytest.raises(SceneError, match=f"{tmp_path}.*{fault}"):
        read_written_marks(str(tmp_path))


def stood(written, share, cubes):
    request = SceneRequest(
        ("two",),
        difficulty="full",
        marks=read_written_marks(written),
        captured_share=share,
        wrong_marks=("7",),
        others=2,
        blank=0.0,
    )
    _, standing = stand(np.random.default_rng(4), request, cubes)
    return [cube.mark for cube in standing if cube.mark]


@pytest.mark.parametrize("cubes", [0, 2])
def test_classes_and_wrong_marks_are_written_as_often_as_asked(written, cubes):
    assert not any(isinstance(mark, str) for mark in stood(written, 1.0, cubes))
    assert all(isinstance(mark, str) for mark in stood(written, 0.0, cubes))


@pytest.mark.parametrize("family", ["painted", "lit"])
def test_a_scene_shows_what_was_written(written, family):
    options = {"cubes": 2, "others": 0, "difficulty": "full", "family": family}
    options["marks"] = read_written_marks(written)
    asked = [draw_scene(3, ("two",), captured_share=share, **options) for share in (0.0, 1.0, 1.0)]
    assert np.array_equal(asked[1].image, asked[2].image)
    assert not np.array_equal(asked[0].image, asked[1].image)
    assert [box.name for box in asked[1].boxes] == ["two", "two"]
