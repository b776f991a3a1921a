"""A rostest that needs what is not installed is skipped with its reason, and no other is."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from results import Results, read_junit
from rostest_needs import skipped, what_lacks

ROSTESTS = Path(__file__).resolve().parents[2] / "rostest"


def never(_):
    return False


@pytest.mark.parametrize(
    "name", ["inference", "inference_lesson", "demo", "inference_start", "integration"]
)
def test_a_rostest_of_the_inference_node_needs_a_runtime(name):
    file = ROSTESTS / f"{name}.test"
    assert "none of ai_edge_litert, tflite_runtime, tensorflow is" in what_lacks(file, never)
    assert what_lacks(file, lambda module: module in ("tflite_runtime", "PIL")) is None


@pytest.mark.parametrize("name", ["capture", "simulated_camera", "doctor"])
def test_the_rostests_of_the_other_nodes_need_none(name):
    assert what_lacks(ROSTESTS / f"{name}.test", lambda module: module == "PIL") is None


@pytest.mark.parametrize("name", ["capture", "simulated_camera"])
def test_a_rostest_that_reads_picture_files_needs_pillow(name):
    file = ROSTESTS / f"{name}.test"
    assert "Pillow (python3-pil) is not installed for" in what_lacks(file, never)
    assert what_lacks(ROSTESTS / "doctor.test", never) is None


def test_the_result_tells_one_skipped_test_and_its_reason(tmp_path):
    file = tmp_path / "result.xml"
    file.write_text(skipped("demo", "no LiteRT & nothing else"))
    assert ElementTree.parse(file).getroot().get("tests") == "1"
    assert read_junit(file) == Results(
        skipped=1, problems=("rostest.demo: skipped: no LiteRT & nothing else",)
    )
