"""docs/security.md names every package that is installed, and the versions of those we ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lock import normalised

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "requirements"
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"(?m)^\| ([a-z0-9-]+) \| ([0-9][\w.]*|-) \| ([0-9][\w.]*|-) \| (.+) \| (.+) \|$")
TOLD = {name: row for name, *row in ROW.findall(TEXT)}
LISTS = ["debian12-py311.txt", "noetic-py38.txt"]


def pins(name):
    lines = (REQUIREMENTS / name).read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def asked_for():
    texts = [path.read_text() for path in REQUIREMENTS.glob("*.in")]
    return {normalised(n) for n in re.findall(r"(?m)^([A-Za-z][\w.-]*)", "\n".join(texts))}


def test_each_package_that_we_ask_for_has_its_row_and_its_reasons():
    assert set(TOLD) == asked_for()
    assert all(len(why) > 4 and len(breaks) > 4 for _, _, why, breaks in TOLD.values())


@pytest.mark.parametrize(("column", "name"), list(enumerate(LISTS)))
def test_the_versions_are_those_of_the_lists(column, name):
    pinned = pins(name)
    told = {package: row[column] for package, row in TOLD.items()}
    assert told == {package: pinned.get(package, "-") for package in told}


def test_what_comes_along_is_named_too():
    tail = TEXT[TEXT.index("| Brought by |") :]
    named = set(re.findall(r"[a-z0-9][a-z0-9-]*", tail))
    everything = set().union(*(pins(name) for name in LISTS))
    assert everything - set(TOLD) <= named


def test_the_fuzzer_is_pinned_apart():
    assert "atheris==" in (ROOT / "test" / "fuzz" / "requirements.txt").read_text()
    assert all("atheris" not in pins(name) for name in LISTS)
