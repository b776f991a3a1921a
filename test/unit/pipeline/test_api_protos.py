"""The OD API's generated files of protobuf 3 are taken by protobuf 4 as well."""

import importlib
import sys
import types

import pytest

protobuf = pytest.importorskip("google.protobuf")

from google.protobuf import descriptor_pb2  # noqa: E402

from tod_ros.pipeline.api_protos import accept_old_files  # noqa: E402

is_compiled = int(protobuf.__version__.split(".")[0]) > 3


def described(name, needs=(), fields=()):
    """The text of an old generated file: its first call is what protobuf 4 refuses."""
    file = descriptor_pb2.FileDescriptorProto(
        name=f"object_detection/protos/{name}.proto",
        package="object_detection.protos.tried",
        dependency=[f"object_detection/protos/{need}.proto" for need in needs],
    )
    message = file.message_type.add(name=name.title())
    for number, (field, kind) in enumerate(fields, start=1):
        made = message.field.add(name=field, number=number, label=1)
        if isinstance(kind, str):
            made.type, made.type_name = 11, f".object_detection.protos.tried.{kind}"
        else:
            made.type = kind
    return f"DESCRIPTOR = refused(options=b'\\x10', serialized_pb={file.SerializeToString()!r})\n"


@pytest.mark.skipif(not is_compiled, reason="protobuf 3 runs its old files itself")
def test_an_old_file_is_read_and_not_run_and_so_are_those_it_needs(tmp_path, monkeypatch):
    (tmp_path / "size_pb2.py").write_text(described("size", fields=[("height", 5)]))
    (tmp_path / "net_pb2.py").write_text(described("net", ["size"], [("input", "Size")]))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    for name, folder in (("object_detection", "none"), ("object_detection.protos", str(tmp_path))):
        package = types.ModuleType(name)
        package.__path__ = [folder]
        monkeypatch.setitem(sys.modules, name, package)
    for name in ("size", "net"):
        monkeypatch.setitem(sys.modules, f"object_detection.protos.{name}_pb2", None)
        del sys.modules[f"object_detection.protos.{name}_pb2"]
    accept_old_files()
    net = importlib.import_module("object_detection.protos.net_pb2").Net()
    net.input.height = 7
    assert net.DESCRIPTOR.full_name == "object_detection.protos.tried.Net"
    assert type(net).FromString(net.SerializeToString()) == net


def test_it_is_prepared_once_and_only_where_it_is_needed(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    accept_old_files()
    accept_old_files()
    count = sum(type(finder).__module__ == accept_old_files.__module__ for finder in sys.meta_path)
    assert count == is_compiled
