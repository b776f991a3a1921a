"""COCO's figures, picture by picture, are pycocotools' figures over all of them at once."""

import contextlib
import io
import random

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tod_ros.detection import Detection
from tod_ros.evaluation.coco_metrics import FIGURES, CocoMeter


def detection(label, score, xyxy):
    return Detection(label, f"class {label}", score, *xyxy)


def random_pictures(seed, count=40, classes=3):
    """Truths and detections near and far, of all sizes, with equal scores and crowded pictures."""
    rng = random.Random(seed)
    for number in range(count):
        truths, found = [], []
        for _ in range(rng.randrange(0, 6)):
            side = rng.choice([12.0, 60.0, 150.0])
            x, y = rng.uniform(0, 600), rng.uniform(0, 400)
            label = rng.randint(1, classes)
            truths.append((label, (x, y, x + side, y + side)))
            for _ in range(rng.randrange(0, 3)):
                slip = rng.uniform(-0.3, 0.3) * side
                guess = label if rng.random() < 0.8 else rng.randint(1, classes)
                box = (x + slip, y, x + slip + side, y + side)
                found.append(detection(guess, round(rng.random(), 2), box))
        for _ in range(130 if number == 7 else rng.randrange(0, 3)):
            x, y = rng.uniform(0, 600), rng.uniform(0, 400)
            found.append(
                detection(rng.randint(1, classes), rng.random(), (x, y, x + 40.0, y + 50.0))
            )
        yield truths, found


def all_at_once(pictures, class_ids):
    truths, found = [], []
    for image, (annotated, detected) in enumerate(pictures, start=1):
        entries = [(truths, label, box, {}) for label, box in annotated]
        entries += [(found, d.label, d.xyxy, {"score": d.score}) for d in detected]
        for into, label, (x0, y0, x1, y1), more in entries:
            into.append(
                dict(
                    more,
                    id=len(into) + 1,
                    image_id=image,
                    category_id=label,
                    bbox=[x0, y0, x1 - x0, y1 - y0],
                    area=(x1 - x0) * (y1 - y0),
                    iscrowd=0,
                )
            )
    sides = []
    with contextlib.redirect_stdout(io.StringIO()):
        for entries in (truths, found):
            coco = COCO()
            coco.dataset = {
                "images": [{"id": image} for image in range(1, len(pictures) + 1)],
                "categories": [{"id": label} for label in class_ids],
                "annotations": entries,
            }
            coco.createIndex()
            sides.append(coco)
        evaluator = COCOeval(*sides, "bbox")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return [None if value < 0 else value for value in evaluator.stats]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_streaming_gives_the_figures_of_all_pictures_at_once(seed):
    pictures = list(random_pictures(seed))
    class_ids = [1, 2, 3, 4]  # nothing is annotated with class 4
    meter = CocoMeter(class_ids)
    for truths, found in pictures:
        meter.add(truths, found)
    figures = meter.figures()
    expected = all_at_once(pictures, class_ids)
    assert [figures.summary[name] for name in FIGURES] == pytest.approx(expected, abs=1e-12)
    assert figures.class_map[4] is None
    counted = [figures.class_map[label] for label in (1, 2, 3)]
    assert figures.summary["Precision/mAP"] == pytest.approx(sum(counted) / 3)


def test_a_perfect_detector_scores_one():
    meter = CocoMeter([1, 2])
    for shift in (0.0, 20.0):
        boxes = [(2, (300.0 + shift, 90.0, 420.0, 200.0)), (1, (40.0, 80.0, 160.0 + shift, 190.0))]
        meter.add(boxes, [detection(label, 0.9, box) for label, box in boxes])
    assert meter.figures().summary["Precision/mAP"] == pytest.approx(1.0)


def test_half_right_has_the_precision_of_the_curve_computed_by_hand():
    """Two cubes, the first found (.9), then a false one (.8): precision 1 up to recall .5."""
    meter = CocoMeter([1])
    meter.add(
        [(1, (300.0, 90.0, 420.0, 200.0)), (1, (40.0, 80.0, 160.0, 190.0))],
        [
            detection(1, 0.9, (300.0, 90.0, 420.0, 200.0)),
            detection(1, 0.8, (500.0, 300.0, 560.0, 360.0)),
        ],
    )
    summary = meter.figures().summary
    assert summary["Precision/mAP"] == pytest.approx(51 / 101)  # recalls 0, .01 ... .50
    assert summary["Recall/AR@100"] == pytest.approx(0.5)


def test_without_any_truth_there_is_no_figure_rather_than_a_zero():
    meter = CocoMeter([1, 2])
    meter.add([], [detection(1, 0.9, (1.0, 1.0, 90.0, 90.0))])
    figures = meter.figures()
    assert set(figures.summary.values()) == {None}
    assert figures.class_map == {1: None, 2: None}


def test_nothing_is_printed_on_the_callers_output(capsys):
    meter = CocoMeter([1])
    meter.add([(1, (1.0, 1.0, 90.0, 90.0))], [])
    assert meter.figures().summary["Precision/mAP"] == 0.0
    assert capsys.readouterr().out == ""
