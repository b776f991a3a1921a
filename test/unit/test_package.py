"""What the build installs is what there is."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tod_ros import __version__

ROOT = Path(__file__).resolve().parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text()


def test_every_script_is_executable_and_installed():
    scripts = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())
    installed = re.search(r"catkin_install_python\(\s*PROGRAMS ([^)]*?)\s*DESTINATION", CMAKE)
    assert [f"scripts/{path.name}" for path in scripts] == installed.group(1).split()
    assert all(os.access(path, os.X_OK) for path in scripts)


@pytest.mark.parametrize("kind", ["msg", "srv"])
def test_every_message_and_service_is_generated(kind):
    files = {path.name for path in (ROOT / kind).iterdir()}
    assert files == set(re.findall(rf"\w+\.{kind}\b", CMAKE))


def test_the_version_is_one():
    assert ElementTree.parse(ROOT / "package.xml").findtext("version") == __version__
