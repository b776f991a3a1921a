"""The table of the measurements says what was measured, and which goals were missed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import types

import pytest

pytest.importorskip("rospy")

from bench.__main__ import BEGIN, END, measure, parse, write_document
from bench.measuring import processor_s, run_timed
from bench.ros import node_command, wait_until
from bench.rows.growth import Run, rows_of
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


def test_a_goal_that_could_not_be_measured_is_named_all_the_same():
    row = Row("LiteRT to best yardstick", None, "", most=1.5)
    assert (row.is_met, row.ratio, row.goal) == (None, None, "under 1.5, not measured")
    assert "| LiteRT to best yardstick |" in as_text([row]).splitlines()[2]


def test_a_programs_memory_is_its_own_and_not_that_of_who_starts_it():
    held = bytearray(100_000_000)
    seconds, peak_mb = run_timed([sys.executable, "-I", "-S", "-c", "pass"])
    assert 1 < peak_mb < 60 and 0 < seconds < 60 and held
    with pytest.raises(SystemExit, match="exit.3.* failed"):
        run_timed([sys.executable, "-I", "-S", "-c", "exit(3)"])


def test_processor_time_is_that_of_the_process():
    with subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) as busy:
        before, wall_s = processor_s(busy.pid), time.monotonic()
        wait_until(lambda: processor_s(busy.pid) - before > 0.05, "the busy one")
        assert processor_s(busy.pid) - before < time.monotonic() - wall_s + 0.05
        busy.kill()


def test_a_row_that_fails_leaves_the_others(tmp_path, monkeypatch):
    """A real master runs; the rows are doubles, for the real ones take minutes."""
    for name in ("ROS_MASTER_URI", "ROS_HOSTNAME", "ROS_LOG_DIR"):
        monkeypatch.setenv(name, "")  # the row's master is for this test alone
    args = parse(["start", "scenes", "clients", "--short", "--model", str(a_model(tmp_path))])
    made = {"start": lambda _: [Row("a", 1.0, "s")], "clients": lambda _: [Row("c", 2.0, "s")]}

    def fail(_setting):
        raise SystemExit("the camera: not within 300 s")

    for name in args.rows:
        module = types.SimpleNamespace(measure=made.get(name, fail))
        monkeypatch.setitem(sys.modules, f"bench.rows.{name}", module)
    monkeypatch.setattr("bench.__main__.CACHE", tmp_path)
    rows, failed = measure(args, {"machine": "2 cores"})
    assert ([row.what for row in rows], failed) == (["a", "c"], ["scenes"])
    assert len(json.loads((tmp_path / "table.json").read_text())["rows"]) == 2


def a_model(folder):
    (folder / "model.tflite").write_bytes(b"model")
    return folder


def test_growth_leaves_out_what_a_program_takes_to_start():
    """3 s and 50 MB at first; then 2 ms each, and 4 ms each where there are many; 1 kB each."""
    runs = [Run(1000, 5.0, 50.0), Run(2000, 7.0, 51.0), Run(4000, 15.0, 53.0)]
    each, share, memory = rows_of("convert", runs)[-3:]
    assert (each.here, share.here, share.is_met) == (4.0, 2.0, False)
    assert memory.here == pytest.approx(1.024) and memory.is_met
    too_quick = [Run(10, 1.0, 50.0), Run(20, 0.9, 50.0), Run(40, 1.0, 50.0)]
    assert rows_of("convert", too_quick)[-2].is_met is None


def test_a_node_is_started_with_its_own_runtime_whatever_the_one_before_has_left():
    assert "_runtime:=auto" in node_command("models/cube_faces")
    assert "_runtime:=tensorflow" in node_command("models/cube_faces", "tensorflow")
