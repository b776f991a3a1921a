"""The evaluation that a program reads."""

import json

import pytest

from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.evaluation.judge import Judge
from tod_ros.evaluation.report_json import to_json

LABELS = LabelMap.from_names(["one", "two"])


def truth(name, x):
    return Box(name, x, 100, x + 100, 200)


def seen(name, x):
    return Detection(LABELS.ids[name], name, 0.9, x, 100, x + 100, 200)


def evaluation_of_three():
    judge = Judge(LABELS)
    both = [truth("two", 400), truth("one", 30)]
    judge.add("right.png", both, [seen("one", 31), seen("two", 402)])
    judge.add("confused.png", both, [seen("one", 31), seen("one", 402)])
    judge.add("worse.png", [truth("two", 400)], [seen("one", 31), seen("two", 200)])
    return judge.evaluation()


def test_the_json_says_everything_and_is_json():
    told = json.loads(json.dumps(to_json(evaluation_of_three()), allow_nan=False))
    assert told["exact_share"] == pytest.approx(1 / 3)
    assert told["exact_interval_95"] == pytest.approx([0.0615, 0.7923], abs=1e-4)
    assert told["confusion"]["rows_annotated_columns_found"] == ["one", "two", "background"]
    assert told["confusion"]["counts"][1] == [1, 1, 1]
    assert told["coco"]["Precision/mAP"] == pytest.approx(told["coco"]["Precision/mAP@.50IOU"])
    assert told["worst"][0] == {
        "image": "worse.png",
        "exact": False,
        "annotated": ["two"],
        "found": ["one", "two"],
        "faults": 3,
    }
    assert told["leads_with"] == "sequences"
    assert told["objects"] == {
        "annotated": 5,
        "found": 6,
        "right": 3,
        "precision": pytest.approx(0.5),
        "recall": pytest.approx(0.6),
    }
    assert [size["name"] for size in told["sizes"]] == ["small", "medium", "large"]
    assert (told["sizes"][2]["annotated"], told["sizes"][2]["right"]) == (5, 3)
    assert told["sizes"][0]["recall"] is None
