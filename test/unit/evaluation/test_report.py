"""The folder of a report: its page, and the worst pictures as PNG."""

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.evaluation.judge import Judge
from tod_ros.evaluation.report import draw_verdict, write_report
from tod_ros.evaluation.verdict import Limits, judge_picture

EVIL = "<script>alert(1)</script>"
LABELS = LabelMap.from_names(["one", "two", EVIL])


def plain_draw(bgr, detections):
    drawn = bgr.copy()
    for one in detections:
        cv2.rectangle(drawn, (int(one.xmin), int(one.ymin)), (int(one.xmax), int(one.ymax)), 255)
    return drawn


def detection(name, xyxy, score=0.9):
    return Detection(LABELS.ids[name], name, score, *xyxy)


TWO, ONE, MARK = (
    Box("two", 300, 40, 380, 120),
    Box("one", 20, 40, 90, 120),
    Box(EVIL, 150, 40, 220, 120),
)


@pytest.fixture
def evaluation(tmp_path):
    judge = Judge(LABELS)
    for name, found in (
        ("right", [detection("two", TWO.xyxy), detection("one", ONE.xyxy)]),
        ("wrong", [detection("one", TWO.xyxy), detection(EVIL, MARK.xyxy)]),
    ):
        path = tmp_path / f"{name}.png"
        assert cv2.imwrite(str(path), np.full((160, 400, 3), 200, np.uint8))
        judge.add(str(path), [TWO, ONE], found)
    return judge.evaluation()


def test_the_worst_pictures_are_png_of_full_size_in_their_order(evaluation, tmp_path):
    write_report(tmp_path / "report", evaluation, {}, plain_draw)
    worst = sorted((tmp_path / "report" / "worst").iterdir())
    assert [path.name for path in worst] == ["01-wrong.png", "02-right.png"]
    assert cv2.imread(str(worst[0])).shape == (160, 400, 3)


def test_pictures_of_an_earlier_report_do_not_stay_and_others_do(evaluation, tmp_path):
    worst = tmp_path / "report" / "worst"
    worst.mkdir(parents=True)
    (worst / "03-older.png").write_bytes(b"")
    (worst / "mine.png").write_bytes(b"")
    write_report(tmp_path / "report", evaluation, {}, plain_draw)
    assert sorted(path.name for path in worst.iterdir()) == [
        "01-wrong.png",
        "02-right.png",
        "mine.png",
    ]


def test_what_was_missed_or_confused_is_framed_in_red():
    picture = np.full((160, 400, 3), 200, np.uint8)
    verdict = judge_picture("a.png", [TWO, ONE], [detection("one", TWO.xyxy)], Limits())
    drawn = draw_verdict(picture, verdict, plain_draw)
    for box in (TWO, ONE):
        blue, green, red = (int(value) for value in drawn[int(box.ymin), int(box.xmin) + 40])
        assert red > 200 and blue < 100 and green < 100
    assert (picture == 200).all()
