"""The pictures to judge on are checked all at once, then looked at one by one."""

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.errors import ProjectError, SeveralErrors
from tod_ros.evaluation.ground_truth import annotated_pictures, judge_samples
from tod_ros.evaluation.judge import Judge

LABELS = LabelMap.from_names(["one", "two"])
BOXES = (Box("two", 60, 10, 90, 40), Box("one", 5, 10, 35, 40))


def add(images, name, boxes=BOXES, annotations=None, size_wh=(96, 48)):
    for folder in (images, annotations or images):
        folder.mkdir(exist_ok=True)
    shade = len(list(images.iterdir()))
    assert cv2.imwrite(str(images / f"{name}.png"), np.full((48, 96, 3), shade, np.uint8))
    write_voc((annotations or images) / f"{name}.xml", Annotation(f"{name}.png", size_wh, boxes))


@pytest.mark.parametrize("apart", [False, True])
def test_pictures_and_annotations_may_lie_apart(tmp_path, apart):
    images, annotations = tmp_path / "pictures", tmp_path / ("xml" if apart else "pictures")
    for name in ("b", "a"):
        add(images, name, annotations=annotations)
    samples = annotated_pictures(images, annotations, LABELS)
    assert [sample.picture.name for sample in samples] == ["a.png", "b.png"]
    assert samples[0].annotation.boxes == BOXES


def test_every_fault_is_told_at_once(tmp_path):
    images, annotations = tmp_path / "pictures", tmp_path / "xml"
    add(images, "a", [Box("on", 5, 10, 35, 40)], annotations)
    add(images, "b", size_wh=(48, 96), annotations=annotations)
    add(images, "c", [Box("one", 5, 10, 135, 40)], annotations)
    add(images, "d", annotations=annotations)
    (annotations / "d.xml").unlink()
    add(images, "e", annotations=annotations)
    (annotations / "e.xml").write_text("<annotation>")
    add(images, "f", annotations=annotations)
    (images / "f.png").write_bytes(b"nothing")
    with pytest.raises(SeveralErrors) as caught:
        annotated_pictures(images, annotations, LABELS)
    told = str(caught.value)
    assert len(told.splitlines()) == 6
    for part in (
        "a.xml: object 1: unknown class 'on', did you mean 'one'?",
        "b.xml: says the picture has 48x96",
        "c.xml: object 1 (one): the box",
        "d.png: its annotation",
        "e.xml: broken XML",
        "f.png",
    ):
        assert part in told


@pytest.mark.parametrize("make, message", [(False, "no such folder"), (True, "nothing to judge")])
def test_an_absent_or_empty_folder_is_refused(tmp_path, make, message):
    if make:
        (tmp_path / "pictures").mkdir()
    with pytest.raises(ProjectError, match=message):
        annotated_pictures(tmp_path / "pictures", tmp_path / "pictures", LABELS)


def test_each_picture_is_shown_to_the_detector_and_judged(tmp_path):
    for name in ("a", "b"):
        add(tmp_path / "pictures", name)
    samples = annotated_pictures(tmp_path / "pictures", tmp_path / "pictures", LABELS)
    right = [Detection(LABELS.ids[box.name], box.name, 0.9, *box.xyxy) for box in BOXES]
    judge = Judge(LABELS)
    judge_samples(samples, lambda bgr: right if bgr[0, 0, 0] == 0 else right[:1], judge)
    evaluation = judge.evaluation()
    assert (evaluation.pictures, evaluation.exact) == (2, 1)
    assert evaluation.worst[0].picture == str(tmp_path / "pictures" / "b.png")
