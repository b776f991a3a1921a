"""Every fault of every file is found at once, and said in one line with its mend."""

import pytest
from annotated import CUBES, LABELS, add

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.checks import check_project
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import read_samples


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    add(project.images_dir("train"), "image001")
    add(project.images_dir("train"), "image002", extension="jpg")
    add(project.images_dir("test"), "image003", boxes=())
    return project


def test_a_sound_project_has_no_faults(project):
    assert check_project(project, LABELS) == []


def with_box(*corners, name="two"):
    def damage(folder):
        write_voc(
            folder / "image001.xml", Annotation("a", (96, 48), (CUBES[1], Box(name, *corners)))
        )

    return damage


def with_text(text):
    return lambda folder: (folder / "image001.xml").write_text(text)


def with_picture(change):
    def damage(folder):
        path = folder / "image001.png"
        path.write_bytes(change(path.read_bytes()))

    return damage


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


FAULTS = {
    "broken XML": (with_text("<annotation>"), "image001.xml: broken XML"),
    "entities": (
        with_text('<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'),
        "image001.xml: declares entities",
    ),
    "unknown class": (
        with_box(1, 2, 30, 40, name="tow"),
        "image001.xml: object 2: unknown class 'tow', did you mean 'two'?",
    ),
    "class unlike any": (with_box(1, 2, 3, 4, name="xyz"), "unknown class 'xyz' (known: one, two)"),
    "inverted": (with_box(30, 2, 1, 40), "object 2 (two): the box is inverted (xmin 30 "),
    "upside down": (with_box(1, 40, 30, 2), "object 2 (two): the box is inverted"),
    "empty": (with_box(30, 2, 30, 40), "object 2 (two): the box is empty (xmin 30 ymin 2 xmax 30"),
    "beyond the right": (with_box(1, 2, 97, 40), "is outside the picture of 96x48; draw it again"),
    "below": (with_box(1, 2, 30, 48.5), "ymax 48.5) is outside the picture"),
    "above": (with_box(1, -1, 30, 40), "is outside the picture"),
    "size": (
        lambda folder: write_voc(folder / "image001.xml", Annotation("a", (48, 96), CUBES)),
        "image001.xml: says the picture has 48x96 pixels, but image001.png has 96x48; annotate",
    ),
    "no picture": (
        lambda folder: (folder / "image001.png").unlink(),
        "image001.xml: its picture is missing (image001.png or image001.jpg or image001.jpeg)",
    ),
    "no XML": (
        lambda folder: (folder / "image001.xml").unlink(),
        "image001.png: has no XML beside it; annotate it",
    ),
    "two pictures, one XML": (
        lambda folder: (folder / "image001.jpg").write_bytes(b""),
        "image001.jpg: shares image001.xml with image001.png; rename one",
    ),
    "empty picture": (with_picture(lambda content: b""), "image001.png: is empty; take or save"),
    "cut picture": (with_picture(lambda content: content[:-20]), "image001.png: is cut off"),
    "flipped bit": (with_picture(lambda content: flipped(content, 50)), "image001.png: is damaged"),
    "web page": (with_picture(lambda content: b"<html>"), "image001.png: is neither PNG nor JPEG"),
    "another format": (
        lambda folder: (folder / "more.bmp").write_bytes(b"BM"),
        "more.bmp: pictures must be PNG or JPEG; save it as PNG",
    ),
    "a name that is not UTF-8": (
        lambda folder: (folder / "image001.png").with_name("caf\udce9.png").write_bytes(b"any"),
        "caf\udce9.png: its name is not UTF-8, rename it",
    ),
    "a folder inside": (
        lambda folder: add(folder / "more", "image009"),
        "more: 2 pictures and XML files in a folder inside",
    ),
    "same bytes": (
        lambda folder: (
            add(folder.parent / "test", "image009", shade=0) and add(folder, "image010", shade=0)
        ),
        "image009.png: the same bytes as ",
    ),
}


@pytest.mark.parametrize(("damage", "message"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_named_alone_in_one_line(project, damage, message):
    damage(project.images_dir("train"))
    (fault,) = check_project(project, LABELS)
    assert message in str(fault)
    assert "\n" not in str(fault)
    assert str(fault).startswith(str(project.images_root))


def test_all_faults_of_all_files_come_at_once(project):
    train, test = project.images_dir("train"), project.images_dir("test")
    with_box(30, 2, 1, 40, name="tow")(train)
    (train / "image002.jpg").write_bytes(b"")
    (test / "image003.xml").unlink()
    assert len(check_project(project, LABELS)) == 4


def test_equal_pictures_within_train_are_no_fault(project):
    for name in ("image010", "image011"):
        add(project.images_dir("train"), name, shade=7)
    assert check_project(project, LABELS) == []


def test_samples_bear_the_name_of_the_picture_not_that_in_the_xml(project):
    folder = project.images_dir("train")
    write_voc(folder / "image001.xml", Annotation("before_the_rename.png", (96, 48), CUBES))
    samples = read_samples(folder)
    assert [s.annotation.filename for s in samples.good] == ["image001.png", "image002.jpg"]


def test_hidden_files_and_other_texts_do_not_matter(project):
    folder = project.images_dir("train")
    (folder / ".draft-1.png").write_bytes(b"")
    (folder / "notes.txt").write_text("mine")
    (folder / "empty").mkdir()
    assert check_project(project, LABELS) == []
