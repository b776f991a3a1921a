"""TensorFlow reads no checkpoint below a folder whose name looks like a pattern."""

import pytest

from tod_ros.errors import ProjectError
from tod_ros.models.checkpoint_paths import refuse_pattern


@pytest.mark.parametrize(
    "path, letter, part",
    [
        ("/home/me/cubes[1]/training/marks", "[", "cubes[1]"),
        ("/home/what?/cubes/training", "?", "what?"),
        ("/home/me/cubes/training/marks*", "*", "marks*"),
        ("/home/a\\b/cubes", "\\", "a\\b"),
    ],
)
def test_the_folder_to_rename_is_named(path, letter, part):
    with pytest.raises(ProjectError) as error:
        refuse_pattern(path, ProjectError)
    assert str(error.value) == (
        f"{path}: TensorFlow takes the {letter} in it for a pattern and cannot read checkpoints"
        f" there; rename {part}, or work in another folder"
    )


@pytest.mark.parametrize("path", ["/home/my cubes/(two)/{a}/é!~#]/training", ".", ""])
def test_every_other_name_is_fine(path):
    refuse_pattern(path, ProjectError)
