"""The messages of the OD API, whose generated files are of protobuf 3, under protobuf 4 too.

Protobuf 4 refuses those files ("Descriptors cannot be created directly"). The description of its
messages that each of them holds is as good as ever, and protobuf's own builder makes the same
classes from it. It is worth it: for Python 3.11 protobuf 3.20 has no compiled part, and TensorFlow
then takes a third longer to trace a network, and to export it.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Optional, Sequence

_PACKAGE = "object_detection.protos."


def accept_old_files() -> None:
    """Call it before the first import of a module of `object_detection.protos`."""
    import google.protobuf

    is_compiled = int(google.protobuf.__version__.split(".")[0]) > 3
    if is_compiled and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if not (name.startswith(_PACKAGE) and name.endswith("_pb2")):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin:
            spec.loader = _Loader(name, spec.origin)
        return spec


class _Loader(SourceFileLoader):
    """Takes a file's description of its messages, and runs nothing of the file."""

    def exec_module(self, module: ModuleType) -> None:
        from google.protobuf import descriptor_pb2, descriptor_pool
        from google.protobuf.internal import builder

        code = self.get_code(module.__name__)
        described = max((c for c in code.co_consts if isinstance(c, bytes)), key=len)  # type: ignore[union-attr]
        for needed in descriptor_pb2.FileDescriptorProto.FromString(described).dependency:
            importlib.import_module(needed[: -len(".proto")].replace("/", ".") + "_pb2")
        names = module.__dict__
        names["DESCRIPTOR"] = descriptor_pool.Default().AddSerializedFile(described)
        builder.BuildMessageAndEnumDescriptors(names["DESCRIPTOR"], names)
        builder.BuildTopDescriptorsAndMessages(names["DESCRIPTOR"], module.__name__, names)
