"""The coach: what a set of pictures lacks, likely mistakes first."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tod_ros.annotate.coach import PictureFacts, advise
from tod_ros.annotate.disagreements import compare
from tod_ros.annotate.examine import examine
from tod_ros.annotate.looks import Appearance, look_at, near_duplicates
from tod_ros.annotate.words import STATIC, read_words
from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.detection import Detection

SIZE_WH = (640, 480)
CLASSES = ["one", "two"]


def fact(number, *boxes, **values):
    annotation = Annotation(f"{number:03}.png", SIZE_WH, boxes, annotator=values.pop("by", ""))
    return PictureFacts(f"train/{number:03}.png", annotation, **values)


def box(name, x, y=200, size=60):
    return Box(name, x, y, x + size, y + size)


def spread(count=40):
    """Both classes everywhere and in all sizes, a picture without objects now and then."""
    places = [(x, y) for x in (20, 250, 500) for y in (20, 200, 380)]
    facts = []
    for number in range(count):
        (x0, y0), (x1, y1) = places[number % 9], places[(number * 4 + 2) % 9]
        pair = (box("one", x0, y0, 40 + number), box("two", x1, y1, 80 - number))
        facts.append(fact(number, *(pair if number % 10 else ())))
    return facts


def codes(facts):
    return [one.code for one in advise(facts, CLASSES)]


def test_a_good_set_is_left_alone():
    assert codes(spread()) == []


def test_a_rare_class_is_named():
    facts = [
        *spread(),
        *(fact(100 + n, box("one", 20 + n), box("one", 500 - n)) for n in range(30)),
    ]
    (found,) = (one for one in advise(facts, CLASSES) if one.code == "coach_unbalanced")
    assert found.values["name"] == "two"
    assert "photograph more of two" in found.text


def test_a_class_that_is_always_on_the_left_is_noticed():
    facts = [fact(n, box("one", 10 + n), box("two", 300 + 5 * n)) for n in range(20)]
    assert "coach_side_left" in codes(facts)
    assert "coach_side_right" in codes(facts)


def test_few_boxes_say_nothing_about_places():
    assert not any("side" in code for code in codes([fact(1, box("one", 10), box("two", 500))]))


def test_places_and_sizes_never_seen():
    facts = [fact(n, box("two", 20 + 10 * n), box("one", 600 - 10 * n)) for n in range(20)]
    found = codes(facts)
    assert {"coach_row_0", "coach_row_2", "coach_sizes_alike"} <= set(found)
    assert "coach_row_1" not in found


def test_a_set_without_negatives_is_noticed():
    assert "coach_no_negative" in codes([f for f in spread() if f.annotation.boxes])


def test_a_class_outside_the_label_map_is_a_mistake():
    (found, *_) = advise([*spread(), fact(99, box("three", 9))], CLASSES)
    assert (found.code, found.pictures) == ("coach_stranger", ("train/099.png",))


def test_what_the_model_alone_accepted_is_listed():
    found = advise([*spread(), fact(99, box("one", 9), by="cube_faces")], CLASSES)
    assert [one.pictures for one in found if one.code == "coach_machine"] == [("train/099.png",)]


def seen(name, x, score=0.95, y=200, size=60):
    return Detection(1, name, score, x, y, x + size, y + size)


@pytest.mark.parametrize(
    ("boxes", "proposals", "wanted"),
    [
        ([box("two", 10)], [seen("two", 12)], []),
        ([box("two", 10)], [seen("one", 12)], ["other_class"]),
        ([box("two", 10)], [seen("two", 10), seen("one", 300)], ["missed"]),
        ([box("two", 10)], [seen("two", 10), seen("one", 300, 0.6)], []),
        ([box("two", 10)], [seen("two", 26)], ["loose"]),
        ([box("two", 10)], [], ["unseen"]),
        ([], [seen("one", 300)], ["missed"]),
        ([], [], []),
    ],
)
def test_where_a_person_and_the_model_disagree(boxes, proposals, wanted):
    assert [one.code for one in compare(boxes, proposals)] == wanted


def test_the_likeliest_mistake_comes_first():
    facts = [
        fact(1, box("one", 300), proposals=[]),
        fact(2, proposals=[seen("one", 300)]),
        fact(3, box("two", 10), proposals=[seen("one", 10)]),
    ]
    found = [one.pictures[0] for one in advise(facts, CLASSES) if one.kind == "mistake"]
    assert found == ["train/003.png", "train/002.png", "train/001.png"]


def noise(seed, sigma=0.0):
    random = np.random.default_rng(seed)
    blocks = random.integers(40, 220, (12, 16), dtype=np.uint8)
    grey = np.kron(blocks, np.ones((40, 40))) + random.normal(0, 1, (480, 640))
    grey += np.random.default_rng(99).normal(0, sigma, grey.shape)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


@pytest.fixture
def looked(tmp_path):
    def look(name, picture):
        picture.save(tmp_path / f"{name}.png")
        return look_at(tmp_path / f"{name}.png")

    return look


def test_blurred_dark_and_bright_pictures_are_found(looked):
    looks = {
        "sharp": looked("sharp", noise(1)),
        "blurred": looked("blurred", noise(2).filter(ImageFilter.GaussianBlur(12))),
        "dark": looked("dark", noise(3).point(lambda level: level // 12)),
        "bright": looked("bright", noise(4).point(lambda level: 235 + level // 12)),
    }
    facts = [PictureFacts(name, look=look) for name, look in looks.items()]
    found = {one.code: one.pictures for one in advise(facts, CLASSES)}
    assert "blurred" in found["coach_blurred"]
    assert "sharp" not in found["coach_blurred"]
    assert found["coach_dark"] == ("dark",)
    assert found["coach_bright"] == ("bright",)


def test_two_takes_of_one_scene_are_duplicates_and_two_scenes_are_not(looked):
    looks = {
        "b": looked("b", noise(1)),
        "a": looked("a", noise(1, sigma=8)),
        "c": looked("c", noise(2)),
    }
    assert near_duplicates(looks) == [["a", "b"]]


def test_thousands_of_pictures_are_compared_in_seconds():
    random = np.random.default_rng(1)
    looks = {
        f"{number:04}": Appearance(90, 90, random.integers(0, 255, 768, dtype=np.uint8).tobytes())
        for number in range(2000)
    }
    looks["zz"] = looks["0007"]
    assert near_duplicates(looks) == [["0007", "zz"]]


def test_every_sentence_is_there_in_both_languages_with_the_same_values():
    words = read_words()
    assert list(words["en"]) == list(words["fr"])
    for code, english in words["en"].items():
        wanted = sorted(re.findall(r"\{\w+\}", english))
        assert sorted(re.findall(r"\{\w+\}", words["fr"][code])) == wanted, code


def test_every_sentence_that_the_page_asks_for_is_there():
    english = read_words()["en"]
    page = "\n".join(path.read_text() for path in STATIC.glob("*.js"))
    page += (STATIC / "index.html").read_text()
    asked = re.findall(r"""(?:say\(|data-t=|data-label=)["'](\w+)["']""", page)
    assert len(asked) > 50
    assert [code for code in asked if code not in english] == []


def test_doctor_examines_a_whole_project(tmp_path):
    project = Project(tmp_path / "cubes")
    folder = project.images_dir("train")
    folder.mkdir(parents=True)
    project.training_dir.mkdir()
    write_label_map(project.label_map_path, LabelMap.from_names(CLASSES))
    noise(1).save(folder / "a.png")
    noise(2).save(folder / "b.png")
    (folder / "c.png").write_text("no picture")
    write_voc(folder / "a.xml", Annotation("a.png", SIZE_WH, (box("two", 10),)))
    found = examine(project, propose=lambda bgr: [seen("one", 10)])
    assert [one.code for one in found if one.kind == "mistake"] == [
        "coach_fault",
        "coach_other_class",
    ]
    assert "a box is called two, the model reads one (95 %)" in found[1].text
    assert "coach_few_pictures" in [one.code for one in found]
