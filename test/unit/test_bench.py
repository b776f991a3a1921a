"""The table of the measurements says what was measured, and which goals were missed."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("rospy")

from bench.__main__ import BEGIN, END, write_document
from bench.rows.runtimes import operations
from bench.table import Row, as_text


@pytest.mark.parametrize(
    "row, ratio, goal",
    [
        (Row("a", 2.0, "s", course=30.0, least_ratio=15.0), 15.0, "15 times, met"),
        (Row("a", 2.0, "s", course=29.0, least_ratio=15.0), 14.5, "15 times, MISSED"),
        (Row("a", 2.0, "s", least_ratio=15.0), None, "15 times, not measured"),
        (Row("a", 2.0, "s", most=1.0), None, "under 1 s, MISSED"),
        (Row("a", 120.0, "a second", least=100.0), None, "over 100 a second, met"),
        (Row("a", 0.4, "", least=0.5), None, "over 0.5, MISSED"),
        (Row("a", 20.0, "a second", course=5.0, more_is_better=True), 4.0, ""),
        (Row("a", 0.0, "%", course=0.1), None, ""),
    ],
)
def test_a_ratio_over_one_is_better_and_a_goal_tells_whether_it_is_met(row, ratio, goal):
    assert (row.ratio, row.goal) == (ratio, goal)


def test_the_table_stands_in_columns_and_is_markdown():
    rows = [Row("start", 0.5, "s", 17.0, most=1.0), Row("a longer name", 123.4, "MB")]
    lines = as_text(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    assert cells == ["start", "0.50 s", "17.0 s", "34", "", "under 1 s, met"]
    assert "| 123 MB |" in lines[3]


def test_the_document_keeps_all_but_the_table(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    about = {"date": "2026-01-02", "machine": "2 cores", "model": "cube_faces"}
    write_document(document, about, [Row("start", 0.5, "s", 17.0)])
    text = document.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    assert "Measured on 2026-01-02, 2 cores." in text and "| start |" in text
    assert json.loads((tmp_path / "performance.json").read_text())["rows"][0]["ratio"] == 34.0


def test_a_networks_arithmetic_is_counted(tmp_path):
    tf = pytest.importorskip("tensorflow")
    wide, deep = tf.zeros([3, 3, 3, 8]), tf.zeros([3, 3, 8, 1])

    @tf.function(input_signature=[tf.TensorSpec([1, 16, 32, 3], tf.float32)])
    def network(image):
        made = tf.nn.conv2d(image, wide, 2, "SAME")
        return tf.nn.depthwise_conv2d(made, deep, [1, 1, 1, 1], "SAME")

    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
    (tmp_path / "model.tflite").write_bytes(converter.convert())
    numbers = 8 * 16 * 8
    assert operations(tmp_path / "model.tflite") == 2 * numbers * (3 * 3 * 3) + 2 * numbers * (
        3 * 3
    )
