"""docs/course.md answers everything that the course names, in the course's order.

test/data/course_names.txt holds the names: commands, files, programs and pages of the course's
pages on object detection and integration. That the targets exist is test_documents.py's.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from annotated import add

from tod_ros.cli import command as cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / "course.md", ROOT / "docs" / "fr" / "course.md"]
NEEDLESS = ("Not needed: ", "Inutile : ")
TARGET = re.compile(r"\]\(|`tod |`make |`launch/|`source ")


def table_rows(text):
    """The cells of every table row, without heads and rulers."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    heads = {index - 1 for index, row in enumerate(rows) if set("".join(row)) <= set("-: ")}
    rulers = {index + 1 for index in heads}
    return [row for index, row in enumerate(rows) if index not in heads | rulers]


def missing_in_order(names, texts):
    """Names that no text from the last name's on holds."""
    at, missing = 0, []
    for name in names:
        found = next((i for i in range(at, len(texts)) if name in texts[i]), None)
        at, missing = (at, [*missing, name]) if found is None else (found, missing)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_the_course_is_answered_name_by_name(page):
    """Every name in its order; every answer leads somewhere, or says that it is not needed."""
    text = page.read_text("utf-8")
    rows = table_rows(text[: text.rindex("\n## ")])
    there, here = [row[0] for row in rows], [row[1] for row in rows]
    names = (ROOT / "test" / "data" / "course_names.txt").read_text("utf-8").splitlines()
    assert missing_in_order(names, there) == []
    assert all(len(row) == 2 for row in rows)
    aimless = [
        cell for cell in here if not TARGET.search(cell) and not cell.strip().startswith(NEEDLESS)
    ]
    assert [cell for cell in aimless if "the same" not in cell and "la même" not in cell] == []
    assert len(table_rows(text[text.rindex("\n## ") :])) >= 8


def test_a_name_out_of_its_order_is_missing():
    assert missing_in_order(["a", "b"], ["a and b"]) == []
    assert missing_in_order(["b", "a"], ["a", "b"]) == ["a"]


def test_a_row_is_what_stands_between_bars():
    page = "| A | B |\n|---|---|\n| one `x\\|y` | two |\n"
    assert table_rows(page) == [[" one `x\\|y` ", " two "]]


NEWER = ("cube_faces/images", "cube_faces/training", "label_map.pbtxt")
OLDER = ("images/cube_faces", "training/cube_faces", "label_map.txt")


@pytest.mark.parametrize(("images", "training", "label_map"), [NEWER, OLDER])
def test_both_trees_of_the_course_are_walked(images, training, label_map, tmp_path, monkeypatch):
    """The folders that the course's mkdir makes, its label map with 2 before 1, and its files."""
    monkeypatch.chdir(tmp_path)
    for part in ("train", "test"):
        (tmp_path / images / part).mkdir(parents=True)
    (tmp_path / training).mkdir(parents=True)
    lesson = "item {\n  id: 1\n  name: 'two'\n}\nitem {\n  id: 2\n  name: 'one'\n}\n"
    (tmp_path / training / label_map).write_text(lesson)
    for number in range(1, 11):
        add(tmp_path / images / "train", f"image{number:03d}")
    for verb in (["split"], ["resize", "--to", "48"], ["convert"]):
        assert cli.main([verb[0], "cube_faces", *verb[1:]]) == 0
    for part in ("train", "test"):
        rows = (tmp_path / images / f"{part}_labels.csv").read_text().splitlines()
        assert rows[0] == "filename,width,height,class,xmin,ymin,xmax,ymax"
        assert {row.split(",")[1] for row in rows[1:]} == {"48"}
        assert (tmp_path / training / f"{part}.record").stat().st_size > 0
    assert (tmp_path / training / label_map).read_text() == lesson
    record = (tmp_path / training / "test.record").read_bytes()
    assert b"two" in record
    others = {"label_map.pbtxt", "label_map.txt"} - {label_map}
    assert not any((tmp_path / training / name).exists() for name in others)
