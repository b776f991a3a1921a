"""Hard pictures are those that the network gets wrong, and a training set can be made of them."""

from dataclasses import replace

import pytest

from tod_ros.dataset.formats.tfrecord import read_records
from tod_ros.dataset.synthetic_records import TrainingSet, draw_records, training_picture
from tod_ros.detection import iou
from tod_ros.errors import TodError
from tod_ros.scene.compose import draw_scene
from tod_ros.shipped import shipped
from tod_ros.training.hard_pictures import Examiner

MODEL = shipped("models", "cube_faces")
CLASSES = ("one", "two")


@pytest.fixture(scope="module")
def examiner():
    return Examiner(MODEL)


@pytest.fixture(scope="module")
def easy():
    return draw_scene(9_001, CLASSES, cubes=3)


def test_what_is_read_is_not_hard(examiner, easy):
    assert not examiner.hard_spots(easy)


@pytest.mark.parametrize("fault", ["missed", "false", "confused"])
def test_whatever_is_wrong_makes_it_hard(examiner, easy, fault):
    first, *rest = easy.boxes
    other = next(name for name in CLASSES if name != first.name)
    boxes = {
        "missed": (*easy.boxes, replace(first, xmin=0, ymin=0, xmax=30, ymax=30)),
        "false": tuple(rest),
        "confused": (replace(first, name=other), *rest),
    }
    spots = examiner.hard_spots(replace(easy, boxes=boxes[fault]))
    where = boxes["missed"][-1] if fault == "missed" else first
    assert len(spots) == 1 and iou(spots[0].xyxy, where.xyxy) > 0.5


def test_only_hard_ones_are_kept_to_train_on(tmp_path, examiner):
    drawing = TrainingSet(CLASSES, pictures=60, shards=2, seed=5)
    hard = sum(bool(examiner.hard_spots(training_picture(drawing, index))) for index in range(60))
    assert 0 < hard < 40
    kept = draw_records(
        tmp_path / "hard", replace(drawing, hard_for=str(MODEL)), processes=2, new_examiner=Examiner
    )
    assert sum(1 for path in kept for _ in read_records(path)) == hard


def test_without_a_network_there_is_nothing_to_be_hard_for(tmp_path):
    drawing = TrainingSet(CLASSES, 4, 1, 0, hard_for=str(tmp_path / "nowhere"))
    with pytest.raises(TodError, match="nowhere"):
        draw_records(tmp_path / "hard", drawing, new_examiner=Examiner)
