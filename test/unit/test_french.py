"""No French page is older in content than its English twin: headings, commands, tables, pictures.

What a program prints stays as it is, and so do commands, in their order. Comments and docstrings of
code blocks are translated. test/slow/test_road.py runs the English tutorial, and so the French one.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRENCH = ROOT / "docs" / "fr"
PAGES = sorted(path.name for path in FRENCH.glob("*.md"))
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.M | re.S)
PROGRAMS = "tod|make|roslaunch|rosrun|rosservice|rosparam|source"


def english(name):
    return ROOT / name if name == "README.md" else ROOT / "docs" / name


def outline(text):
    """What both languages share, as lines that say where they are from."""
    prose = BLOCK.sub("", text)
    found = Counter(f"heading {'#' * len(marks)}" for marks in re.findall(r"^(#+) ", prose, re.M))
    found.update(f"code: {line}" for line in code_lines(text))
    found.update(
        f"picture {Path(path).name}" for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", prose)
    )
    found.update(
        f"in a sentence: {' '.join(code.split())}"
        for code in re.findall(rf"`((?:{PROGRAMS})\s[^`]+)`", prose)
    )
    found.update(
        f"table row of: {first_code(row)}" for row in re.findall(r"^\|(.*)\|$", prose, re.M)
    )
    return found


def code_lines(text):
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    return [line for line in map(without_comment, lines) if line]


def without_comment(line):
    return re.sub(r'(^|\s+)#.*$|^""".*"""$', "", line).rstrip()


def first_code(row):
    """The first piece of code of a row, which no language changes; or its number of cells."""
    code = re.search(r"`([^`]+)`", row)
    return code.group(1) if code else f"{row.count('|') + 1} cells"


def differences(english_text, french_text):
    here, there = outline(english_text), outline(french_text)
    found = [f"French lacks {line!r}" for line in sorted((here - there).elements())]
    found += [f"only French has {line!r}" for line in sorted((there - here).elements())]
    pairs = zip(code_lines(english_text), code_lines(french_text))
    moved = next((f"French has {b!r} in the place of {a!r}" for a, b in pairs if a != b), None)
    return found or [moved] * bool(moved)


def test_the_pages_that_a_student_needs_are_there():
    wanted = {"README", "tutorial", "annotate", "networks", "course", "integration"}
    assert wanted <= {Path(name).stem for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_a_french_page_says_what_its_english_twin_does(name):
    texts = english(name).read_text("utf-8"), (FRENCH / name).read_text("utf-8")
    assert differences(*texts) == [], f"bring docs/fr/{name} up to date"


class TestTheComparison:
    def test_a_comment_may_differ_and_a_command_may_not(self):
        page = "```\ntod split cubes   # {}\n{}\n```\n"
        assert differences(page.format("why", "make a"), page.format("pourquoi", "make a")) == []
        assert differences(page.format("why", "make a"), page.format("why", "make b")) == [
            "French lacks 'code: make a'",
            "only French has 'code: make b'",
        ]

    def test_commands_in_another_order_are_seen(self):
        assert differences("```\nmake a\nmake b\n```\n", "```\nmake b\nmake a\n```\n") == [
            "French has 'make b' in the place of 'make a'"
        ]

    def test_a_new_heading_row_or_command_is_missed(self):
        old = "# A\n\n| `x` | y |\n|---|---|\n"
        new = old + "| `z` | y |\n\n## B\n\nSay `tod train cubes`.\n"
        assert differences(new, old) == [
            "French lacks 'heading ##'",
            "French lacks 'in a sentence: tod train cubes'",
            "French lacks 'table row of: z'",
        ]
