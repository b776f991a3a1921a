"""Masks are judged where both sides have them, against values computed by hand."""

import numpy as np
import pytest

from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.evaluation.judge import Judge
from tod_ros.evaluation.report_json import to_json
from tod_ros.evaluation.report_page import to_html
from tod_ros.evaluation.report_text import to_text
from tod_ros.mask import from_pixels

LABELS = LabelMap.from_names(["one", "two"])


def mask(xyxy):
    pixels = np.zeros((240, 320), bool)
    xmin, ymin, xmax, ymax = xyxy
    pixels[ymin:ymax, xmin:xmax] = True
    return from_pixels(pixels)


def truth(xyxy, of=None, name="one"):
    return Box(name, *xyxy, mask=mask(of) if of else None)


def found(xyxy, of=None, name="one", score=0.9):
    return Detection(LABELS.ids[name], name, score, *xyxy, mask=mask(of) if of else None)


WHOLE, UPPER = (20, 20, 120, 120), (20, 20, 120, 80)


def judged(*pictures):
    judge = Judge(LABELS)
    for number, (truths, detections) in enumerate(pictures):
        judge.add(str(number), truths, detections)
    return judge.evaluation()


def test_masks_that_fit_are_worth_all():
    figures = judged(([truth(WHOLE, UPPER)], [found(WHOLE, UPPER)])).masks
    assert figures.average_precision == pytest.approx(1)
    assert (figures.mean_iou, figures.pairs) == (1.0, 1)


def test_a_right_box_with_a_poor_mask_is_told_apart():
    evaluation = judged(([truth(WHOLE, WHOLE)], [found(WHOLE, UPPER)]))
    assert evaluation.mean_average_precision == pytest.approx(1)
    assert evaluation.masks.mean_iou == pytest.approx(0.6)
    # of the thresholds .50, .55, ..., .95 an IoU of .6 reaches three
    assert evaluation.masks.average_precision == pytest.approx(0.3)
    assert evaluation.masks.loose_precision == pytest.approx(1)


def test_a_missed_mask_lowers_the_map_and_not_the_iou():
    figures = judged(
        ([truth(WHOLE, WHOLE)], [found(WHOLE, WHOLE)]), ([truth(WHOLE, WHOLE)], [])
    ).masks
    assert 0.4 < figures.average_precision < 0.6
    assert (figures.mean_iou, figures.pairs) == (1.0, 1)


def test_a_false_mask_on_an_empty_picture_lowers_the_map():
    sure = found(WHOLE, WHOLE, score=0.99)
    figures = judged(([truth(WHOLE, WHOLE)], [found(WHOLE, WHOLE)]), ([], [sure])).masks
    assert figures.average_precision == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    "picture",
    [
        ([truth(WHOLE)], [found(WHOLE)]),
        ([truth(WHOLE, WHOLE)], [found(WHOLE)]),
        ([truth(WHOLE)], [found(WHOLE, WHOLE)]),
        ([], []),
    ],
)
def test_without_masks_on_both_sides_nothing_is_said(picture):
    evaluation = judged(picture)
    assert evaluation.masks is None
    assert "masks" not in to_json(evaluation)
    assert "mask" not in to_text(evaluation).lower()
    assert "Mask" not in to_html(evaluation, {}, [])


def test_terminal_json_and_page_tell_them_in_both_languages():
    evaluation = judged(([truth(WHOLE, WHOLE)], [found(WHOLE, UPPER)]))
    assert to_json(evaluation)["masks"] == {
        "average_precision": pytest.approx(0.3),
        "average_precision_50": pytest.approx(1),
        "mean_iou": pytest.approx(0.6),
        "pairs": 1,
    }
    text = to_text(evaluation)
    assert "mask mAP         0.300" in text and "mask IoU         0.600" in text
    page = to_html(evaluation, {}, [])
    assert "Mask IoU" in page and "IoU des masques" in page and "0.600" in page
