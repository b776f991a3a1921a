"""Launch files: every argument is documented, every parameter set is one of the node's."""

from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree

import pytest
import yaml

from tod_ros.settings import CaptureSettings, InferenceSettings
from tod_ros.shipped import shipped

FILES = sorted(shipped("launch").glob("*.launch"))
NODES = {"capture": CaptureSettings, "inference": InferenceSettings}


def test_the_launch_files_are_seen():
    names = {path.stem for path in FILES}
    assert {"capture", "inference", "ergo_jr", "demo"} <= names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_argument_is_documented(path):
    root = ElementTree.parse(path).getroot()
    for argument in root.findall("arg"):
        assert argument.get("doc"), f"{path.name}: {argument.get('name')}"
    declared = [argument.get("name") for argument in root.findall("arg")]
    assert len(declared) == len(set(declared))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_include_passes_only_arguments_that_are_there(path):
    for include in ElementTree.parse(path).getroot().findall("include"):
        package, file = include.get("file").split("/launch/")
        if package == "$(find tod_ros)":
            target = ElementTree.parse(shipped("launch", file)).getroot()
            known = {argument.get("name") for argument in target.findall("arg")}
            assert {argument.get("name") for argument in include.findall("arg")} <= known


def included():
    for path in FILES:
        root = ElementTree.parse(path).getroot()
        for include in root.findall("include"):
            target = ElementTree.parse(shipped("launch", include.get("file").split("/launch/")[1]))
            yield pytest.param(
                root, include, target.getroot(), id=f"{path.stem}-{include.get('file')}"
            )


@pytest.mark.parametrize("root, include, target", list(included()))
def test_every_argument_of_an_included_file_is_passed_on(root, include, target):
    passed = {argument.get("name"): argument.get("value") for argument in include.findall("arg")}
    own = {argument.get("name") for argument in root.findall("arg")}
    wanted = {argument.get("name") for argument in target.findall("arg")}
    assert set(passed) == wanted
    for name, value in passed.items():
        match = re.fullmatch(r"\$\(arg (\w+)\)", value)
        assert match and match.group(1) in own, f"{name} is fixed to {value!r}"
        assert match.group(1).endswith(name)


@pytest.mark.parametrize("root, include, target", list(included()))
def test_an_argument_passed_on_has_the_default_of_the_included_file(root, include, target):
    own = {argument.get("name"): argument.get("default") for argument in root.findall("arg")}
    for argument in target.findall("arg"):
        name = argument.get("name")
        if name in own and name != "seed":  # the demo draws other scenes
            assert own[name] == argument.get("default"), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_default_is_empty(path):
    """roslaunch --ros-args calls such an argument required."""
    for argument in ElementTree.parse(path).getroot().findall("arg"):
        assert argument.get("default") != "", argument.get("name")


@pytest.mark.parametrize("name", sorted(NODES))
def test_a_node_is_given_only_parameters_that_it_knows(name):
    node = ElementTree.parse(shipped("launch", f"{name}.launch")).getroot().find("node")
    known = {field.name for field in dataclasses.fields(NODES[name])}
    values = yaml.safe_load(shipped("config", f"{name}.yaml").read_text())
    assert {param.get("name") for param in node.findall("param")} | set(values) <= known
