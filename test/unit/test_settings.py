"""Settings come with defaults and ranges; what does not fit is refused by name."""

from __future__ import annotations

import dataclasses

import pytest
import yaml

from tod_ros.errors import SettingError
from tod_ros.settings import CaptureSettings, InferenceSettings, from_mapping
from tod_ros.shipped import shipped


def test_nothing_given_leaves_the_defaults():
    assert from_mapping(InferenceSettings, {}) == InferenceSettings()


def test_a_whole_number_is_taken_where_a_number_is_wanted():
    settings = from_mapping(InferenceSettings, {"poll_hz": 20})
    assert (settings.poll_hz, type(settings.poll_hz)) == (20.0, float)


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("min_scor", 0.4, "unknown parameter 'min_scor', did you mean 'min_score'?"),
        ("min_score", 1.5, "must be from 0.0 to 1.0"),
        ("min_score", "0.5", "must be a number"),
        ("min_score", float("nan"), "must be a number"),
        ("min_score", True, "must be a number"),
        ("max_objects", 0, "must be from 1 to"),
        ("max_objects", 2.5, "must be a whole number"),
        ("max_objects", True, "must be a whole number"),
        ("runtime", "torch", "must be one of auto, tensorflow, litert"),
        ("model", 5, "must be a text"),
        ("model", {"a": 1}, "must be a text"),
        ("poll_hz", -1, "must be from"),
        ("image_timeout_s", float("inf"), "must be a number"),
        ("image_timeout_s", 10**400, "must be a number"),
        *(("take_image_param", name, "must be a name of ROS") for name in ("", "/", "//", "a b")),
        ("label_param", "/lesson//cube", "must be a name of ROS"),
        ("label_param", "n" * 201, "must be a name of ROS"),
        ("robot_ready_param", "robot-ready", "must be a name of ROS"),
        ("image_service", "/", "must be a name of ROS"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(name, value, expected):
    with pytest.raises(SettingError) as caught:
        from_mapping(InferenceSettings, {"threads": 1, name: value})
    assert expected in str(caught.value)
    assert caught.value.parameter == name


@pytest.mark.parametrize("name", ["takeImage", "/lesson/cube", "~cube", "~/cube", "a_1/b2/3c"])
def test_a_name_of_ros_is_taken(name):
    assert from_mapping(InferenceSettings, {"label_param": name}).label_param == name


@pytest.mark.parametrize(
    "value",
    ["x" * 3_000_000, ["y"] * 100_000, {"z" * 5000: 1}, 10**5000],
    ids=["text", "list", "dict", "number"],
)
def test_a_value_of_any_size_is_refused_in_a_line_that_can_be_read(value):
    for given in ({"max_objects": value}, {"runtime": value}, {"x" * 100_000: value}):
        with pytest.raises(SettingError) as caught:
            from_mapping(InferenceSettings, given)
        assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "kind, file", [(InferenceSettings, "inference.yaml"), (CaptureSettings, "capture.yaml")]
)
def test_the_shipped_yaml_is_the_defaults(kind, file):
    values = yaml.safe_load(shipped("config", file).read_text())
    assert from_mapping(kind, values) == kind()


@pytest.mark.parametrize(
    "kind, node, elsewhere",
    [(InferenceSettings, "inference", set()), (CaptureSettings, "capture", {"project"})],
)
def test_every_parameter_of_a_node_is_documented_and_in_its_yaml(kind, node, elsewhere):
    text = shipped("src", "tod_ros", "nodes", f"{node}.py").read_text().split('"""')[1]
    values = yaml.safe_load(shipped("config", f"{node}.yaml").read_text())
    names = {field.name for field in dataclasses.fields(kind)}
    assert {name for name in names if f" {name} (" not in text} == set()
    assert names - set(values) == elsewhere  # what the launch file alone can tell
