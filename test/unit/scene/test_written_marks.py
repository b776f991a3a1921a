"""Marks that people wrote are read from a file and written again in scenes."""

import numpy as np
import pytest

from tod_ros.errors import SceneError
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.handwriting import ink
from tod_ros.scene.likeness import ranked
from tod_ros.scene.pen_strokes import drawn_styles
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.staging import stand
from tod_ros.scene.written_marks import read_written_marks


def pictures(mark, count):
    drawn = [ink(style, 28, 18, 3, (14, 14)) for style in drawn_styles(mark)]
    return np.stack([drawn[i % len(drawn)] for i in range(count)])


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "written.npz"
    np.savez_compressed(path, **{mark: pictures(mark, 5) for mark in ("2", "7")})
    return str(path)


def test_a_file_holds_the_marks_by_their_names(written):
    marks = read_written_marks(written)
    assert {mark: len(held) for mark, held in marks.items()} == {"2": 5, "7": 5}
    assert ranked(marks["7"], ["1", "2", "7", "A"])[0][0] == "7"
    assert [mark.width for mark in marks["2"][1:3]] == [marks["2"][1].width, marks["2"][2].width]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80 pickled"])
def test_what_is_no_such_file_is_named(tmp_path, content):
    path = tmp_path / "written.npz"
    path.write_bytes(content)
    with pytest.raises(SceneError, match=r"written\.npz: no file of written marks"):
        read_written_marks(str(path))


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


def test_a_scene_shows_what_was_written(written):
    options = {"cubes": 2, "others": 0, "difficulty": "full", "marks": read_written_marks(written)}
    asked = [draw_scene(3, ("two",), captured_share=share, **options) for share in (0.0, 1.0, 1.0)]
    assert np.array_equal(asked[1].image, asked[2].image)
    assert not np.array_equal(asked[0].image, asked[1].image)
    assert [box.name for box in asked[1].boxes] == ["two", "two"]
