#!/usr/bin/env python3
"""The rooms of the library: what each may import, read against the imports in its modules.

`rooms.py FILE...` prints those of the Python files that can be imported where there is no ROS.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, FrozenSet, Iterator, List, Mapping, Set, Tuple

SOURCES = Path(__file__).resolve().parents[2] / "src"
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
class Room:
    """The layer of a room, and the rooms that its modules may import besides ground and itself."""

    layer: str
    may_import: Tuple[str, ...] = ()


PLAIN, IN_ROS, IN_TENSORFLOW, DOOR = "plain", "ROS", "TensorFlow", "door"
GROUND = (
    *("annotation", "detection", "errors", "files", "frame", "mask", "plain_yaml"),
    *("settings", "shipped", "text"),
)
_TO_TRAIN = ("images", "dataset", "models", "evaluation", "inference", "pipeline")
ROOMS: Mapping[str, Room] = {
    "images": Room(PLAIN),
    "protocol": Room(PLAIN),
    "place": Room(PLAIN),
    "robot": Room(IN_ROS),
    "scene": Room(PLAIN, ("images",)),
    "dataset": Room(PLAIN, ("images", "scene")),
    "models": Room(PLAIN, ("dataset",)),
    "evaluation": Room(PLAIN, ("images", "dataset")),
    "annotate": Room(PLAIN, ("images", "dataset", "place")),
    "inference": Room(IN_TENSORFLOW, ("images", "dataset", "models")),
    "pipeline": Room(IN_TENSORFLOW, ("dataset", "models")),
    "training": Room(IN_TENSORFLOW, ("scene", *_TO_TRAIN)),
    "export": Room(IN_TENSORFLOW, (*_TO_TRAIN, "training")),
    "simulation": Room(DOOR, ("images", "scene", "dataset", "robot")),
    "nodes": Room(
        DOOR, ("images", "dataset", "protocol", "place", "inference", "robot", "simulation")
    ),
    "doctor": Room(
        DOOR, ("images", "dataset", "models", "annotate", "pipeline", "training", "robot")
    ),
    "cli": Room(
        DOOR, ("scene", *_TO_TRAIN, "annotate", "training", "export", "place", "robot", "doctor")
    ),
}
# Within a room, what one module alone may import.
ONLY = {("nodes", "inference"): "tod_ros.nodes.inference"}


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


def room_of(module: str) -> str:
    """The room in which a module lies; "" for ground and for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] not in GROUND else ""


def faults(modules: Mapping[str, Imports]) -> List[str]:
    """Each module in no room, and each import against the table."""
    found = []
    for name, imports in modules.items():
        room = room_of(name)
        if room and room not in ROOMS:
            found.append(f"{name}: lies in no room; put it into one of {', '.join(ROOMS)}")
            continue
        layer = ROOMS[room].layer if room else PLAIN
        for imported in sorted(imports.anywhere):
            if is_ros(imported) and layer not in (IN_ROS, DOOR):
                found.append(f"{name}: imports {imported}, but {room or 'ground'} knows no ROS")
            elif is_tensorflow(imported) and layer not in (IN_TENSORFLOW, DOOR):
                found.append(
                    f"{name}: imports {imported}, but {room or 'ground'} knows no TensorFlow"
                )
            elif imported in modules and not _may_import(name, imported):
                found.append(f"{name}: may not import {imported}")
    return found


def _may_import(name: str, imported: str) -> bool:
    room, other = room_of(name), room_of(imported)
    if other in ("", room):
        return True
    return (
        other in ROOMS[room].may_import if room and ONLY.get((room, other), name) == name else False
    )


def circle(modules: Mapping[str, Imports]) -> List[str]:
    """Modules that import one another in a circle, the first found; none where all go one way."""
    ended: Set[str] = set()

    def search(name: str, way: List[str]) -> List[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in ended:
            return []
        for imported in sorted(modules[name].anywhere & modules.keys()):
            if imported != name and not name.startswith(imported + "."):
                found = search(imported, [*way, name])
                if found:
                    return found
        ended.add(name)
        return []

    return next((found for found in (search(name, []) for name in modules) if found), [])


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
