"""The report: figures as text, a page that needs nothing else, the worst pictures as PNG."""

import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.evaluation.judge import Judge
from tod_ros.evaluation.report import draw_verdict, to_text, write_report
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


def test_the_text_tells_the_share_with_its_interval_and_the_mistakes(evaluation):
    text = to_text(evaluation)
    assert "1 of 2 = 50.0 % (95 % interval 9.5 % to 90.5 %)" in text
    assert re.search(r"^one +2 +2 +1 +0.500 +0.500$", text, re.MULTILINE)
    assert "  two taken for one: 1" in text
    assert "  one taken for background: 1" in text


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.images, self.links, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "src":
                self.images.append(value)
            elif name in ("href", "srcset", "data", "action"):
                self.links.append(value)
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_no_other_file(evaluation, tmp_path):
    page = write_report(tmp_path / "report", evaluation, {"model": "<b>"}, plain_draw)
    text = page.read_text(encoding="utf-8")
    parsed = _Page()
    parsed.feed(text)
    assert parsed.open == [] and parsed.links == []
    assert len(parsed.images) == 2
    assert all(source.startswith("data:image/jpeg;base64,") for source in parsed.images)
    assert "http:" not in text and "https:" not in text and "url(" not in text
    assert "script" not in parsed.tags and EVIL not in text and "model: &lt;b&gt;" in text
    assert text.index("wrong.png") < text.index("right.png")


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
