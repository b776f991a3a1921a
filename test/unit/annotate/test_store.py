"""Annotations on disk: labelImg's layout, versions, and nothing lost."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from tod_ros.annotate.store import Conflict, Store, Unknown, as_labelimg_has_it
from tod_ros.annotation import Box
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.project import Project
from tod_ros.errors import AnnotationError, ImageError
from tod_ros.images.pillow_reader import picture_size, read_grey, thumbnail_jpeg

# What labelImg 1.8.6 writes for two boxes, the second at the right border
AS_LABELIMG = """<annotation>
\t<folder>train</folder>
\t<filename>image001.png</filename>
\t<path>image001.png</path>
\t<source>
\t\t<database>Unknown</database>
\t</source>
\t<size>
\t\t<width>640</width>
\t\t<height>480</height>
\t\t<depth>3</depth>
\t</size>
\t<segmented>0</segmented>
\t<object>
\t\t<name>two</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>0</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox>
\t\t\t<xmin>31</xmin>
\t\t\t<ymin>118</ymin>
\t\t\t<xmax>180</xmax>
\t\t\t<ymax>270</ymax>
\t\t</bndbox>
\t</object>
\t<object>
\t\t<name>one</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>1</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox>
\t\t\t<xmin>500</xmin>
\t\t\t<ymin>1</ymin>
\t\t\t<xmax>640</xmax>
\t\t\t<ymax>150</ymax>
\t\t</bndbox>
\t</object>
</annotation>
"""
KEY = "train/image001.png"
TWO = Box("two", 31, 118, 180, 270)


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "cubes" / "images" / "train"
    folder.mkdir(parents=True)
    Image.new("RGB", (640, 480), (9, 60, 90)).save(folder / "image001.png")
    return folder


@pytest.fixture
def store(images):
    return Store(Project(images.parents[1]))


def test_the_xml_is_byte_for_byte_labelimg_s(store, images):
    store.save(KEY, [TWO, Box("one", 499.6, -3, 700, 150.2)], seen="")
    assert (images / "image001.xml").read_text() == AS_LABELIMG


@pytest.mark.parametrize(
    ("xyxy", "wanted", "truncated"),
    [
        ((31, 118, 180, 270), (31, 118, 180, 270), False),
        ((0, 0, 10, 10), (1, 1, 10, 10), True),
        ((30.4, 30.6, 60.5, 61.5), (30, 31, 60, 62), False),
        ((600, 400, 640, 480), (600, 400, 640, 480), True),
        ((639.9, 479.9, 640, 480), (639, 479, 640, 480), True),
        ((50.1, 50.1, 50.3, 50.3), (50, 50, 51, 51), False),
    ],
)
def test_boxes_are_whole_pixels_from_1_and_truncated_at_the_border(xyxy, wanted, truncated):
    box = as_labelimg_has_it(Box("one", *xyxy), (640, 480))
    assert (box.xyxy, box.truncated) == (wanted, truncated)


@pytest.mark.parametrize(
    "xyxy", [(5, 5, 5, 9), (9, 5, 5, 9), (640, 5, 700, 9), (-9, 5, 0, 9), (5, -9, 9, -1)]
)
def test_empty_boxes_and_boxes_outside_are_refused(xyxy):
    with pytest.raises(AnnotationError, match="'one'"):
        as_labelimg_has_it(Box("one", *xyxy), (640, 480))


def test_no_boxes_is_a_negative_and_none_takes_the_file_away(store, images):
    saved = store.save(KEY, [], seen="")
    assert "<object>" not in (images / "image001.xml").read_text()
    store.save(KEY, None, seen=saved.version)
    assert not (images / "image001.xml").exists()
    assert store.read(KEY).version == ""


def test_a_version_that_is_no_longer_the_file_s_is_never_overwritten(store, images):
    saved = store.save(KEY, [TWO], seen="")
    (images / "image001.xml").write_text(AS_LABELIMG)
    for boxes in ([], None):
        with pytest.raises(Conflict, match=r"image001\.xml"):
            store.save(KEY, boxes, seen=saved.version)
    assert (images / "image001.xml").read_text() == AS_LABELIMG


def test_what_the_model_wrote_meanwhile_gives_way_to_a_person_only(store, images):
    store.save(KEY, [TWO], seen="", annotator="cube_faces")
    with pytest.raises(Conflict):
        store.save(KEY, [], seen="", annotator="cube_faces")
    store.save(KEY, [TWO], seen="")
    assert read_voc(images / "image001.xml").annotator == ""
    with pytest.raises(Conflict):
        store.save(KEY, [], seen="")


def test_a_refused_box_leaves_the_file_as_it_was(store, images):
    saved = store.save(KEY, [TWO], seen="")
    before = (images / "image001.xml").read_bytes()
    with pytest.raises(AnnotationError):
        store.save(KEY, [Box("one", 700, 5, 800, 9)], seen=saved.version)
    assert (images / "image001.xml").read_bytes() == before
    assert sorted(path.name for path in images.iterdir()) == ["image001.png", "image001.xml"]


def test_a_broken_xml_is_kept_aside_under_a_new_name_each_time(store, images):
    for number, name in enumerate(("image001.xml.broken", "image001.xml.broken1")):
        (images / "image001.xml").write_text(f"<annotation>{number}")
        saved = store.read(KEY)
        assert "broken XML" in saved.fault
        store.save(KEY, [TWO], seen=saved.version)
        assert (images / name).read_text() == f"<annotation>{number}"
    assert store.read(KEY).annotation.boxes == (TWO,)


def test_pictures_come_and_go_with_a_scan(store, images):
    (images / "image002.jpg").write_bytes(b"")
    (images / "folder.png").mkdir()
    (images / ".hidden.png").write_bytes(b"")
    assert store.scan() == ["train/image002.jpg"]
    (images / "image001.xml").write_text(AS_LABELIMG)
    (images / "image002.jpg").unlink()
    assert sorted(store.scan()) == [KEY, "train/image002.jpg"]
    assert list(store.pictures) == [KEY]
    assert store.scan() == []


def test_two_pictures_for_one_xml_are_told_apart(store, images):
    (images / "image001.jpg").write_bytes(b"")
    store.scan()
    with pytest.raises(ImageError, match=r"image001.png: shares image001.xml with image001.jpg"):
        store.find(KEY)


def test_a_link_within_the_folder_is_a_picture_and_one_out_of_it_is_not(store, images):
    os.symlink(images / "image001.png", images / "image005.png")
    os.symlink("/etc/hostname", images / "image006.png")
    store.scan()
    assert store.find("train/image005.png")
    with pytest.raises(ImageError, match="link to another folder"):
        store.find("train/image006.png")


@pytest.mark.parametrize("key", ["", "train", "train/", "train/../image001.png", "/etc/passwd"])
def test_keys_that_are_not_listed_are_unknown(store, key):
    with pytest.raises(Unknown):
        store.find(key)


def test_the_key_of_a_path(store, images, tmp_path):
    assert store.key_of(str(images / "image001.png")) == KEY
    assert store.key_of(str(images / "image009.png")) is None
    assert store.key_of(str(tmp_path / "image001.png")) is None


def test_size_and_depth_are_those_of_the_picture_as_it_is_seen(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 48)).save(tmp_path / "turned.jpg", exif=exif)
    Image.new("L", (64, 48)).save(tmp_path / "grey.png")
    Image.fromarray(np.full((48, 64), 65535, np.uint16)).save(tmp_path / "deep.png")
    assert picture_size(tmp_path / "turned.jpg") == ((48, 64), 3)
    assert picture_size(tmp_path / "grey.png") == ((64, 48), 1)
    assert picture_size(tmp_path / "deep.png") == ((64, 48), 1)
    assert read_grey(tmp_path / "turned.jpg", 48).shape == (64, 48)
    assert read_grey(tmp_path / "deep.png", 8).max() == 255
    for name in ("turned.jpg", "grey.png", "deep.png"):
        assert thumbnail_jpeg(tmp_path / name, 80).startswith(b"\xff\xd8")


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "image001.png").write_text("hello")
    for read in (picture_size, lambda path: read_grey(path, 8), lambda p: thumbnail_jpeg(p, 80)):
        with pytest.raises(ImageError, match=r"image001\.png: is not a picture, or broken"):
            read(tmp_path / "image001.png")


def test_a_change_in_the_last_moment_before_the_file_is_replaced_is_not_overwritten(store, images):
    from tod_ros.annotate.store import _write

    xml = images / "image001.xml"
    store.save(KEY, [TWO], "")
    before, now = xml.read_bytes(), store.read(KEY)

    def changed_meanwhile():
        assert [path.name for path in images.glob(".draft-*")]  # the new content is written already
        raise Conflict("changed by somebody else meanwhile")

    with pytest.raises(Conflict):
        _write(xml, "<annotation/>", now, changed_meanwhile)
    assert xml.read_bytes() == before
    assert sorted(path.name for path in images.iterdir()) == ["image001.png", "image001.xml"]
