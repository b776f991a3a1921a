"""docs/course.md answers everything that the course names, in the course's order.

test/data/course_names.txt holds the names: commands, files, programs and pages of the course's
pages on object detection and integration. That the targets exist is test_documents.py's.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
