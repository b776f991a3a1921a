"""`convert` writes everything or nothing."""

import csv
import fcntl
import json
import os

import cv2
import numpy as np
import pytest
from annotated import CUBES, LABELS, add
from PIL import Image

from tod_ros.annotation import Annotation, Box
from tod_ros.cli import command as cli
from tod_ros.dataset.conversion import convert
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.formats.tfrecord import read_records
from tod_ros.dataset.label_map import read_label_map, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.errors import ProjectError, SeveralErrors


@pytest.fixture(params=["course", "older"])
def project(request, tmp_path):
    if request.param == "older":
        (tmp_path / "images" / "cubes").mkdir(parents=True)
    project = Project(tmp_path / "cubes")
    add(project.images_dir("train"), "image001")
    add(project.images_dir("train"), "image002", extension="jpg")
    add(project.images_dir("train"), "image004", boxes=())
    add(project.images_dir("test"), "image003")
    write_label_map(project.label_map_path, LABELS)
    return project


def files(project):
    return sorted(
        str(path.relative_to(project.workspace))
        for path in project.workspace.rglob("*")
        if path.is_file()
        and not path.name.startswith(".")
        and path.suffix.lower() not in (".png", ".jpg", ".xml")
    )


def test_it_writes_the_courses_files_where_the_layout_has_them(project):
    convert(project)
    older = project.is_older_layout
    images, training = (
        ("images/cubes", "training/cubes") if older else ("cubes/images", "cubes/training")
    )
    assert files(project) == sorted(
        [
            f"{images}/test_labels.csv",
            f"{images}/train_labels.csv",
            f"{training}/label_map.pbtxt",
            f"{training}/test.record",
            f"{training}/train.record",
        ]
    )


def test_the_csv_has_the_courses_columns_and_a_line_for_each_object(project):
    convert(project, only="csv")
    with open(project.csv_path("train"), newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"]
    assert rows[1] == ["image001.png", "96", "48", "two", "60", "10", "90", "40"]
    assert rows[2] == ["image001.png", "96", "48", "one", "5", "8", "30.5", "40"]
    assert [row[0] for row in rows[3:]] == ["image002.jpg"] * 2
    assert not project.record_path("train").exists()


def test_negatives_are_in_the_records(project):
    converted = convert(project, only="records")
    records = list(read_records(project.record_path("train")))
    assert [
        name in record
        for record, name in zip(records, [b"image001.png", b"image002.jpg", b"image004.png"])
    ] == [True] * 3
    assert converted.contents["train"].negatives == 1
    assert converted.contents["train"].most_boxes == 2


def test_one_fault_and_nothing_is_touched(project):
    convert(project)
    before = {path: os.stat(path).st_mtime_ns for path in project.workspace.rglob("*")}
    picture = project.images_dir("test") / "image003.png"
    picture.write_bytes(picture.read_bytes()[:-20])
    write_voc(
        project.images_dir("train") / "image002.xml",
        Annotation("image002.jpg", (96, 48), (Box("tow", 1, 2, 30, 40),)),
    )
    with pytest.raises(SeveralErrors) as caught:
        convert(project)
    assert len(caught.value.errors) == 2
    changed = [p for p, then in before.items() if p.is_file() and os.stat(p).st_mtime_ns != then]
    assert sorted(p.name for p in changed) == ["image002.xml", "image003.png"]
    assert not list(project.workspace.rglob(".draft-*"))


def test_a_broken_label_map_is_reported_with_all_the_rest(project):
    project.label_map_path.write_text("item { id: 1 }")
    (project.images_dir("train") / "image001.xml").write_text("<annotation>")
    with pytest.raises(SeveralErrors, match=r"(?s)image001\.xml.*label_map\.pbtxt, line 1"):
        convert(project)


def test_a_label_map_that_exists_stays_byte_for_byte(project):
    text = "# mine\nitem { id: 7 name: 'two' }\nitem { id: 3 name: 'one' }\n"
    project.label_map_path.write_text(text)
    assert dict(convert(project).label_map.ids) == {"one": 3, "two": 7}
    assert project.label_map_path.read_text() == text


def test_the_lessons_label_map_txt_gives_the_numbers_and_nothing_is_written_beside_it(project):
    project.label_map_path.unlink()
    lesson = project.training_dir / "label_map.txt"
    lesson.write_text("item { id: 1 name: 'two' } item { id: 2 name: 'one' }")
    assert dict(convert(project).label_map.ids) == {"two": 1, "one": 2}
    assert not lesson.with_name("label_map.pbtxt").exists()
    assert project.label_map_path == lesson


def test_two_label_maps_that_differ_are_refused_by_name(project):
    lesson = project.training_dir / "label_map.txt"
    lesson.write_text("item { id: 1 name: 'two' } item { id: 2 name: 'one' }")
    before = files(project)
    with pytest.raises(SeveralErrors, match=r"label_map\.pbtxt: has 1 one, 2 two, but .*\.txt has"):
        convert(project)
    assert files(project) == before


def test_without_a_label_map_the_classes_found_make_one(project):
    project.label_map_path.unlink()
    boxes = (Box("10", 1, 2, 30, 40), Box("9", 40, 2, 60, 40))
    write_voc(project.images_dir("train") / "image001.xml", Annotation("", (96, 48), boxes))
    convert(project, only="label-map")
    assert list(read_label_map(project.label_map_path).names.values()) == ["9", "10", "one", "two"]
    assert not project.csv_path("train").exists()


def test_shards_share_the_pictures_and_replace_the_single_file(project):
    convert(project)
    convert(project, shards=3)
    assert not project.record_path("train").exists()
    paths = project.record_paths("train")
    assert [path.name[-8:] for path in paths] == ["of-00003"] * 3
    assert [len(list(read_records(path))) for path in paths] == [1, 1, 1]
    convert(project, shards=2)
    assert [len(list(read_records(path))) for path in project.record_paths("train")] == [2, 1]
    convert(project)
    assert project.record_paths("train") == [project.record_path("train")]
    assert len(project.record_files("train")) == 1


def test_more_shards_than_pictures_are_refused(project):
    with pytest.raises(ProjectError, match="3 pictures cannot fill 4 shards; ask for --shards 3"):
        convert(project, shards=4)


def test_nothing_to_train_on_says_what_to_do(tmp_path):
    project = Project(tmp_path / "cubes")
    add(project.images_root, "image001")
    with pytest.raises(ProjectError, match="no pictures to train on; run `tod split"):
        convert(project)


def test_a_picture_lying_on_its_side_is_stored_upright(project):
    folder = project.images_dir("train")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((96, 48, 3), np.uint8)).save(folder / "turned.jpg", exif=exif)
    write_voc(folder / "turned.xml", Annotation("turned.jpg", (96, 48), CUBES))
    convert(project, only="records")
    record = list(read_records(project.record_path("train")))[-1]
    start = record.index(b"\x89PNG")
    stored = cv2.imdecode(np.frombuffer(record[start:], np.uint8), cv2.IMREAD_COLOR)
    assert stored.shape == (48, 96, 3)


def test_the_command_reports_each_file_on_its_own_line(project, capsys):
    (project.images_dir("train") / "image001.xml").write_text("<annotation>")
    (project.images_dir("train") / "image002.jpg").write_bytes(b"")
    assert cli.main(["convert", str(project.root)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 2
    assert all(line.startswith("tod convert: ") for line in captured.err.splitlines())


def test_the_command_answers_json(project, capsys):
    assert cli.main(["convert", str(project.root), "--json", "--shards", "2"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["classes"] == {"one": 1, "two": 2}
    assert answer["train"] == {
        "pictures": 3,
        "negatives": 1,
        "boxes": {"one": 2, "two": 2},
        "most_boxes": 2,
        "masks": 0,
    }
    assert all(os.path.isfile(path) for path in answer["written"])


def test_the_command_says_what_it_left_out(project, capsys):
    add(project.images_root, "image099")
    assert cli.main(["convert", str(project.root)]) == 0
    assert "1 pictures in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--shards", "0"], "--shards is 0, must be 1 or more"),
        (["--from", "createml", "x"], "--from 'createml' is not known, must be coco or yolo"),
    ],
)
def test_wrong_arguments_are_one_line(project, capsys, words, message):
    assert cli.main(["convert", str(project.root), *words]) == 1
    assert capsys.readouterr().err == f"tod convert: {message}\n"


def test_a_missing_project_is_one_line_with_a_hint(project, capsys):
    assert cli.main(["convert", str(project.root) + "x"]) == 1
    err = capsys.readouterr().err
    assert "no such project, did you mean" in err and len(err.splitlines()) == 1


def test_what_a_killed_conversion_left_is_cleared_away(project):
    leftover = project.training_dir / ".draft-abc.record"
    leftover.write_bytes(b"half")
    convert(project)
    assert not leftover.exists()


def test_two_conversions_of_one_project_do_not_mix(project):
    with open(project.training_dir / ".convert.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ProjectError, match="another `tod convert` is at work on it"):
            convert(project)


def test_a_training_folder_that_cannot_be_written_is_named(project):
    project.csv_path("train").mkdir()
    with pytest.raises(ProjectError, match=r"cannot be written \(Is a directory\)"):
        convert(project)
    assert not project.record_path("train").exists()
