"""Masks go with their pictures: read, split, resized, converted, and never in anybody's way."""

import json
import shutil

import cv2
import numpy as np
import pytest
from annotated import CUBES, LABELS, add

from tod_ros.annotation import Annotation, Box
from tod_ros.cli import command as cli
from tod_ros.dataset.conversion import convert
from tod_ros.dataset.formats.masks_json import add_masks, masks_path, to_masks_text, with_masks
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.formats.tfrecord import read_records
from tod_ros.dataset.formats.tfrecord_facts import facts_of
from tod_ros.dataset.label_map import write_label_map
from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import read_samples
from tod_ros.dataset.shrinking import shrink
from tod_ros.dataset.splitting import split
from tod_ros.dataset.synthesis import synthesise
from tod_ros.errors import SeveralErrors
from tod_ros.mask import from_pixels


def mask_of(box, size_wh=(96, 48)):
    """The box's ellipse."""
    pixels = np.zeros(size_wh[::-1], np.uint8)
    xmin, ymin, xmax, ymax = (round(side) for side in box.xyxy)
    middle = ((xmin + xmax) // 2, (ymin + ymax) // 2)
    cv2.ellipse(pixels, middle, ((xmax - xmin) // 2 - 1, (ymax - ymin) // 2 - 1), 0, 0, 360, 1, -1)
    return from_pixels(pixels)


def give_masks(picture, boxes=CUBES):
    annotation = with_masks(read_voc(picture.with_suffix(".xml")), [mask_of(box) for box in boxes])
    masks_path(picture).write_text(to_masks_text(annotation))
    return annotation


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    project.training_dir.mkdir(parents=True)
    write_label_map(project.label_map_path, LABELS)
    for folder, name in (("train", "image001"), ("train", "image002"), ("test", "image003")):
        give_masks(add(project.images_dir(folder), name))
    return project


def masks_in(project, part="train"):
    samples = read_samples(project.images_dir(part))
    assert samples.faults == ()
    return [[box.mask for box in sample.annotation.boxes] for sample in samples.good]


def test_each_object_gets_its_mask_whatever_their_order_is(project):
    picture = project.images_dir("train") / "image001.png"
    masks = [mask_of(box) for box in reversed(CUBES)]
    read = with_masks(read_voc(picture.with_suffix(".xml")), masks)
    assert [box.mask for box in read.boxes] == masks[::-1]
    assert masks_in(project)[0] == masks[::-1]


def test_a_mask_whose_object_is_gone_is_left_out_and_a_new_object_has_none():
    two, one = CUBES
    annotation = Annotation("a.png", (96, 48), (one, two))
    only = with_masks(annotation, [mask_of(one), from_pixels(np.eye(48, 96) > 0)])
    assert only.boxes[0].mask == mask_of(one) and only.boxes[1].mask is None


@pytest.mark.parametrize(
    "content, fault",
    [
        ("[]", "holds no 'size'"),
        ('{"size": [48, 96], "masks": [3]}', "holds no 'size'"),
        ('{"size": [true, 96], "masks": []}', "holds no 'size'"),
        ('{"size": [48, 96], "masks": ["11"]}', "object 1: its mask has 2 pixels"),
        ('{"size": [100000, 100000], "masks": ["11"]}', "no size of a picture"),
        ('{"size": [0, 96], "masks": []}', "no size of a picture"),
        (json.dumps({"size": [48, 96], "masks": [""] * 1001}), "1000 are the most"),
        ('{"size": [48, 9' + "6" * 20 + "]}", "broken JSON"),
        ("{", "broken JSON"),
    ],
)
def test_a_broken_file_of_masks_is_named_with_its_fault(project, content, fault):
    path = masks_path(project.images_dir("train") / "image001.png")
    path.write_text(content)
    (told,) = read_samples(path.parent).faults
    assert str(told).startswith(str(path)) and fault in str(told)


def test_masks_of_another_size_are_refused(project):
    path = masks_path(project.images_dir("train") / "image001.png")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "size": content["size"][::-1]}))
    (told,) = read_samples(path.parent).faults
    assert "its masks are 48x96, the XML says 96x48" in str(told)


def test_split_moves_the_masks_with_their_pictures(tmp_path):
    project = Project(tmp_path / "cubes")
    for number in range(4):
        give_masks(add(project.images_root, f"image{number}"))
    shutil.move(str(project.images_root / "image3.png"), str(tmp_path))
    project.images_dir("train").mkdir()
    shutil.move(str(tmp_path / "image3.png"), str(project.images_dir("train")))  # interrupted
    split(project, test_share=0.25)
    assert not list(project.images_root.glob("*.json"))
    assert [len(masks_in(project, part)) for part in ("train", "test")] == [3, 1]
    assert all(all(masks) for masks in masks_in(project) + masks_in(project, "test"))


def test_masks_shrink_with_their_pictures_and_the_originals_are_kept(project):
    picture = project.images_dir("train") / "image001.png"
    before = masks_path(picture).read_bytes()
    done = shrink(project, 48)
    small = add_masks(read_voc(picture.with_suffix(".xml")), masks_path(picture))
    for box, original in zip(small.boxes, CUBES):
        assert box.mask.size_wh == (48, 24)
        assert box.mask.area == pytest.approx(mask_of(original).area / 4, rel=0.1)
    kept = done.originals / "train" / "image001.masks.json"
    assert kept.read_bytes() == before
    masks_path(picture).write_bytes(before)  # as if it had been killed before the masks
    shutil.copy(kept.parent / "image001.xml", picture.with_suffix(".xml"))
    assert shrink(project, 48).changed == 1
    assert add_masks(read_voc(picture.with_suffix(".xml")), masks_path(picture)) == small


def test_a_tiny_mask_never_vanishes(tmp_path):
    project = Project(tmp_path / "cubes")
    pixels = np.zeros((48, 96))
    pixels[5:7, 5:7] = 1
    tiny = Box("one", 5, 5, 7, 7, mask=from_pixels(pixels))
    picture = add(project.images_dir("train"), "image001", (tiny,))
    masks_path(picture).write_text(to_masks_text(Annotation("a", (96, 48), (tiny,))))
    shrink(project, 32)
    ((mask,),) = masks_in(project)
    assert mask.area == 1


def test_records_hold_a_png_for_each_object(project):
    converted = convert(project)
    assert converted.contents["train"].masks == 4
    facts = facts_of(project.record_paths("train"))
    assert (facts.boxes, facts.masks) == (4, 4)
    (record, _) = read_records(project.record_path("train"))
    assert b"image/object/mask" in record
    start = record.index(b"\x89PNG", record.index(b"image/object/mask"))
    pixels = cv2.imdecode(np.frombuffer(record[start:], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert from_pixels(pixels) == mask_of(CUBES[0])


def test_who_has_no_masks_gets_the_same_bytes_as_before(project, tmp_path):
    bare = Project(tmp_path / "bare")
    shutil.copytree(project.root, bare.root)
    for path in bare.images_root.rglob("*.masks.json"):
        path.unlink()
    convert(bare)
    convert(project, masks=False)
    for part in ("train", "test"):
        content = bare.record_path(part).read_bytes()
        assert b"mask" not in content and project.record_path(part).read_bytes() == content


def test_some_masks_are_refused_by_name_with_the_way_out(project, capsys):
    masks_path(project.images_dir("train") / "image002.png").unlink()
    with pytest.raises(SeveralErrors) as refused:
        convert(project)
    first = refused.value.errors[0]
    assert "image002.xml: object 1 (two) has no mask, as others have" in str(first)
    assert cli.main(["convert", str(project.root), "--without-masks"]) == 0
    assert "with a mask" not in capsys.readouterr().out


def test_a_negative_needs_no_mask(project):
    add(project.images_dir("train"), "image004", ())
    convert(project)
    assert facts_of(project.record_paths("train")).masks == 4


def test_synth_writes_masks_when_asked_to(tmp_path, capsys):
    bare, project = Project(tmp_path / "bare"), Project(tmp_path / "cubes")
    synthesise(bare, LABELS, 2)
    assert not list(bare.images_root.glob("*.json"))
    project.training_dir.mkdir(parents=True)
    project.images_root.mkdir()
    write_label_map(project.label_map_path, LABELS)
    assert cli.main(["synth", str(project.root), "-n", "2", "--masks"]) == 0
    for sample in read_samples(project.images_root).good:
        assert sample.annotation.boxes and all(box.mask for box in sample.annotation.boxes)
        assert sample.picture.read_bytes() == (bare.images_root / sample.picture.name).read_bytes()
    cli.main(["split", str(project.root)])
    capsys.readouterr()
    assert cli.main(["convert", str(project.root)]) == 0
    assert "of them with a mask" in capsys.readouterr().out
