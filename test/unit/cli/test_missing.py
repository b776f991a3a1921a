"""A Python that lacks a package runs every verb that does not need it; others name it."""

import subprocess
import sys

import pytest

from tod_ros.cli.command import VERBS
from tod_ros.cli.missing import missing_package

PACKAGES = [
    "argcomplete",
    "cv2",
    "defusedxml",
    "flask",
    "google_crc32c",
    "numpy",
    "PIL",
    "tqdm",
    "yaml",
]

# Runs the command in a Python that lacks one package; prints a line for each status that is not 0.
PROGRAM = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == sys.argv[1]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Without())
from tod_ros.cli import main
from tod_ros.cli.command import VERBS
print("help", main(["--help"]))
for verb in VERBS:
    print(verb, main([verb, "--help"]))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_a_missing_package_costs_only_the_verbs_that_need_it_one_line_each(package):
    command = [sys.executable, "-c", PROGRAM, package]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    statuses = dict(line.split() for line in ran.stdout.splitlines() if line[-2:] in (" 0", " 1"))
    assert statuses["help"] == "0"
    failed = [verb for verb in VERBS if statuses[verb] != "0"]
    told = ran.stderr.splitlines()
    assert [line.split(":")[0] for line in told] == [f"tod {verb}" for verb in failed]
    assert all("needs" in line and "; " in line for line in told)
    assert "doctor" not in failed
    if package in ("argcomplete", "flask"):
        assert failed == []


def missing(name):
    return missing_package(ModuleNotFoundError(f"No module named {name!r}", name=name))


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("google_crc32c", ("needs google-crc32c, which", sys.executable, "`make setup-demo`")),
        ("tensorflow.python", ("needs tensorflow, which", "`make setup` adds it (about 2.4 GB)")),
        ("cv2", ("needs OpenCV", "`apt-get install python3-opencv`")),
        ("sensor_msgs.msg", ("needs sensor_msgs", "source the set-up file")),
        ("tod_ros.srv", ("needs tod_ros.srv", "source the set-up file")),
    ],
)
def test_a_package_is_told_by_its_name_with_the_command_that_adds_it(module, words):
    text = missing(module)
    assert all(word in text for word in words) and "\n" not in text


def test_a_missing_module_of_our_own_is_a_bug_and_keeps_its_traceback():
    assert missing("tod_ros.cli.verbs.nothing") is None
