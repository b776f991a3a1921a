"""What the build installs is what there is."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tod_ros import __version__

ROOT = Path(__file__).resolve().parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text()


def test_every_script_is_executable_and_installed():
    scripts = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())
    installed = re.search(r"set\(scripts ([^)]*)\)", CMAKE)
    assert "catkin_install_python(PROGRAMS ${scripts} " in CMAKE
    assert [f"scripts/{path.name}" for path in scripts] == installed.group(1).split()
    assert all(os.access(path, os.X_OK) for path in scripts)


def test_a_process_that_is_started_from_the_command_does_not_run_it_again():
    """multiprocessing reads the file of the command under this name in each process it starts."""
    read = runpy.run_path(str(ROOT / "scripts/tod"), run_name="__mp_main__")
    assert callable(read["main"])


@pytest.mark.parametrize("kind", ["msg", "srv"])
def test_every_message_and_service_is_generated(kind):
    files = {path.name for path in (ROOT / kind).iterdir()}
    assert files == set(re.findall(rf"\w+\.{kind}\b", CMAKE))


def test_each_file_beside_the_modules_is_installed_with_them():
    source = ROOT / "src" / "tod_ros"
    patterns = re.findall(r'"tod_ros\.([a-z.]+)": \["([^"]+)"\]', (ROOT / "setup.py").read_text())
    installed = {path for room, glob in patterns for path in (source / room).glob(glob)}
    there = {
        path for path in source.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert there and there == installed


def test_the_lists_of_packages_are_installed_for_the_doctor_and_its_hints():
    assert re.search(r"install\(DIRECTORY [^)]*\brequirements\b", CMAKE)


def test_the_version_is_one():
    assert ElementTree.parse(ROOT / "package.xml").findtext("version") == __version__


@pytest.mark.skipif(not (ROOT / ".ws/devel/setup.bash").is_file(), reason="no workspace is built")
def test_a_command_in_the_environment_of_ros_keeps_its_arguments_to_itself():
    """catkin's set-up reads --help and --extend, and then sets nothing up."""
    words = [str(ROOT / "tools/ros-env"), "printenv", "--help"]
    ran = subprocess.run(words, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "") and "printenv" in ran.stdout
