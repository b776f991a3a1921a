"""The XML of an annotation: whatever comes, reading it costs little and ends in one line."""

import os
import time

import pytest

from tod_ros.annotation_xml import read_xml
from tod_ros.errors import AnnotationError


def test_bombs_cost_neither_time_nor_memory(tmp_path):
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    bombs = {
        "laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><annotation>&l11;</annotation>',
        "deep": "<a>" * 2_000_000,
        "large": "<annotation>",
        "outside": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>',
    }
    start = time.monotonic()
    for name, text in bombs.items():
        path = tmp_path / f"{name}.xml"
        path.write_text(text)
        if name == "large":
            os.truncate(path, 100_000_000)
        with pytest.raises(AnnotationError, match=name):
            read_xml(path)
        path.unlink()
    assert time.monotonic() - start < 10


def test_what_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(AnnotationError, match=r"none\.xml: cannot be read"):
        read_xml(tmp_path / "none.xml")
