"""The row of real pictures: what it reads of them, and when it is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rospy")

from bench.rows import real
from bench.setting import Setting
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.images.image_file import write_image


@pytest.fixture
def folder(tmp_path):
    """A data set in YOLO's format: 40 pictures with a ball each."""
    data = tmp_path / "data"
    for kind in ("images", "labels"):
        (data / "train" / kind).mkdir(parents=True)
    (data / "data.yaml").write_text("nc: 2\nnames: ['ball', 'star']\n")
    for number in range(40):
        pixels = np.random.default_rng(number).integers(0, 255, (40, 80, 3), np.uint8)
        write_image(data / f"train/images/{number:02d}.png", pixels)
        (data / f"train/labels/{number:02d}.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    return data


def test_without_the_pictures_it_is_left_out_with_the_reason(tmp_path):
    said = []
    setting = Setting(Path("model"), 1, say=said.append)
    assert real.measure(setting) == []
    nowhere = Setting(Path("model"), 1, real_objects=tmp_path, say=said.append)
    assert real.measure(nowhere) == []
    assert "no --real-objects FOLDER is given" in said[0] and "has no data.yaml" in said[1]


def test_a_box_of_yolo_is_that_of_the_picture_cut_at_its_edge():
    boxes = real.yolo_boxes("1 0.25 0.5 0.5 0.5\n\n0 0.95 0.5 0.2 1\n", ["a", "b"], (200, 100))
    assert [(box.name, *box.xyxy) for box in boxes] == [
        ("b", 0.0, 25.0, 100.0, 75.0),
        ("a", pytest.approx(170.0), 0.0, 200.0, 100.0),
    ]


def test_pictures_to_judge_by_are_the_same_however_many_are_learnt_from(tmp_path, folder):
    projects = [tmp_path / str(count) / "objects" for count in (2, 5)]
    for project, count in zip(projects, (2, 5)):
        real.make_project(project, folder, count, seed=1)
    judged = [sorted(path.name for path in (p / "images/test").glob("*.png")) for p in projects]
    assert judged[0] == judged[1] and len(judged[0]) == real.JUDGED
    assert [len(list((p / "images/train").glob("*.png"))) for p in projects] == [2, 5]
    box = read_voc(next((projects[0] / "images/train").glob("*.xml"))).boxes[0]
    assert box.xyxy == (30, 10, 50, 30)


def test_the_figures_are_those_of_tod_evaluate():
    told = {
        "objects": {"recall": 0.9, "precision": None},
        "coco": {"Precision/mAP": 0.8, "Precision/mAP@.50IOU": 0.97},
    }
    figures = real.figures_of(told)
    assert figures == {"map": 0.8, "map_50": 0.97, "recall": 0.9, "precision": 0.0}
    rows = real._rows(20, [{**figures, "seconds": 500.0, "processor_s": 900.0}] * 2)
    assert [row.is_met for row in rows] == [True, None, None, True, None, None]
