"""Which pictures are looked at, what is told of them, and where the annotated ones go."""

import os

import cv2
import numpy as np
import pytest
from PIL import Image

from tod_ros.dataset.label_map import read_label_map
from tod_ros.detection import Detection
from tod_ros.errors import ImageError
from tod_ros.inference.batch import find_pictures, look_at, output_paths
from tod_ros.models.coco_label_map import coco_label_map_for
from tod_ros.shipped import shipped


def desk(shade=90):
    """A wide picture with a light cube at the left and a dark one at the right."""
    bgr = np.full((48, 96, 3), shade, np.uint8)
    bgr[10:30, 8:28] = 250
    bgr[10:30, 66:86] = 10
    return bgr


def save(path, bgr=None):
    assert cv2.imwrite(str(path), desk() if bgr is None else bgr)
    return str(path)


def light_and_dark(bgr):
    """A detector that is right by rule: a light region is a one, a dark one a two."""
    found = []
    for label, name, mask in ((2, "two", bgr.max(axis=2) < 40), (1, "one", bgr.min(axis=2) > 200)):
        ys, xs = np.nonzero(mask)
        if xs.size:
            box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
            found.append(Detection(label, name, 0.9, *map(float, box)))
    return found


def looks(paths, max_objects=4):
    results = [look_at(path, light_and_dark, max_objects) for path in paths]
    refused = [one for one in results if isinstance(one, ImageError)]
    return [one for one in results if one not in refused], refused


# --- which pictures


def test_a_folder_gives_its_pictures_by_name_and_paths_begin_as_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.makedirs("images/test/deeper")
    for name in ("b.png", "a.jpg", ".hidden.png", "deeper/c.png"):
        save(f"images/test/{name}")
    (tmp_path / "images/test/a.xml").write_text("<annotation/>")
    assert find_pictures(["images/test/", "./images/test/b.png"]) == [
        "images/test/a.jpg",
        "images/test/b.png",
        "./images/test/b.png",
    ]


def test_what_is_not_there_and_a_folder_without_pictures_are_refused(tmp_path):
    with pytest.raises(ImageError, match="nowhere.png: no such file or folder"):
        find_pictures([str(tmp_path / "nowhere.png")])
    with pytest.raises(ImageError, match=r"no pictures in this folder \(looked for png, jpg"):
        find_pictures([str(tmp_path)])


# --- what is told


def test_results_are_left_to_right_in_pixels_under_the_path_given(tmp_path):
    path = save(tmp_path / "desk.png")
    (look,), refused = looks([path])
    assert refused == []
    assert look.to_json() == {
        "image": path,
        "labels": [1, 2],
        "names": ["one", "two"],
        "scores": [0.9, 0.9],
        "boxes": [[8.0, 10.0, 28.0, 30.0], [66.0, 10.0, 86.0, 30.0]],
    }


def test_a_picture_turned_by_its_exif_data_is_seen_upright(tmp_path):
    path = tmp_path / "phone.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    lying = np.rot90(desk())
    Image.fromarray(np.ascontiguousarray(lying)).save(path, exif=exif, quality=95)
    shown = []
    look = look_at(str(path), light_and_dark, 4, lambda *what: shown.append(what))
    ((name, bgr, found),) = shown
    assert (name, bgr.shape, found) == (str(path), (48, 96, 3), look.found)
    assert [detection.name for detection in look.found] == ["one", "two"]


@pytest.mark.parametrize(
    "name, stored",
    [
        ("grey.png", desk()[..., 0]),
        ("rgba.png", np.dstack([desk(), np.full((48, 96), 255, np.uint8)])),
        ("sixteen.png", desk()[..., 0].astype(np.uint16) * 257),
        ("sixteen_colour.png", desk().astype(np.uint16) * 257),
        ("plain.bmp", desk()),
        ("plain.tiff", desk()),
    ],
)
def test_every_kind_of_picture_is_seen_alike(tmp_path, name, stored):
    (look,), refused = looks([save(tmp_path / name, stored)])
    assert refused == []
    assert [detection.name for detection in look.found] == ["one", "two"]


def test_broken_pictures_are_refused_by_name_while_the_others_go_on(tmp_path):
    first, last = save(tmp_path / "a.png"), save(tmp_path / "d.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    (tmp_path / "c.jpg").write_text("<html>not found</html>")
    found, refused = looks(find_pictures([str(tmp_path)]))
    assert [look.path for look in found] == [first, last]
    assert len(refused) == 2
    for name, error in zip(("b.png", "c.jpg"), refused):
        assert f"{name}: is not a picture, or broken" in str(error)


# --- where annotated pictures go


def test_names_that_would_collide_are_numbered(tmp_path):
    paths = ["left/a.png", "right/a.png", "right/a.gif", "more/a.png", "right/b.JPG"]
    chosen = output_paths(paths, tmp_path)
    names = [os.path.basename(chosen[path]) for path in paths]
    assert names == ["a.png", "a_2.png", "a_3.png", "a_4.png", "b.JPG"]


def test_a_number_taken_by_another_picture_is_not_given_twice(tmp_path):
    paths = ["left/a_2.png", "left/a.png", "right/a.png"]
    chosen = output_paths(paths, tmp_path)
    assert len(set(chosen.values())) == 3


def test_a_picture_is_never_replaced_by_its_annotated_one(tmp_path):
    save(tmp_path / "desk.png")
    (tmp_path / "link").symlink_to(tmp_path)
    for folder in (tmp_path, tmp_path / "link", tmp_path / "." / "link" / ".." / tmp_path.name):
        with pytest.raises(ImageError, match="holds desk.png, which would be overwritten"):
            output_paths([str(tmp_path / "desk.png")], folder)


def test_a_link_does_not_lead_round_that(tmp_path):
    (tmp_path / "links").mkdir()
    save(tmp_path / "desk.png")
    (tmp_path / "links" / "desk.png").symlink_to(tmp_path / "desk.png")
    for folder in (tmp_path, tmp_path / "links"):
        with pytest.raises(ImageError, match="which would be overwritten"):
            output_paths([str(tmp_path / "links" / "desk.png")], folder)


# --- COCO's names


def network(tmp_path, classes, label_map=False):
    folder = tmp_path / "ssd"
    (folder / "saved_model").mkdir(parents=True)
    (folder / "saved_model" / "saved_model.pb").write_bytes(b"")
    (folder / "pipeline.config").write_text(f"model {{\n  ssd {{\n    num_classes: {classes}\n")
    if label_map:
        (folder / "label_map.pbtxt").write_text("item { id: 1 name: 'one' }")
    return folder


def test_a_network_of_the_zoo_has_cocos_names(tmp_path):
    folder = network(tmp_path, 90)
    for model in (folder, folder / "saved_model"):
        path = coco_label_map_for(model)
        assert path == shipped("config", "coco_label_map.pbtxt")
    label_map = read_label_map(path)
    assert list(label_map.names) == list(range(1, 91))
    assert (label_map.names[1], label_map.names[90]) == ("person", "toothbrush")


@pytest.mark.parametrize("classes, label_map", [(2, False), (90, True), (91, False)])
def test_cocos_names_are_not_taken_where_they_do_not_fit(tmp_path, classes, label_map):
    assert coco_label_map_for(network(tmp_path, classes, label_map)) is None


def test_without_a_pipeline_config_nothing_is_guessed(tmp_path):
    assert coco_label_map_for(tmp_path) is None
