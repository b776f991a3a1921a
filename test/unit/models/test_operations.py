"""What a network would do to the world outside is read from its file, which nothing runs."""

from __future__ import annotations

import struct

import pytest
from graphs import saved_model, tflite

from tod_ros.errors import ModelError
from tod_ros.models.folder import check_hashes, read_model_folder, unvouched_files
from tod_ros.models.graph_file import BY_ITSELF, read_operations
from tod_ros.models.operations import (
    NETWORK,
    PYTHON,
    READS,
    UNKNOWN,
    WRITES,
    harmless,
    kind_of,
    refuse_untrusted,
    touching,
)
from tod_ros.shipped import shipped


def written(folder, content, name="saved_model.pb"):
    (folder / name).write_bytes(content)
    return folder / name


def test_operations_are_counted_also_those_inside_functions(tmp_path):
    content = saved_model("Conv2D", "Relu", "Conv2D", functions=["WriteFile", "Relu"])
    found = read_operations(written(tmp_path, content))
    assert found == {"Conv2D": 2, "Relu": 2, "WriteFile": 1}
    assert touching(found) == {WRITES: ["WriteFile"]}


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
        READS: ["ReadFile"],
        WRITES: ["WriteFile"],
        PYTHON: ["EagerPyFunc"],
    }
    with pytest.raises(ModelError, match=r"writes files: WriteFile.*--trust"):
        refuse_untrusted(tmp_path, is_vouched_for=True)


def test_a_graph_in_a_constant_of_a_dataset_is_looked_into(tmp_path):
    tf = pytest.importorskip("tensorflow")
    with tf.Graph().as_default() as inner:
        tf.io.write_file("/tmp/never", "x")
    text = inner.as_graph_def().SerializeToString()

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
    def run(start):
        graph = tf.strings.substr(tf.constant(text), start, len(text))
        return tf.raw_ops.DatasetFromGraph(graph_def=graph)

    module = tf.Module()
    module.run = run
    tf.saved_model.save(module, str(tmp_path))
    found = touching(read_operations(tmp_path / "saved_model.pb"))
    assert found[WRITES] == ["WriteFile"]
    assert "DatasetFromGraph" in found[UNKNOWN]


def test_a_network_that_saves_by_itself_is_told_from_one_that_can_be_saved(tmp_path):
    tf = pytest.importorskip("tensorflow")

    @tf.function(input_signature=[tf.TensorSpec([1])])
    def write(values):
        tf.raw_ops.SaveV2(
            prefix="/tmp/never", tensor_names=["a"], shape_and_slices=[""], tensors=[values]
        )
        return values

    module = tf.Module()
    module.write, module.weights = write, tf.Variable([1.0])
    tf.saved_model.save(module, str(tmp_path / "bad"))
    assert touching(read_operations(tmp_path / "bad" / "saved_model.pb"))[WRITES]
    del module.write
    module.same = tf.function(lambda x: x + 1, input_signature=[tf.TensorSpec([1])])
    tf.saved_model.save(module, str(tmp_path / "good"))
    good = read_operations(tmp_path / "good" / "saved_model.pb")
    assert good["SaveV2"] == 1
    assert touching(good) == {}


def test_the_saver_s_operations_count_where_the_network_runs_them(tmp_path):
    idle = saved_model("Relu", functions=["SaveV2"], concrete=["other"])
    assert touching(read_operations(written(tmp_path, idle))) == {}
    used = saved_model("Relu", functions=["SaveV2"], concrete=["f"])
    assert touching(read_operations(written(tmp_path, used))) == {WRITES: ["SaveV2" + BY_ITSELF]}


def test_the_network_that_comes_with_the_package_is_vouched_for_and_harmless():
    """It is an export of `tod export`: what that writes, the node runs without being told."""
    found = read_model_folder(shipped("models", "cube_faces"))
    parts = [part for part in (found.saved_model, found.tflite) if part is not None]
    assert parts
    for part in parts:
        check_hashes(found, part)
        refuse_untrusted(part, is_vouched_for=not unvouched_files(found, part))


def test_of_several_graphs_any_may_be_the_one_that_runs(tmp_path):
    """TensorFlow takes those of a file with several graphs as TensorFlow 1 did."""
    saves = saved_model("Relu", "SaveV2")
    assert touching(read_operations(written(tmp_path, saves))) == {}
    both = saves + saved_model("Relu")
    assert touching(read_operations(written(tmp_path, both))) == {WRITES: ["SaveV2" + BY_ITSELF]}


def test_a_network_without_sums_is_run_only_when_told(tmp_path):
    written(tmp_path, saved_model("Conv2D", "Relu"))
    refuse_untrusted(tmp_path, is_vouched_for=True)
    with pytest.raises(ModelError, match=r"no sha256 sum .* vouches .*--trust.*trust_model"):
        refuse_untrusted(tmp_path, is_vouched_for=False)


def test_every_operation_of_tensorflow_that_takes_a_name_of_a_file_is_off_the_list():
    """What TensorFlow itself says of its operations; a few of the saver's are told apart."""
    pytest.importorskip("tensorflow")
    from tensorflow.python.framework import op_def_registry

    names = [name for name in harmless() if op_def_registry.get(name) is not None]
    assert len(names) > 200
    words = ("file", "path", "address", "host", "program", "module", "graph_def", "serialized",
             "descriptor", "memory_region", "library")  # fmt: skip
    for name in names:
        if kind_of(name):
            continue
        definition = op_def_registry.get(name)
        told = [part.name for part in (*definition.input_arg, *definition.attr)]
        assert not [one for one in told if any(word in one for word in words)], name


def test_custom_operations_of_a_tflite_file_are_told(tmp_path):
    content = tflite("TFLite_Detection_PostProcess", "FlexReadFile")
    found = read_operations(written(tmp_path, content, "model.tflite"))
    assert found == {"TFLite_Detection_PostProcess": 1, "FlexReadFile": 1}
    assert touching(found) == {READS: ["FlexReadFile"]}


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ReadFile", READS),
        ("MatchingFiles", READS),
        ("TFRecordDatasetV2", READS),
        ("InitializeTableFromTextFileV2", READS),
        ("ExperimentalSqlDataset", READS),
        ("IO>FileRead", READS),
        ("PrintV2", WRITES),
        ("CreateSummaryFileWriter", WRITES),
        ("DebugIdentityV3", WRITES),
        ("RpcCall", NETWORK),
        ("IO>KafkaReadableRead", NETWORK),
        ("PyFuncStateless", PYTHON),
        ("ImmutableConst", UNKNOWN),
        ("DecodeProtoV2", UNKNOWN),
        ("RecordInput", UNKNOWN),
        ("FixedUnigramCandidateSampler", UNKNOWN),
        ("XlaCallModule", UNKNOWN),
        ("MlirPassthroughOp", UNKNOWN),
        ("DatasetFromGraph", UNKNOWN),
        ("SomebodysOwn", UNKNOWN),
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
