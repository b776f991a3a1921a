"""Findings about a project's data are all of what `tod convert` would refuse."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.masks_json import masks_path, to_masks_text
from tod_ros.dataset.formats.pascal_voc import read_voc, write_voc
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.detection import Detection
from tod_ros.doctor.finding import faults
from tod_ros.doctor.project import (
    check_data,
    check_folders,
    check_set,
    most_boxes,
    pipeline_configs,
)
from tod_ros.mask import from_pixels


def add(project, split, name, names=("two", "one")):
    folder = project.images_dir(split)
    shade = 1 + sum(1 for _ in folder.parent.rglob("*.png"))
    assert cv2.imwrite(str(folder / f"{name}.png"), np.full((48, 96, 3), shade, np.uint8))
    boxes = tuple(Box(one, 90 - 30 * i - 25, 5, 90 - 30 * i, 40) for i, one in enumerate(names))
    write_voc(folder / f"{name}.xml", Annotation(f"{name}.png", (96, 48), boxes))


def test_an_object_without_a_mask_is_told_where_others_have_one(project):
    picture = project.images_dir("train") / "image001.png"
    annotation = read_voc(picture.with_suffix(".xml"))
    first, *others = annotation.boxes
    pixels = np.zeros((48, 96))
    pixels[5:40, 65:90] = 1
    masked = replace(annotation, boxes=(replace(first, mask=from_pixels(pixels)), *others))
    masks_path(picture).write_text(to_masks_text(masked))
    found = [finding.text for finding in faults(check_data(project))]
    assert len(found) == 4 and all("has no mask, as others have" in text for text in found)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    for split in ("train", "test"):
        project.images_dir(split).mkdir(parents=True)
    write_label_map(project.label_map_path, LabelMap.from_names(["one", "two"]))
    add(project, "train", "image001", ("two", "one", "one"))
    add(project, "test", "image002")
    return project


def test_a_sound_project_has_no_fault(project):
    findings = check_data(project)
    assert faults(findings) == []
    assert "ok     label map: 1 one, 2 two" in map(str, findings)
    assert "ok     data: every picture and annotation fits" in map(str, findings)
    assert most_boxes(project) == 3


def test_every_fault_of_the_data_is_a_line(project):
    add(project, "test", "image003", ("tow",))
    (project.images_dir("train") / "image001.xml").unlink()
    told = "\n".join(str(fault) for fault in faults(check_data(project)))
    assert "image003.xml: object 1: unknown class 'tow', did you mean 'two'?" in told
    assert "image001.png: has no XML beside it" in told


def test_a_split_without_pictures_is_told_with_the_mend(project):
    for path in project.images_dir("test").iterdir():
        path.unlink()
    (fault,) = faults(check_data(project))
    assert str(fault).startswith(f"wrong  test pictures: none in {project.images_dir('test')};")
    assert "tod split" in fault.mend


def test_folders_that_cannot_be_written_to_are_told(project):
    assert list(check_folders(project)) == []
    told = [str(finding) for finding in check_folders(project, lambda folder: False)]
    assert [line.split(" cannot be written to; ")[0] for line in told] == [
        f"wrong  folder: {project.images_root}",
        f"wrong  folder: {project.training_dir}",
    ]


def test_a_folder_that_tensorflow_takes_for_a_pattern_is_told(project):
    named = project.root.rename(project.root.with_name("cubes[1]"))
    (finding,) = check_folders(Project(named))
    assert finding.status == "wrong"
    assert finding.text.endswith("rename cubes[1], or work in another folder")


def test_a_broken_label_map_is_told(project):
    project.label_map_path.write_text("item { id: 1 name: 'one' }\nitem { id: 1 name: 'two' }")
    (fault,) = faults(check_data(project))
    assert "id 1 is taken by 'one' already" in fault.text


def test_each_network_has_its_config(project):
    assert pipeline_configs(project) == []
    for name in ("ssd", "frcnn"):
        project.network_dir(name).mkdir()
        (project.network_dir(name) / "pipeline.config").write_text("")
    assert [path.parent.name for path in pipeline_configs(project)] == ["frcnn", "ssd"]


def test_what_the_set_lacks_is_a_hint_and_no_fault(project):
    hints = check_set(project)
    assert faults(hints) == []
    assert any(str(hint).startswith("hint   set: ") for hint in hints)


def test_boxes_that_a_model_sees_otherwise_are_named(project):
    def propose(bgr):
        return [Detection(2, "two", 0.99, 65, 5, 90, 40), Detection(2, "two", 0.99, 35, 5, 60, 40)]

    without, told = check_set(project), check_set(project, propose)
    news = [str(hint) for hint in told if hint not in without]
    assert any("image002.png" in line for line in news)
