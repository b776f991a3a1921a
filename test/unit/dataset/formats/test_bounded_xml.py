"""The XML of an annotation: whatever comes, reading it costs little and ends in one line."""

import os
import time

import pytest

from tod_ros.dataset.formats.bounded_xml import MAX_ELEMENTS, parse_xml, read_xml_bytes
from tod_ros.errors import AnnotationError

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
BOMBS = {
    "laughs": (
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><annotation>&l11;</annotation>',
        "declares entities",
    ),
    "outside": (
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>',
        "declares entities",
    ),
    "deep": ("<a>" * 2_000_000, "nested over 20 deep"),
    "wide": ("<a>" + "<b/>" * MAX_ELEMENTS + "</a>", "over 200000 elements"),
    "large": ("<annotation>", "over 8 MB"),
    "klingon": ("<?xml version='1.0' encoding='klingon'?><annotation/>", "broken XML"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_neither_time_nor_memory(tmp_path, name):
    text, why = BOMBS[name]
    path = tmp_path / "it.xml"
    path.write_text(text)
    if name == "large":
        os.truncate(path, 100_000_000)
    start = time.process_time()  # however busy the machine is
    with pytest.raises(AnnotationError) as caught:
        parse_xml(read_xml_bytes(path), path)
    assert time.process_time() - start < 5
    assert str(caught.value).startswith(f"{path}: {why}") and "\n" not in str(caught.value)
    assert str(caught.value).endswith("annotate the picture again")


def test_what_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(AnnotationError, match=r"none\.xml: cannot be read"):
        read_xml_bytes(tmp_path / "none.xml")
