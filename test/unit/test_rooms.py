"""Every module lies in a room of docs/architecture.md, and imports what its room may import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap

import pytest
from rooms import (
    DOOR,
    GROUND,
    IN_ROS,
    IN_TENSORFLOW,
    PLAIN,
    ROOMS,
    ROS,
    ROS_ENDINGS,
    SOURCES,
    TENSORFLOW,
    Imports,
    circle,
    faults,
    is_ros,
    is_tensorflow,
    package_modules,
    reached,
    read_imports,
    room_of,
    without_ros,
)

MODULES = package_modules()
ARCHITECTURE = SOURCES.parent / "docs/architecture.md"


def layer_of(name):
    room = room_of(name)
    return ROOMS[room].layer if room else PLAIN


def reaches(name, is_kind, kind):
    return any(is_kind(imported) for imported in reached(frozenset([name]), MODULES, kind))


def of_layer(*layers):
    return [name for name in MODULES if layer_of(name) in layers]


def test_the_tree_is_seen():
    assert {room_of(name) for name in MODULES} == {"", *ROOMS}
    assert {f"tod_ros.{name}" for name in GROUND} <= set(MODULES)
    assert len(list((SOURCES / "tod_ros").glob("[!_]*"))) <= 27


def test_every_import_obeys_the_table():
    assert faults(MODULES) == []


@pytest.mark.parametrize(
    "module, imported, said",
    [
        ("tod_ros.images.message", "rospy", "knows no ROS"),
        ("tod_ros.robot.master", "tensorflow", "knows no TensorFlow"),
        ("tod_ros.dataset.checks", "tod_ros.training.runs", "may not import tod_ros.training.runs"),
        ("tod_ros.files", "tod_ros.images.message", "may not import tod_ros.images.message"),
        ("tod_ros.nodes.capture", "tod_ros.inference.detector", "may not import"),
        ("tod_ros.cellar.wine", "tod_ros.errors", "lies in no room"),
    ],
)
def test_an_import_against_the_table_is_found(module, imported, said):
    added = {**MODULES, module: Imports(frozenset([imported]), frozenset([imported]))}
    assert [fault for fault in faults(added) if module in fault and said in fault]


def test_no_circle_between_rooms():
    known = set()
    for name, room in ROOMS.items():
        assert set(room.may_import) <= known, f"{name} imports a room that comes after it"
        known.add(name)


def test_no_circle_between_modules():
    assert circle(MODULES) == []


def test_a_circle_is_found():
    names = [frozenset([f"tod_ros.{name}"]) for name in "bca"]
    ring = {f"tod_ros.{name}": Imports(to, to) for name, to in zip("abc", names)}
    assert circle(ring) == ["tod_ros.a", "tod_ros.b", "tod_ros.c", "tod_ros.a"]


def test_the_document_has_the_same_table():
    rows = re.findall(r"^\| `(\w+)/` \| (\w+) \| .* \| ([^|]*) \|$", ARCHITECTURE.read_text(), re.M)
    told = {
        name: (layer, set() if may_import == "-" else set(may_import.split(", ")))
        for name, layer, may_import in rows
    }
    assert told == {name: (room.layer, set(room.may_import)) for name, room in ROOMS.items()}


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_the_face_of_a_room_says_what_it_may_import_and_imports_nothing(name):
    source = (SOURCES / "tod_ros" / name / "__init__.py").read_text()
    words = ast.get_docstring(ast.parse(source))
    kind = words.split("\n\n")[1].replace("\n", " ")
    assert kind.startswith(
        ROOMS[name].layer.capitalize() if ROOMS[name].layer in (PLAIN, DOOR) else ROOMS[name].layer
    )
    told = set(re.findall(r"\w+", kind.split("Imports ")[1].split(".")[0])) - {"and"}
    assert told == (set(ROOMS[name].may_import) or {"ground", "modules", "only"})
    if name not in ("cli", "scene"):
        assert ast.parse(source).body[1:] == []


LONG_MODULE, LONG_FUNCTION = 200, 30  # lines


def long_parts(path):
    """Module or functions that are long, and do not say why in their docstring."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    parts = [(path.name, tree, len(text.splitlines()), LONG_MODULE)]
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or 0) - node.lineno + 1
            parts.append((f"{path.name}: {node.name}", node, lines, LONG_FUNCTION))
    return [
        f"{name}: {lines} lines"
        for name, node, lines, most in parts
        if lines > most and not re.search(r"\blong\b", ast.get_docstring(node) or "")
    ]


def test_what_is_long_says_why():
    found = [part for path in SOURCES.glob("tod_ros/**/*.py") for part in long_parts(path)]
    assert found == []


def test_a_long_function_without_a_reason_is_found(tmp_path):
    path = tmp_path / "module.py"
    body = "    pass\n" * LONG_FUNCTION
    path.write_text(f'def short():\n    pass\n\n\ndef far():\n    """Goes on."""\n{body}')
    assert long_parts(path) == [f"module.py: far: {LONG_FUNCTION + 2} lines"]


def test_plain_rooms_import_where_there_is_neither_ros_nor_tensorflow():
    # The verbs too: `tod --help` imports them all.
    plain = [name for name in MODULES if layer_of(name) == PLAIN or ".cli" in name]
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
        for name in {plain!r}:
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


@pytest.mark.parametrize("name", of_layer(PLAIN, IN_ROS, IN_TENSORFLOW))
def test_ros_and_tensorflow_meet_in_doors_alone(name):
    assert not (reaches(name, is_ros, "anywhere") and reaches(name, is_tensorflow, "anywhere"))


def test_only_the_inference_node_sees_both_ros_and_tensorflow():
    both = [
        name
        for name in MODULES
        if name.startswith("tod_ros.nodes.")
        and reaches(name, is_ros, "anywhere")
        and reaches(name, is_tensorflow, "anywhere")
    ]
    assert both == ["tod_ros.nodes.inference"]


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
            ("tod_ros.robot.master", False, False),
            ("tensorflow.python.ops", False, True),
            ("ai_edge_litert.interpreter", False, True),
            ("numpy", False, False),
            ("rospyramid", False, False),
        ],
    )
    def test_kinds_of_names(self, name, ros, tensorflow):
        assert (is_ros(name), is_tensorflow(name)) == (ros, tensorflow)

    def test_a_test_of_a_ros_module_is_not_without_ros(self, tmp_path):
        plain, ros = tmp_path / "test_text.py", tmp_path / "test_robot.py"
        plain.write_text("from tod_ros.text import did_you_mean\n")
        ros.write_text("from tod_ros.robot import parameters\n")
        assert list(without_ros((str(plain), str(ros)))) == [str(plain)]
