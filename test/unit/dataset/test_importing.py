"""Annotations of other tools come in as VOC XML, all or none; ours go out as COCO's JSON."""

import json

import cv2
import numpy as np
import pytest
from annotated import CUBES, LABELS, add
from pycocotools.coco import COCO

from tod_ros.annotation import Box
from tod_ros.cli import command as cli
from tod_ros.dataset.checks import check_project
from tod_ros.dataset.formats.coco import read_coco
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.formats.yolo import read_yolo
from tod_ros.dataset.label_map import write_label_map
from tod_ros.dataset.project import Project
from tod_ros.errors import AnnotationError, SeveralErrors


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    project.images_dir("train").mkdir(parents=True)
    write_label_map(project.label_map_path, LABELS)
    return project


def draw(path, shade=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((48, 96, 3), shade, np.uint8))


def coco(**changes):
    whole = {
        "images": [
            {"id": 10, "file_name": "train/a.png", "width": 96, "height": 48},
            {"id": 11, "file_name": "val/b.png", "width": 96, "height": 48},
        ],
        "annotations": [
            {"id": 1, "image_id": 10, "category_id": 7, "bbox": [60, 10, 30, 30], "iscrowd": 0},
            {"id": 2, "image_id": 10, "category_id": 3, "bbox": [-0.2, 8, 30.5, 40.3]},
        ],
        "categories": [{"id": 3, "name": "one"}, {"id": 7, "name": "two"}],
    }
    return {**whole, **changes}


def given(tmp_path, content):
    folder = tmp_path / "theirs"
    for shade, name in enumerate(("train/a.png", "val/b.png")):
        draw(folder / name, shade)
    path = folder / "instances.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_coco_comes_in_with_its_pictures_and_their_places(tmp_path, project, capsys):
    path = given(tmp_path, coco())
    assert cli.main(["convert", str(project.root), "--from", "coco", str(path)]) == 0
    assert "2 pictures with their XML" in capsys.readouterr().out
    annotation = read_voc(project.images_dir("train") / "a.xml")
    assert annotation.boxes == (Box("two", 60, 10, 90, 40), Box("one", 0, 8, 30.3, 48))
    assert read_voc(project.images_dir("test") / "b.xml").boxes == ()
    assert check_project(project, LABELS) == []
    assert cli.main(["convert", str(project.root), "--from", "coco", str(path)]) == 0


def test_pictures_that_are_in_the_project_stay_where_they_are(tmp_path, project):
    draw(project.images_root / "a.png")
    path = given(tmp_path, coco())
    assert cli.main(["convert", str(project.root), "--from", "coco", str(path), "-q"]) == 0
    assert (project.images_root / "a.xml").is_file()
    assert not (project.images_dir("train") / "a.png").exists()


def test_an_annotation_that_says_otherwise_is_never_replaced(tmp_path, project, capsys):
    picture = add(project.images_dir("train"), "a")
    before = picture.with_suffix(".xml").read_text()
    path = given(tmp_path, coco())
    assert cli.main(["convert", str(project.root), "--from", "coco", str(path)]) == 1
    assert "a.xml: is there already and says otherwise" in capsys.readouterr().err
    assert picture.with_suffix(".xml").read_text() == before
    assert not (project.images_dir("test") / "b.xml").exists()


BAD_BOX = {"id": 1, "image_id": 10, "category_id": 7}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("[]", "not COCO's object detection JSON"),
        (coco(annotations=None), "not COCO's object detection JSON"),
        (coco(annotations=[BAD_BOX]), "annotations entry 1: no proper 'bbox'"),
        (coco(annotations=[{**BAD_BOX, "bbox": [1, 2, 3]}]), "'bbox' is not four numbers"),
        (coco(annotations=[{**BAD_BOX, "image_id": 9, "bbox": []}]), "image_id 9 is not among"),
        (coco(annotations=[{**BAD_BOX, "category_id": 9}]), "category_id 9 is not among"),
        (coco(annotations=["x"]), "annotations entry 1: no proper 'category_id'"),
        (coco(images=[{"id": 10}], annotations=[]), "image 10: no proper 'file_name'"),
        (coco(categories=[{"id": 3}], annotations=[]), "categories entry 1: no proper 'name'"),
    ],
)
def test_coco_that_is_wrong_is_named(tmp_path, content, message):
    path = given(tmp_path, content)
    with pytest.raises((AnnotationError, SeveralErrors)) as caught:
        read_coco(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_coco_goes_out_as_pycocotools_reads_it_and_comes_back(tmp_path, project, capsys):
    add(project.images_dir("train"), "image001")
    add(project.images_dir("train"), "image002", boxes=())
    add(project.images_dir("test"), "image003", boxes=CUBES[:1])
    assert cli.main(["convert", str(project.root), "--to", "coco"]) == 0
    read = COCO(str(project.coco_path("train")))
    assert {c["name"]: c["id"] for c in read.loadCats(read.getCatIds())} == {"one": 1, "two": 2}
    assert len(read.getImgIds()) == 2
    assert [a["bbox"] for a in read.loadAnns(read.getAnnIds())] == [
        [60, 10, 30, 30],
        [5, 8, 25.5, 32],
    ]
    back = read_coco(project.coco_path("train"))
    assert [foreign.annotation.boxes for foreign in back] == [CUBES, ()]
    assert not project.record_path("train").exists()


def yolo(tmp_path, lines="1 0.78125 0.520833 0.3125 0.625\n", names="one\ntwo\n"):
    folder = tmp_path / "yolo"
    draw(folder / "images/train/a.png", 1)
    draw(folder / "images/val/b.png", 2)
    for name, text in {"train/a.txt": lines, "val/b.txt": ""}.items():
        path = folder / "labels" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if names:
        (folder / "classes.txt").write_text(names)
    return folder


def test_yolo_comes_in_with_its_pictures_and_their_places(tmp_path, project):
    folder = yolo(tmp_path)
    assert cli.main(["convert", str(project.root), "--from", "yolo", str(folder)]) == 0
    assert read_voc(project.images_dir("train") / "a.xml").boxes == (Box("two", 60, 10, 90, 40),)
    assert read_voc(project.images_dir("test") / "b.xml").boxes == ()
    assert check_project(project, LABELS) == []


@pytest.mark.parametrize("names", ["[one, two]", "{0: one, 1: two}"])
def test_yolo_names_may_be_in_yaml_and_texts_beside_the_pictures(tmp_path, names):
    folder = tmp_path / "flat"
    draw(folder / "a.png")
    (folder / "a.txt").write_text("0 0.5 0.5 1 1\n")
    (folder / "data.yaml").write_text(f"train: ../train\nnames: {names}\n")
    (foreign,) = read_yolo(folder)
    assert foreign.annotation.boxes == (Box("one", 0, 0, 96, 48),)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1 0.5 0.5 0.1", "a.txt, line 1: not five numbers"),
        ("\n1 a b c d", "a.txt, line 2: '1 a b c d' is not five numbers"),
        ("2 0.5 0.5 0.1 0.1", "class 2 has no name, there are 2 from 0"),
        ("1 60 10 30 30", "a box outside 0..1: YOLO's are shares of the picture, not pixels"),
        ("1 nan 0.5 0.1 0.1", "a box outside 0..1"),
    ],
)
def test_yolo_lines_that_are_wrong_are_named(tmp_path, lines, message):
    with pytest.raises(SeveralErrors) as caught:
        read_yolo(yolo(tmp_path, lines))
    assert message in str(caught.value)


def test_yolo_without_names_or_pictures_says_so(tmp_path):
    with pytest.raises(AnnotationError, match="write classes.txt, one name a line"):
        read_yolo(yolo(tmp_path, names=""))
    with pytest.raises(AnnotationError, match="no such folder"):
        read_yolo(tmp_path / "none")
    folder = yolo(tmp_path)
    (folder / "images/train/a.png").unlink()
    with pytest.raises(SeveralErrors, match=r"a\.txt: its picture is missing"):
        read_yolo(folder)
