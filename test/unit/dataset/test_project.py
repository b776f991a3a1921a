"""A project's files are where the course has them, in both of its layouts."""

import pytest

from tod_ros.cli import command as cli
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project, next_number, open_project, pictures
from tod_ros.errors import ProjectError


def test_the_layout_of_the_course(tmp_path):
    project = Project(tmp_path / "cubes")
    assert project.images_dir("train") == tmp_path / "cubes/images/train"
    assert project.csv_path("test") == tmp_path / "cubes/images/test_labels.csv"
    assert project.label_map_path == tmp_path / "cubes/training/label_map.pbtxt"
    assert project.record_path("train") == tmp_path / "cubes/training/train.record"
    assert project.network_dir("ssd") == tmp_path / "cubes/training/ssd"
    assert project.pre_trained_dir == tmp_path / "pre-trained"


def test_the_older_layout_where_it_exists(tmp_path):
    (tmp_path / "images/cubes").mkdir(parents=True)
    (tmp_path / "pre_trained").mkdir()
    project = open_project(tmp_path / "cubes")
    assert project.images_dir("train") == tmp_path / "images/cubes/train"
    assert project.csv_path("test") == tmp_path / "images/cubes/test_labels.csv"
    assert project.label_map_path == tmp_path / "training/cubes/label_map.pbtxt"
    assert project.pre_trained_dir == tmp_path / "pre_trained"


def test_a_project_is_found_from_inside_it(tmp_path, monkeypatch):
    (tmp_path / "cubes/images").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "cubes")
    project = open_project(".")
    assert project.name == "cubes"
    assert project.pre_trained_dir.resolve() == tmp_path / "pre-trained"


def test_a_missing_project_is_answered_with_one_that_is_near(tmp_path):
    (tmp_path / "cubes/images").mkdir(parents=True)
    with pytest.raises(ProjectError, match=r"did you mean '.*/cubes'\?"):
        open_project(tmp_path / "cube")
    with pytest.raises(ProjectError, match=r"`tod init .*` makes one"):
        open_project(tmp_path / "zzz" / "far")


def test_pictures_are_in_the_order_of_their_names_without_drafts(tmp_path):
    for name in ("b.PNG", "a.jpg", "c.jpeg", ".draft-x.png", "a.xml", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures(tmp_path)] == ["a.jpg", "b.PNG", "c.jpeg"]
    assert pictures(tmp_path / "none") == []


def test_numbers_go_on_after_the_highest_anywhere(tmp_path):
    for name in ("image007.png", "image012.xml", "other099.png", "image100"):
        (tmp_path / name).touch()
    assert next_number([tmp_path, tmp_path / "none"], "image") == 13
    assert next_number([tmp_path], "synth") == 1


def test_init_makes_the_tree_and_the_label_map(tmp_path, capsys):
    root = tmp_path / "new" / "faces"
    command = ["init", str(root), "--class", "one", "--class", "two"]
    assert cli.main(command) == 0
    assert "1 one" in capsys.readouterr().out
    assert dict(read_label_map(root / "training/label_map.pbtxt").ids) == {"one": 1, "two": 2}
    assert (root / "images/train").is_dir() and (root / "images/test").is_dir()
    assert cli.main(command) == 0


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([], "no classes given; add --class NAME"),
        (["one", "two", "one"], "class 'one' is there twice"),
        (["one", ""], "class 2 has an empty name"),
        (["one", " two"], "spaces around it"),
    ],
)
def test_init_refuses_classes_that_cannot_be_learnt_and_makes_nothing(
    tmp_path, capsys, classes, message
):
    root = tmp_path / "faces"
    words = [word for name in classes for word in ("--class", name)]
    assert cli.main(["init", str(root), *words]) == 1
    err = capsys.readouterr().err
    assert message in err and len(err.splitlines()) == 1
    assert not root.exists()


def test_init_keeps_a_label_map_with_other_classes(tmp_path, capsys):
    root = tmp_path / "faces"
    assert cli.main(["init", str(root), "--class", "one"]) == 0
    assert cli.main(["init", str(root), "--class", "two"]) == 1
    assert "exists already, with the classes one" in capsys.readouterr().err
    assert dict(read_label_map(root / "training/label_map.pbtxt").ids) == {"one": 1}
