"""A picture gets its place once, with its XML; the seed decides which."""

import json

import pytest
from annotated import add

from tod_ros.cli import command as cli
from tod_ros.dataset.project import Project, pictures
from tod_ros.dataset.splitting import split
from tod_ros.errors import ProjectError, SeveralErrors


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    for number in range(20):
        add(project.images_root, f"image{number:03d}")
    return project


def names(project, part):
    return [path.stem for path in pictures(project.images_dir(part))]


def test_pictures_move_with_their_xml(project):
    done = split(project, test_share=0.1)
    assert done.moved == done.total == {"train": 18, "test": 2}
    assert pictures(project.images_root) == []
    for part in ("train", "test"):
        assert all(p.with_suffix(".xml").is_file() for p in pictures(project.images_dir(part)))
    assert not list(project.images_root.glob("*.xml"))


def test_the_same_seed_gives_the_same_split_and_another_seed_another(tmp_path):
    chosen = []
    for place, seed in (("a", 1), ("b", 1), ("c", 2)):
        project = Project(tmp_path / place)
        for number in range(20):
            add(project.images_root, f"image{number:03d}")
        split(project, test_share=0.25, seed=seed)
        chosen.append(names(project, "test"))
    assert chosen[0] == chosen[1] != chosen[2]


def test_more_pictures_later_move_none_that_has_its_place(project):
    split(project)
    before = {part: names(project, part) for part in ("train", "test")}
    for number in range(20, 50):
        add(project.images_root, f"image{number:03d}")
    done = split(project, seed=99)
    assert done.total == {"train": 45, "test": 5}
    for part in ("train", "test"):
        assert set(before[part]) <= set(names(project, part))


def test_again_without_new_pictures_changes_nothing(project):
    split(project)
    before = names(project, "test")
    assert split(project, test_share=0.5).moved == {"train": 0, "test": 0}
    assert names(project, "test") == before


def test_where_all_are_in_train_and_none_in_test_they_are_split_from_there(tmp_path):
    project = Project(tmp_path / "cubes")
    for number in range(10):
        add(project.images_dir("train"), f"image{number:03d}")
    assert split(project, test_share=0.3).total == {"train": 7, "test": 3}


@pytest.mark.parametrize(("count", "share", "tested"), [(1, 0.5, 0), (2, 0.1, 1), (2, 0.0, 0)])
def test_few_pictures_still_give_a_test_set(tmp_path, count, share, tested):
    project = Project(tmp_path / "cubes")
    for number in range(count):
        add(project.images_root, f"image{number}")
    assert split(project, test_share=share).total["test"] == tested


def test_an_interrupted_split_is_mended_by_the_next(project):
    picture = project.images_root / "image007.png"
    project.images_dir("test").mkdir()
    picture.rename(project.images_dir("test") / picture.name)
    split(project)
    assert (project.images_dir("test") / "image007.xml").is_file()


def test_nothing_is_overwritten_and_nothing_moved_where_names_collide(project):
    split(project)
    taken = pictures(project.images_dir("train"))[0]
    add(project.images_root, taken.stem, shade=1)
    add(project.images_root, "fresh")
    with pytest.raises(SeveralErrors, match=r"exists already; rename one of them"):
        split(project)
    assert len(pictures(project.images_root)) == 2


def test_no_pictures_and_wrong_shares_are_named(tmp_path, project):
    with pytest.raises(ProjectError, match="no pictures to split"):
        split(Project(tmp_path / "none"))
    with pytest.raises(ProjectError, match="--test is 1, must be from 0 to under 1"):
        split(project, test_share=1.0)


def test_the_command_answers_json(project, capsys):
    assert cli.main(["split", str(project.root), "--test", "0.2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["moved"] == answer["total"] == {"train": 16, "test": 4}
