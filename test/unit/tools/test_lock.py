"""The lists of pinned Python packages say what the set-up may rely on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lock import normalised, to_text

REQUIREMENTS = Path(__file__).resolve().parents[3] / "requirements"
COMPLETE = sorted(REQUIREMENTS.glob("*-py*.txt"))
ROBOT = sorted(REQUIREMENTS.glob("robot-*.txt"))
LISTS = COMPLETE + ROBOT


def packages(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
class TestAList:
    def test_pins_every_package_exactly(self, path):
        assert all(
            re.fullmatch(r"[0-9][0-9a-z.+]*", version) for version in packages(path).values()
        )

    def test_holds_all_that_is_asked_for_by_name(self, path):
        files = [REQUIREMENTS / "robot.in"] if path in ROBOT else REQUIREMENTS.glob("*.in")
        asked = re.findall(r"(?m)^([A-Za-z][\w.-]*)", "\n".join(f.read_text() for f in files))
        other = {"ai-edge-litert", "tflite-runtime", "ipykernel", "nbclient"}  # not on each machine
        assert {normalised(name) for name in asked} - other <= set(packages(path))

    def test_brings_no_opencv_to_hide_the_one_that_ros_uses(self, path):
        assert [name for name in packages(path) if "opencv" in name] == []

    def test_keeps_to_numpy_1_and_to_protobufs_that_tensorflow_takes(self, path):
        assert packages(path)["numpy"].startswith("1.")
        taken = "3.20.3" if "noetic" in path.name else "4.25.9"
        assert packages(path).get("protobuf", taken) == taken


def test_there_are_two_lists_for_each_machine():
    assert [path.name for path in COMPLETE] == ["debian12-py311.txt", "noetic-py38.txt"]
    assert [path.name for path in ROBOT] == ["robot-debian12.txt", "robot-noetic.txt"]


@pytest.mark.parametrize(("robot", "complete"), list(zip(ROBOT, COMPLETE)))
def test_the_list_of_the_robot_is_a_part_of_the_complete_one_without_tensorflow(robot, complete):
    assert packages(robot).items() <= packages(complete).items()
    assert not [name for name in packages(robot) if re.match("tensor|tf-|keras|protobuf", name)]


def test_names_are_sorted_and_the_installer_comes_first():
    text = to_text("list.txt", {"b-c": "2", "a": "1"})
    assert text.splitlines()[1:] == ["pip==25.0.1", "a==1", "b-c==2"]


@pytest.mark.parametrize("name", ["tf_slim", "TF.Slim", "tf--slim"])
def test_one_package_has_one_name(name):
    assert normalised(name) == "tf-slim"
