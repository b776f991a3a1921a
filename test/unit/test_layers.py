"""The layers of docs/architecture.md hold, for every module there is."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from layers import (
    ROS,
    ROS_ENDINGS,
    SOURCES,
    TENSORFLOW,
    Imports,
    is_ros,
    is_tensorflow,
    package_modules,
    reached,
    read_imports,
    without_ros,
)

MODULES = package_modules()
UPPER = ("tod_ros.nodes", "tod_ros.verbs", "tod_ros.cli")


def is_upper(name):
    return any(name == upper or name.startswith(upper + ".") for upper in UPPER)


def own(name, is_kind, kind="anywhere"):
    return any(is_kind(imported) for imported in getattr(MODULES[name], kind))


def reaches(name, is_kind, kind):
    return any(is_kind(imported) for imported in reached(frozenset([name]), MODULES, kind))


# What does not itself import ROS or TensorFlow has to stay plain.
PLAIN = [
    name
    for name in MODULES
    if not name.startswith("tod_ros.nodes.")
    and not own(name, is_ros, "at_import")
    and not own(name, is_tensorflow, "at_import")
]
LOWER = [name for name in MODULES if not is_upper(name)]


def test_the_tree_is_seen():
    assert {"tod_ros.errors", "tod_ros.settings", "tod_ros.detections", "tod_ros.cli"} <= set(PLAIN)
    assert "tod_ros.robot" in LOWER and "tod_ros.robot" not in PLAIN


def test_plain_modules_import_where_there_is_neither_ros_nor_tensorflow():
    program = f"""
        import importlib, sys, traceback
        sys.path.insert(0, {str(SOURCES)!r})
        class Blocked:
            def find_spec(self, name, path=None, target=None):
                root = name.split(".")[0]
                if name in {ROS + TENSORFLOW!r} or root.endswith({ROS_ENDINGS!r}):
                    raise ImportError("blocked: " + name)
        sys.meta_path.insert(0, Blocked())
        failed = False
        for name in {PLAIN!r}:
            try:
                importlib.import_module(name)
            except Exception:
                failed = True
                print(name, traceback.format_exc(limit=-3))
        sys.exit(failed)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("name", LOWER)
def test_ros_and_tensorflow_meet_only_above_the_library(name):
    assert not (reaches(name, is_ros, "anywhere") and reaches(name, is_tensorflow, "anywhere"))


@pytest.mark.parametrize("name", LOWER)
def test_imports_go_down(name):
    assert [imported for imported in MODULES[name].anywhere if is_upper(imported)] == []


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("tod_ros.verbs")])
def test_a_verb_is_plain_until_it_runs(name):
    assert name in PLAIN


def test_only_the_inference_node_sees_both_ros_and_tensorflow():
    both = [
        name
        for name in MODULES
        if name.startswith("tod_ros.nodes.")
        and reaches(name, is_ros, "anywhere")
        and reaches(name, is_tensorflow, "anywhere")
    ]
    assert set(both) <= {"tod_ros.nodes.inference"}


class TestReading:
    def test_imports_inside_functions_are_not_at_import(self, tmp_path):
        path = tmp_path / "module.py"
        path.write_text("import a.b\ndef f():\n    from c import d\n")
        assert read_imports(path) == Imports(frozenset(["a.b"]), frozenset(["a.b", "c", "c.d"]))

    def test_imports_inside_try_and_class_are_at_import(self, tmp_path):
        path = tmp_path / "module.py"
        path.write_text(
            "try:\n    import a\nexcept ImportError:\n    import b\nclass C:\n    import c\n"
        )
        assert read_imports(path).at_import == {"a", "b", "c"}

    def test_what_is_only_for_the_type_checker_is_no_import(self, tmp_path):
        path = tmp_path / "module.py"
        path.write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import rospy\n")
        assert "rospy" not in read_imports(path).at_import

    @pytest.mark.parametrize(
        "name, ros, tensorflow",
        [
            ("rospy", True, False),
            ("sensor_msgs.msg", True, False),
            ("tod_ros.srv", True, False),
            ("tod_ros.robot", False, False),
            ("tensorflow.python.ops", False, True),
            ("ai_edge_litert.interpreter", False, True),
            ("numpy", False, False),
            ("rospyramid", False, False),
        ],
    )
    def test_kinds_of_names(self, name, ros, tensorflow):
        assert (is_ros(name), is_tensorflow(name)) == (ros, tensorflow)

    def test_a_test_of_a_ros_module_is_not_without_ros(self, tmp_path):
        plain, ros = tmp_path / "test_names.py", tmp_path / "test_robot.py"
        plain.write_text("from tod_ros.names import did_you_mean\n")
        ros.write_text("from tod_ros import robot\n")
        assert list(without_ros((str(plain), str(ros)))) == [str(plain)]
