"""The page of a report: whole, needing nothing else, and nothing in it that a name could break."""

import base64
import hashlib
import re
import sys
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.errors import RuntimeMissingError
from tod_ros.evaluation.judge import Judge
from tod_ros.evaluation.report_page import PAGE_WIDTH, read_template, to_card, to_html

EVIL = "<script>alert(1)</script>"
LABELS = LabelMap.from_names(["one", "two", EVIL])


def truth(name, x, side=60):
    return Box(name, x, 40, x + side, 40 + side)


def seen(name, x, side=60):
    return Detection(LABELS.ids[name], name, 0.9, x, 40, x + side, 40 + side)


def evaluation_of(objects):
    """A picture read right, and one in which the last object bears another name."""
    names = (["two", "one"] * objects)[:objects]
    there = [truth(name, 100 * place, 20 if place == 1 else 60) for place, name in enumerate(names)]
    found = [seen(box.name, box.xmin, box.xmax - box.xmin) for box in there]
    judge = Judge(LABELS)
    judge.add(f"right{EVIL}.png", there, found)
    judge.add("wrong.png", there, [*found[:-1], seen(EVIL, there[-1].xmin, 60)])
    return judge.evaluation()


def page_of(evaluation, facts=()):
    picture = np.full((120, 1440, 3), 200, np.uint8)
    cards = [to_card(verdict, picture) for verdict in evaluation.worst]
    return to_html(evaluation, dict(facts), cards)


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


def test_the_page_is_whole_and_needs_no_other_file():
    text = page_of(evaluation_of(3), {"model": "<b>"})
    parsed = _Page()
    parsed.feed(text)
    assert parsed.open == [] and parsed.links == []
    assert len(parsed.images) == 2
    assert all(source.startswith("data:image/jpeg;base64,") for source in parsed.images)
    assert "http:" not in text and "https:" not in text and "url(" not in text
    assert text.index("<figcaption>wrong.png") < text.index("<figcaption>right")


def test_whatever_names_hold_is_text():
    text = page_of(evaluation_of(3), {"model": "<b>", EVIL: "x"})
    assert EVIL not in text and "model: &lt;b&gt;" in text
    # in facts, two tables, the confusion's row and column, and a card's alt text, name and sequence
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 7


def test_one_script_runs_and_the_page_allows_no_other():
    text = page_of(evaluation_of(3))
    (script,) = re.findall(r"<script>(.*?)</script>", text)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text and "default-src 'none'" in text


@pytest.mark.parametrize("objects", [3, 8])
def test_every_text_stands_in_both_languages(objects):
    text = page_of(evaluation_of(objects))
    assert text.count('class="fr" lang="fr"') + text.count('class="soft fr" lang="fr"') == (
        text.count('class="en"') + text.count('class="soft en"')
    )
    for words in ("Que vaut le détecteur ?", "Rappel", "petits, moins de 32x32 pixels", "rien"):
        assert words in text


@pytest.mark.parametrize(
    "objects, first, second", [(3, ">50.0 %<", ">0.833<"), (8, ">0.938<", ">50.0 %<")]
)
def test_the_most_telling_figure_comes_first(objects, first, second):
    text = page_of(evaluation_of(objects))
    leading, following = text.split('class="leading second"')
    assert first in leading and second in following


def test_a_picture_of_few_objects_shows_both_sequences():
    text = page_of(evaluation_of(3))
    assert "trouvé :</span> two one &lt;script" in text


def test_a_picture_of_many_objects_shows_its_mistakes():
    text = page_of(evaluation_of(8))
    assert ">7 of 8 objects right</span>" in text and ">7 objets justes sur 8</span>" in text
    assert '<span class="bad"><span class="en">one taken for &lt;script' in text
    assert ">8 of 8 objects right</span>" in text


def test_sizes_have_a_table_of_their_own():
    text = page_of(evaluation_of(3))
    assert "petits, moins de 32x32 pixels</span></th><td>2</td><td>2</td><td>1.000</td>" in text
    assert "moyens, de 32x32 à 96x96 pixels</span></th><td>4</td><td>3</td><td>0.750</td>" in text
    assert "grands, 96x96" not in text


def test_right_is_tinted_apart_from_wrong():
    text = page_of(evaluation_of(3))
    assert "rgba(var(--heat), 0.60)" in text and "rgba(var(--heat-bad), 0.30)" in text


def test_pictures_in_the_page_are_no_wider_than_it_needs():
    evaluation = evaluation_of(3)
    card = to_card(evaluation.worst[0], np.full((120, 1440, 3), 200, np.uint8))
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(card.jpeg), np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == (60, PAGE_WIDTH, 3)


def test_without_jinja2_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(RuntimeMissingError, match=r"Jinja2 is not installed.*`make setup-demo`"):
        read_template()
