"""Drawn pictures are a project's like any others, and the same for the same seed."""

import errno
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tod_ros.cli import command as cli
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project, pictures
from tod_ros.dataset.samples import read_samples
from tod_ros.dataset.synthesis import synthesise
from tod_ros.errors import ProjectError
from tod_ros.images.image_file import read_image
from tod_ros.scene.compose import draw_scene

LABELS = LabelMap.from_names(["one", "two"])


def test_each_picture_has_its_true_boxes_beside_it(tmp_path):
    project = Project(tmp_path / "cubes")
    drawn = synthesise(project, LABELS, 3)
    assert [path.name for path in drawn] == ["synth00001.png", "synth00002.png", "synth00003.png"]
    samples = read_samples(project.images_root)
    assert samples.faults == () and len(samples.good) == 3
    for sample in samples.good:
        height, width = read_image(sample.picture).shape[:2]
        assert sample.annotation.size_wh == (width, height)
        assert {box.name for box in sample.annotation.boxes} <= {"one", "two"}


def test_a_number_is_the_same_picture_however_many_are_drawn_at_a_time(tmp_path):
    apart, together = Project(tmp_path / "a"), Project(tmp_path / "b")
    for _ in range(2):
        synthesise(apart, LABELS, 1, seed=5)
    synthesise(together, LABELS, 2, seed=5)
    for one, other in zip(pictures(apart.images_root), pictures(together.images_root)):
        assert one.read_bytes() == other.read_bytes()
        assert read_voc(one.with_suffix(".xml")) == read_voc(other.with_suffix(".xml"))


def test_another_seed_draws_others(tmp_path):
    first = synthesise(Project(tmp_path / "a"), LABELS, 1, seed=1)[0]
    second = synthesise(Project(tmp_path / "b"), LABELS, 1, seed=2)[0]
    assert first.read_bytes() != second.read_bytes()


def test_a_picture_that_cannot_be_written_leaves_no_xml_alone(tmp_path, monkeypatch):
    def full(path, content):
        if path.suffix == ".png":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        path.write_bytes(content)

    monkeypatch.setattr("tod_ros.dataset.synthesis.write_bytes", full)
    with pytest.raises(ProjectError, match=r"synth00001\.png: cannot be written \(No space"):
        synthesise(Project(tmp_path / "cubes"), LABELS, 1)
    assert list(Project(tmp_path / "cubes").images_root.iterdir()) == []


def test_two_at_once_use_no_number_twice_and_mix_no_annotations(tmp_path):
    """Each with its own seed; a picture that is drawn again tells whose boxes are beside it."""
    project = Project(tmp_path / "cubes")
    seeds = (1, 2)

    def draw(seed):
        return synthesise(project, LABELS, 8, seed=seed)

    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(draw, seeds))
    assert len({path for paths in drawn for path in paths}) == 16
    for seed, paths in zip(seeds, drawn):
        for path in paths:
            number = int(path.stem[len("synth") :])
            scene = draw_scene(seed * 1_000_003 + number, classes=tuple(LABELS.ids))
            assert read_voc(path.with_suffix(".xml")).boxes == tuple(scene.boxes)
            assert np.array_equal(read_image(path), scene.image)


def test_no_pictures_and_no_seed_are_refused(tmp_path):
    with pytest.raises(ProjectError, match="-n is 0, must be 1 or more"):
        synthesise(Project(tmp_path / "cubes"), LABELS, 0)
    with pytest.raises(ProjectError, match="--seed is -1, must be 0 or more"):
        synthesise(Project(tmp_path / "cubes"), LABELS, 1, seed=-1)


def test_a_class_without_a_look_is_told_with_the_way_out_and_nothing_is_written(tmp_path):
    project = Project(tmp_path / "cubes")
    with pytest.raises(ProjectError) as caught:
        synthesise(project, LabelMap.from_names(["one", "fox"]), 3)
    told = str(caught.value)
    assert told.startswith(f"{project.label_map_path}: class 'fox' cannot be drawn")
    assert told.endswith("; take pictures of it with a camera instead")
    assert not project.images_root.exists()


def test_init_synth_split_and_convert_walk_on(tmp_path, capsys):
    root = str(tmp_path / "faces")
    assert cli.main(["init", root, "--class", "one", "--class", "two"]) == 0
    assert cli.main(["synth", root, "-n", "4"]) == 0
    assert cli.main(["split", root]) == 0
    assert cli.main(["convert", root]) == 0
    assert "train: 3 pictures" in capsys.readouterr().out
    assert (tmp_path / "faces/training/train.record").stat().st_size > 100_000
