"""COCO's polygons and run lengths come in as pycocotools reads them, and go out as it writes."""

import json

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.cli import command as cli
from tod_ros.dataset.formats import coco_masks
from tod_ros.dataset.formats.coco import read_coco, to_coco
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import read_samples
from tod_ros.errors import SeveralErrors
from tod_ros.mask import from_pixels, iou

LABELS = LabelMap.from_names(["one", "two"])
SIZE = (96, 48)


def ring():
    pixels = np.zeros(SIZE[::-1], np.uint8)
    cv2.circle(pixels, (30, 24), 15, 1, 5)
    return from_pixels(pixels)


def document(segmentation, bbox=(12, 6, 37, 37), size=SIZE):
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": size[0], "height": size[1]}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "bbox": list(bbox),
                "segmentation": segmentation,
            }
        ],
        "categories": [{"id": 1, "name": "one"}],
    }


def read(folder, *args, **named):
    path = folder / "coco.json"
    path.write_text(json.dumps(document(*args, **named)))
    ((box,),) = (picture.annotation.boxes for picture in read_coco(path))
    return box.mask


SHAPES = {
    "a slanted face": [[13.5, 8, 47, 12.25, 44, 40, 15, 38]],
    "two parts": [[12, 6, 25, 6, 25, 43, 12, 43], [30, 6, 49, 6, 49, 43]],
    "parts that overlap": [[12, 6, 40, 6, 40, 43, 12, 43], [30, 6, 49, 6, 49, 43, 30, 43]],
    "up to the border": [[0, 0, 96, 0, 96.4, 48, -0.3, 48]],
}


@pytest.mark.parametrize("name", SHAPES)
def test_polygons_cover_what_pycocotools_covers(tmp_path, name):
    coco = pytest.importorskip("pycocotools.mask")
    bbox = (0, 0, 96, 48) if "border" in name else (12, 6, 37, 37)
    mask = read(tmp_path, SHAPES[name], bbox)
    polygons = [np.clip(np.array(p), 0, 96).tolist() for p in SHAPES[name]]
    theirs = coco.decode(coco.merge(coco.frPyObjects(polygons, SIZE[1], SIZE[0]))) > 0
    assert iou(mask.pixels(), theirs) > 0.95


def test_run_lengths_come_back_as_they_were(tmp_path):
    told = {"size": [48, 96], "counts": ring().to_text()}
    assert read(tmp_path, told) == ring()
    assert read(tmp_path, {**told, "counts": list(ring().runs)}) == ring()


@pytest.mark.parametrize("segmentation", [[], None, {}])
def test_without_a_segmentation_there_is_no_mask(tmp_path, segmentation):
    assert read(tmp_path, segmentation) is None


def test_a_sliver_keeps_a_pixel(tmp_path):
    assert read(tmp_path, [[12, 6, 13, 6.1, 12, 6.2]], (12, 6, 1, 1)).area >= 1


@pytest.mark.parametrize(
    "segmentation, fault",
    [
        ("a text", "neither polygons nor run lengths"),
        ([[1, 2, 3, 4]], "no polygon"),
        ([[12, 6, 49, 6, 49, 43, 12]], "no polygon"),
        ([[12, 6, 49, 6, "49", 43]], "no polygon"),
        ([7], "no polygon"),
        ([[12, 6, 49, 6, 1e308, 43]], "leaves the picture"),
        ([[12, 6, 49, 6, float("nan"), 43]], "leaves the picture"),
        ([[12, 6, 49, 6, 10**30, 43]], "leaves the picture"),
        ([[60, 6, 90, 6, 90, 43, 60, 43]], "elsewhere than 'bbox'"),
        ({"size": [96, 48], "counts": "11"}, "not the picture's height and width"),
        ({"size": [48, 96], "counts": 3}, "no proper 'counts'"),
        ({"size": [48, 96], "counts": [5000]}, "5000 pixels"),
        ({"size": [48, 96], "counts": [-1, 4609]}, "no number of pixels"),
        ({"size": [48, 96], "counts": "oooooo?"}, "pixels"),
    ],
)
def test_a_wrong_segmentation_is_named_with_its_entry(tmp_path, segmentation, fault):
    with pytest.raises(SeveralErrors) as refused:
        read(tmp_path, segmentation)
    (told,) = refused.value.errors
    assert "annotations entry 1: " in str(told) and fault in str(told)
    assert "\n" not in str(told)


def test_what_all_masks_of_a_file_may_cost_is_bounded(tmp_path, monkeypatch):
    with pytest.raises(SeveralErrors, match="too large"):
        read(tmp_path, [[12, 6, 49, 6, 49, 43]], size=(900_000, 900_000))
    monkeypatch.setattr(coco_masks, "MOST_FILLED", 1000)
    with pytest.raises(SeveralErrors, match="polygons of this file are too many"):
        read(tmp_path, SHAPES["a slanted face"])
    monkeypatch.setattr(coco_masks, "MOST_RUNS", 10)
    with pytest.raises(SeveralErrors, match="masks of this file are too many"):
        read(tmp_path, {"size": [48, 96], "counts": ring().to_text()})


def test_masks_go_out_as_pycocotools_reads_them(tmp_path):
    coco = pytest.importorskip("pycocotools.mask")
    box = Box("one", 12, 6, 49, 43, mask=ring())
    told = json.loads(to_coco([Annotation("a.png", SIZE, (box, CORNER))], LABELS))
    first, second = told["annotations"]
    assert (coco.decode(first["segmentation"]) == ring().pixels()).all()
    assert first["area"] == ring().area
    assert second["segmentation"] == []


CORNER = Box("two", 60, 10, 90, 40)


def test_the_command_brings_masks_into_a_project_once(tmp_path, capsys):
    given, project = tmp_path / "given", Project(tmp_path / "cubes")
    given.mkdir()
    project.training_dir.mkdir(parents=True)
    project.images_root.mkdir()
    write_label_map(project.label_map_path, LABELS)
    cv2.imwrite(str(given / "a.png"), np.full((48, 96, 3), 90, np.uint8))
    path = given / "coco.json"
    path.write_text(json.dumps(document(SHAPES["a slanted face"])))
    words = ["convert", str(project.root), "--from", "coco", str(path)]
    assert cli.main(words) == 0
    (sample,) = read_samples(project.images_root).good
    assert sample.annotation.boxes[0].mask.area > 700
    assert cli.main(words) == 0  # nothing new
    path.write_text(json.dumps(document([[12, 6, 49, 6, 49, 43, 12, 43]])))
    assert cli.main(words) == 1
    assert "a.masks.json: is there already and says otherwise" in capsys.readouterr().err
