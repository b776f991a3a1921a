"""What a network would do to the world outside is read from its file, which nothing runs."""

from __future__ import annotations

import struct

import pytest
from graphs import saved_model, tflite

from tod_ros.errors import ModelError
from tod_ros.models.operations import doubts_about, kind_of, read_operations, touching


def written(folder, content, name="saved_model.pb"):
    (folder / name).write_bytes(content)
    return folder / name


def test_operations_are_counted_also_those_inside_functions(tmp_path):
    content = saved_model("Conv2D", "Relu", "Conv2D", functions=["WriteFile", "Relu"])
    found = read_operations(written(tmp_path, content))
    assert found == {"Conv2D": 2, "Relu": 2, "WriteFile": 1}
    assert touching(found) == {"writes files": ["WriteFile"]}


def test_a_real_saved_model_is_read_as_tensorflow_reads_it(tmp_path):
    tf = pytest.importorskip("tensorflow")

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def spy(name):
        tf.io.write_file("/tmp/never", tf.io.read_file(name))
        return tf.py_function(lambda: 1.0, [], tf.float32)

    module = tf.Module()
    module.spy, module.weights = spy, tf.Variable([1.0])
    tf.saved_model.save(module, str(tmp_path))
    found = touching(read_operations(tmp_path / "saved_model.pb"))
    assert found == {
        "reads files": ["ReadFile"],
        "writes files": ["WriteFile"],
        "runs Python": ["EagerPyFunc"],
    }
    assert "WriteFile" in doubts_about(tmp_path)


def test_custom_operations_of_a_tflite_file_are_told(tmp_path):
    content = tflite("TFLite_Detection_PostProcess", "FlexReadFile")
    found = read_operations(written(tmp_path, content, "model.tflite"))
    assert found == {"TFLite_Detection_PostProcess": 1, "FlexReadFile": 1}
    assert touching(found) == {"reads files": ["FlexReadFile"]}


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ReadFile", "reads files"),
        ("MatchingFiles", "reads files"),
        ("TFRecordDatasetV2", "reads files"),
        ("InitializeTableFromTextFileV2", "reads files"),
        ("ExperimentalSqlDataset", "reads files"),
        ("IO>FileRead", "reads files"),
        ("PrintV2", "writes files"),
        ("CreateSummaryFileWriter", "writes files"),
        ("DebugIdentityV3", "writes files"),
        ("RpcCall", "uses the network"),
        ("IO>KafkaReadableRead", "uses the network"),
        ("PyFuncStateless", "runs Python"),
        ("SaveV2", ""),
        ("ReadVariableOp", ""),
        ("DecodeJpeg", ""),
        ("NonMaxSuppressionV5", ""),
        ("TensorListFromTensor", ""),
        ("Profile", ""),
    ],
)
def test_what_an_operation_does_to_the_world(operation, kind):
    assert kind_of(operation) == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("saved_model.pb", b""),
        ("saved_model.pb", b"nonsense"),
        ("saved_model.pb", saved_model("Conv2D", "Relu")[:-40]),
        ("saved_model.pb", b"\x12" + b"\xff" * 12),
        ("saved_model.pb", saved_model("\xff")[:-20] + b"\xff" * 20),
        ("model.tflite", b""),
        ("model.tflite", b"nonsense" * 20),
        ("model.tflite", tflite("a", "b")[:40]),
        ("model.tflite", struct.pack("<I4s", 2**31, b"TFL3")),
        ("model.tflite", tflite("a")[:32] + struct.pack("<I", 2**31)),
    ],
)
def test_what_is_cut_short_or_altered_is_refused_in_one_line(tmp_path, name, content):
    path = written(tmp_path, content, name)
    with pytest.raises(ModelError) as caught:
        read_operations(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
