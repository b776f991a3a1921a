#!/usr/bin/env python3
"""Who imports what, read from the sources: the package's modules, and the layer of each.

`layers.py FILE...` prints those of the Python files that can be imported where there is no ROS.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, FrozenSet, Iterator, Mapping, Set, Tuple

SOURCES = Path(__file__).resolve().parent.parent / "src"
ROS = [
    "cv_bridge",
    "genpy",
    "poppy_controllers",
    "rosgraph",
    "roslaunch",
    "roslib",
    "rosnode",
    "rosparam",
    "rospy",
    "rosservice",
    "rostest",
    "rostopic",
    "rosunit",
    "tod_ros.msg",
    "tod_ros.srv",
]
ROS_ENDINGS = ("_msgs", "_srvs")
TENSORFLOW = [
    "ai_edge_litert",
    "keras",
    "object_detection",
    "official",
    "onnxruntime",
    "openvino",
    "orbit",
    "tensorboard",
    "tensorflow",
    "tensorflow_io",
    "tf_slim",
    "tflite_runtime",
]


@dataclass(frozen=True)
class Imports:
    """What a file imports: when it is imported itself, and in all."""

    at_import: FrozenSet[str]
    anywhere: FrozenSet[str]


def is_ros(name: str) -> bool:
    return _is_of(name, ROS) or name.split(".")[0].endswith(ROS_ENDINGS)


def is_tensorflow(name: str) -> bool:
    return _is_of(name, TENSORFLOW)


def _is_of(name: str, packages: list[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def read_imports(path: Path) -> Imports:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return Imports(
        frozenset(name for node in _run_at_import(tree) for name in _imported(node)),
        frozenset(name for node in ast.walk(tree) for name in _imported(node)),
    )


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """All below `node` but the bodies of functions, and of `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _run_at_import(child)


def _imported(node: ast.AST) -> Iterator[str]:
    """The names that one statement imports: `from a import b` may mean the module a.b, or a's b."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_modules(sources: Path = SOURCES) -> Dict[str, Imports]:
    """Every module of the package by its dotted name."""
    modules = {}
    for path in sorted(sources.glob("tod_ros/**/*.py")):
        parts = path.relative_to(sources).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = read_imports(path)
    return modules


def reached(names: FrozenSet[str], modules: Mapping[str, Imports], kind: str) -> Set[str]:
    """All names imported through the package's modules; `kind`: at_import or anywhere."""
    seen: Set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in modules:
            waiting |= getattr(modules[name], kind) - seen
    return seen


def without_ros(files: Tuple[str, ...]) -> Iterator[str]:
    modules = package_modules()
    for file in files:
        names = reached(read_imports(Path(file)).anywhere, modules, "at_import")
        if not any(is_ros(name) for name in names):
            yield file


if __name__ == "__main__":
    print("\n".join(without_ros(tuple(sys.argv[1:]))))
