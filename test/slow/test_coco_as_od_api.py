"""Our mAP is the Object Detection API's own, on the same detections."""

import random

import numpy as np
import pytest

from tod_ros.detection import Detection
from tod_ros.evaluation.coco_metrics import FIGURES, CocoMeter
from tod_ros.pipeline.api_protos import accept_old_files

pytest.importorskip("tensorflow", exc_type=ImportError)
accept_old_files()
coco_evaluation = pytest.importorskip("object_detection.metrics.coco_evaluation")

CLASSES = {1: "one", 2: "two", 3: "three"}  # nothing is annotated with class 3


def pictures(seed, count=60):
    """Truths (label, xyxy) and detections of every quality, with ties and one crowded picture."""
    rng = random.Random(seed)
    for number in range(count):
        truths, found = [], []
        for _ in range(rng.randrange(0, 5)):
            side = rng.choice([16.0, 55.0, 130.0])
            x, y = rng.uniform(0, 480), rng.uniform(0, 320)
            label = rng.choice([1, 2])
            truths.append((label, (x, y, x + side, y + side * 1.1)))
            slip = rng.uniform(-0.25, 0.25) * side
            guess = label if rng.random() < 0.8 else rng.choice([1, 2, 3])
            score = round(rng.random(), 1)
            box = (x + slip, y, x + slip + side, y + side)
            found.append(Detection(guess, CLASSES[guess], score, *box))
        for _ in range(140 if number == 11 else rng.randrange(0, 3)):
            x, y = rng.uniform(0, 480), rng.uniform(0, 320)
            guess = rng.choice([1, 2])
            box = (x, y, x + 70.0, y + 60.0)
            found.append(Detection(guess, CLASSES[guess], rng.random(), *box))
        yield truths, found


def as_od_api(boxes, labels):
    yxyx = [(y0, x0, y1, x1) for x0, y0, x1, y1 in boxes]
    return np.array(yxyx, float).reshape(-1, 4), np.array(labels, int)


@pytest.mark.parametrize("seed", [4, 5])
def test_every_figure_equals_the_od_apis_to_a_millionth(seed):
    categories = [{"id": number, "name": name} for number, name in CLASSES.items()]
    theirs = coco_evaluation.CocoDetectionEvaluator(categories)
    ours = CocoMeter(list(CLASSES))
    for image_id, (truths, found) in enumerate(pictures(seed)):
        boxes, labels = as_od_api([box for _, box in truths], [label for label, _ in truths])
        theirs.add_single_ground_truth_image_info(
            image_id, {"groundtruth_boxes": boxes, "groundtruth_classes": labels}
        )
        boxes, labels = as_od_api([d.xyxy for d in found], [d.label for d in found])
        theirs.add_single_detected_image_info(
            image_id,
            {
                "detection_boxes": boxes,
                "detection_scores": np.array([d.score for d in found], float),
                "detection_classes": labels,
            },
        )
        ours.add(truths, found)
    expected = theirs.evaluate()
    figures = ours.figures().summary
    assert 0.1 < figures["Precision/mAP"] < 0.9
    for name in FIGURES:
        assert figures[name] == pytest.approx(expected[f"DetectionBoxes_{name}"], abs=1e-6), name
