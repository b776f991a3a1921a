"""Pictures and boxes shrink together; the originals are kept; a kill in between is mended."""

import json
import shutil

import cv2
import numpy as np
import pytest
from annotated import LABELS, add

from tod_ros.annotation import Annotation, Box
from tod_ros.cli import command as cli
from tod_ros.dataset.checks import check_project
from tod_ros.dataset.formats.pascal_voc import read_voc, write_voc
from tod_ros.dataset.label_map import write_label_map
from tod_ros.dataset.project import Project
from tod_ros.dataset.shrinking import scaled, shrink
from tod_ros.errors import ProjectError, SeveralErrors
from tod_ros.scene import draw_scene


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    add(project.images_dir("train"), "image001")
    add(project.images_dir("train"), "image002", extension="jpg")
    add(project.images_dir("test"), "image003")
    add(project.images_root, "image004")
    return project


def size_wh(picture):
    height, width = cv2.imread(str(picture)).shape[:2]
    return width, height


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_pictures_and_boxes_shrink_together(project):
    done = shrink(project, 48)
    assert (done.changed, done.total) == (4, 4)
    picture = project.images_dir("train") / "image001.png"
    assert size_wh(picture) == (48, 24)
    annotation = read_voc(picture.with_suffix(".xml"))
    assert annotation.size_wh == (48, 24)
    assert annotation.boxes == (Box("two", 30, 5, 45, 20), Box("one", 2, 4, 15, 20))
    assert size_wh(project.images_dir("train") / "image002.jpg") == (48, 24)


def test_the_originals_are_kept_with_their_xml(project):
    before = contents(project.images_root)
    done = shrink(project, 48)
    kept = contents(done.originals)
    assert kept == {
        done.originals / path.relative_to(project.images_root): content
        for path, content in before.items()
    }


def test_the_same_call_again_changes_nothing(project):
    shrink(project, 48)
    before = contents(project.root)
    assert shrink(project, 48).changed == 0
    assert contents(project.root) == before


def test_a_picture_that_is_small_enough_stays_as_it_is(project):
    before = contents(project.root)
    assert shrink(project, 96).changed == 0
    assert contents(project.root) == before


def test_a_picture_that_shrinks_twice_loses_neither_original(project):
    first = (project.images_dir("train") / "image001.png").read_bytes()
    shrink(project, 64)
    second = (project.images_dir("train") / "image001.png").read_bytes()
    done = shrink(project, 48)
    assert (done.originals / "train/image001.png").read_bytes() == first
    assert (done.originals / "train/image001.2.png").read_bytes() == second


def test_a_kill_between_picture_and_xml_is_mended(project):
    picture = project.images_dir("train") / "image001.png"
    xml = picture.with_suffix(".xml")
    done = shrink(project, 48)
    expected = read_voc(xml)
    shutil.copy(done.originals / "train/image001.xml", xml)  # as if it had not been written yet
    assert shrink(project, 48).changed == 1
    assert read_voc(xml) == expected
    assert size_wh(picture) == (48, 24)
    assert not (done.originals / "train/image001.2.png").exists()


def test_boxes_that_a_person_corrected_afterwards_are_left_alone(project):
    shrink(project, 48)
    xml = project.images_dir("train") / "image001.xml"
    corrected = Annotation("image001.png", (48, 24), (Box("two", 1, 2, 30, 20),))
    write_voc(xml, corrected)
    assert shrink(project, 48).changed == 0
    assert read_voc(xml) == corrected


def test_every_bad_file_is_named_and_nothing_is_changed(project):
    (project.images_dir("train") / "image001.png").write_bytes(b"no picture")
    (project.images_dir("test") / "image003.xml").write_text("<annotation>")
    before = contents(project.root)
    with pytest.raises(SeveralErrors) as refused:
        shrink(project, 48)
    assert [f"image00{n}" in str(e) for n, e in zip((1, 3), refused.value.errors)] == [True, True]
    assert contents(project.root) == before


def test_two_pictures_with_one_xml_are_refused(project):
    shutil.copy(
        project.images_dir("train") / "image002.jpg", project.images_dir("train") / "image001.jpg"
    )
    with pytest.raises(SeveralErrors, match="shares its XML"):
        shrink(project, 48)


@pytest.mark.parametrize("side", [31, 0, -5, 10_001])
def test_a_size_out_of_range_is_refused(project, side):
    with pytest.raises(ProjectError, match=f"--to is {side}"):
        shrink(project, side)


def test_a_project_without_pictures_says_so(tmp_path):
    with pytest.raises(ProjectError, match="no pictures to resize"):
        shrink(Project(tmp_path / "empty"), 640)


@pytest.mark.parametrize(
    ("box", "small"),
    [
        (Box("one", 0, 0, 100, 50), (0, 0, 10, 5)),
        (Box("one", 51, 20, 52, 21), (5, 2, 6, 3)),
        (Box("one", 99, 49, 100, 50), (9, 4, 10, 5)),
    ],
)
def test_a_box_keeps_a_pixel_and_stays_inside(box, small):
    annotation = scaled(Annotation("a.png", (100, 50), (box,)), (100, 50), (10, 5))
    assert annotation.boxes[0].xyxy == small


def test_flags_and_annotator_stay(tmp_path):
    box = Box("one", 0, 0, 50, 50, difficult=True, truncated=True)
    annotation = scaled(
        Annotation("a.png", (100, 50), (box,), annotator="model"), (100, 50), (50, 25)
    )
    assert annotation.annotator == "model"
    assert annotation.boxes[0] == Box("one", 0, 0, 25, 25, difficult=True, truncated=True)


def test_faces_of_a_drawn_scene_are_where_the_boxes_are(tmp_path):
    """Of a drawn scene at half its size the boxes frame the same pixels."""
    scene = draw_scene(seed=3, size_wh=(640, 480), cubes=3)
    project = Project(tmp_path / "cubes")
    folder = project.images_dir("train")
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), scene.image)
    write_voc(folder / "a.xml", Annotation("a.png", (640, 480), scene.boxes))
    shrink(project, 320)
    small = cv2.imread(str(folder / "a.png"))
    for before, after in zip(scene.boxes, read_voc(folder / "a.xml").boxes):
        x0, y0, x1, y1 = (int(v) for v in before.xyxy)
        u0, v0, u1, v1 = (int(v) for v in after.xyxy)
        large_mean = scene.image[y0:y1, x0:x1].mean(axis=(0, 1))
        assert np.abs(large_mean - small[v0:v1, u0:u1].mean(axis=(0, 1))).max() < 3


def test_the_command_resizes_and_the_checks_pass(project, capsys):
    project.training_dir.mkdir(parents=True)
    write_label_map(project.label_map_path, LABELS)
    assert cli.main(["resize", str(project.root), "--to", "48", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["changed"], told["total"]) == (4, 4)
    assert check_project(project, LABELS) == []
    assert cli.main(["resize", str(project.root), "--to", "48"]) == 0
    assert "made 0 of 4 pictures smaller" in capsys.readouterr().out
