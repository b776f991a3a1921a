"""Which operations a network is made of, read from its file without running or even loading it.

A SavedModel is a program: its graph may hold operations that read and write files, open
connections or call Python. saved_model.pb is a protobuf, model.tflite a flatbuffer; of each only
the few fields are followed that lead to the operations' names, so neither TensorFlow nor LiteRT
sees the file.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections import Counter
from pathlib import Path
from typing import Counter as Counts
from typing import Dict, Iterator, List, Optional, Tuple, Union

from tod_ros.errors import ModelError

READS, WRITES, NETWORK, PYTHON = "reads files", "writes files", "uses the network", "runs Python"
# What every SavedModel with variables has; they run where somebody asks it to save or restore.
OF_THE_SAVER = ("MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename")
_KINDS = {
    READS: """ReadFile MatchingFiles FixedLengthRecordReader FixedLengthRecordReaderV2
        TFRecordReader TFRecordReaderV2 TextLineReader TextLineReaderV2 WholeFileReader
        WholeFileReaderV2 LMDBReader Restore RestoreSlice DTensorRestoreV2 LoadAndRemapMatrix
        GenerateVocabRemapping InitializeTableFromTextFile InitializeTableFromTextFileV2
        CSVDataset CSVDatasetV2 FixedLengthRecordDataset FixedLengthRecordDatasetV2 LMDBDataset
        LoadDataset MatchingFilesDataset SqlDataset TFRecordDataset TFRecordDatasetV2
        TextLineDataset""",
    WRITES: """WriteFile Save SaveSlices SaveDataset SaveDatasetV2 DistributedSave CacheDataset
        CacheDatasetV2 SnapshotDataset SnapshotDatasetV2 SnapshotDatasetReader DatasetToTFRecord
        PrintV2
        CreateSummaryFileWriter CreateSummaryDbWriter WriteSummary WriteScalarSummary
        WriteImageSummary WriteHistogramSummary WriteAudioSummary WriteGraphSummary
        WriteRawProtoSummary ImportEvent DumpTensor DebugIdentity DebugIdentityV2 DebugIdentityV3
        DebugNanCount DebugNumericSummary DebugNumericSummaryV2""",
    NETWORK: """Rpc TryRpc RpcCall RpcClient RpcServer RpcServerRegister RpcServerStart RemoteCall
        DataServiceDataset DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4
        RegisterDataset RegisterDatasetV2 WorkerHeartbeat BigQueryReader""",
    PYTHON: "PyFunc PyFuncStateless EagerPyFunc",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
# Newer ones, and those of add-ons, by the words their names are made of.
_BY_WORDS = [
    (PYTHON, re.compile(r"Py(Func|thon)")),
    (
        NETWORK,
        re.compile(r"Rpc|Http|Grpc|DataService|Remote|Socket|Kafka|PubSub|BigQuery|BigTable"),
    ),
    (WRITES, re.compile(r"Write(File|.*Summary)|Snapshot|SummaryWriter|^Debug")),
    (
        READS,
        re.compile(r"(^|[a-z>])Files?(?![a-z])|ReadFile|RecordReader|RecordDataset|Sql|LMDB|^IO>"),
    ),
]
MAX_BYTES = 2**31 - 1  # a protobuf's own limit
MAX_OPERATIONS = 5_000_000
_OPERATOR_CODES, _CUSTOM_CODE = 1, 1  # fields of a flatbuffer's Model and of its OperatorCode


def kind_of(operation: str) -> str:
    """What an operation does to the world outside of the network; "" if nothing."""
    name = re.sub(r"^(Flex|Experimental)", "", operation)  # of TFLite; of older releases
    if operation in OF_THE_SAVER:
        return ""
    if name in _KIND_OF:
        return _KIND_OF[name]
    return next((kind for kind, words in _BY_WORDS if words.search(name)), "")


def read_operations(path: Path) -> Counts[str]:
    """How often each operation is in a saved_model.pb, its functions included.

    Of a model.tflite those that are not LiteRT's own, which touch nothing. ModelError where the
    file is broken.
    """
    is_tflite = path.suffix == ".tflite"
    try:
        with open(path, "rb") as opened, _mapped(opened.fileno()) as content:
            if len(content) > MAX_BYTES:
                raise _Broken("over 2 GB")
            return Counter(_counted((_in_tflite if is_tflite else _in_saved_model)(content)))
    except (_Broken, struct.error, IndexError, UnicodeDecodeError) as error:
        kind = "TFLite model" if is_tflite else "SavedModel"
        raise ModelError(
            f"{path}: is not a {kind}, or cut short or altered ({error}); export it again"
        ) from None
    except (OSError, ValueError) as error:  # mmap refuses an empty file with a ValueError
        fault = getattr(error, "strerror", None) or error
        raise ModelError(f"{path}: cannot be read ({fault}); export it again") from None


def touching(operations: Counts[str]) -> Dict[str, List[str]]:
    """The operations that do something to the world outside, by what they do."""
    found: Dict[str, List[str]] = {}
    for name in sorted(operations):
        if kind_of(name):
            found.setdefault(kind_of(name), []).append(name)
    return found


def graph_file(part: Path) -> Path:
    """The file with the operations of a SavedModel's folder, or of a model.tflite."""
    return part / "saved_model.pb" if part.is_dir() else part


def doubts_about(part: Path) -> str:
    """What to say before a network is loaded that no sha256 sum vouches for."""
    found = touching(read_operations(graph_file(part)))
    says = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in found.items())
    return (
        f"{part}: no sha256 sum vouches for all of it, and a network is a program that could touch"
        f" files or the network ({says or 'its own do not'}); `tod doctor --model` says more"
    )


class _Broken(Exception):
    pass


def _mapped(handle: int) -> mmap.mmap:
    return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)


def _counted(names: Iterator[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        if number >= MAX_OPERATIONS:
            raise _Broken(f"over {MAX_OPERATIONS} operations")
        yield name


Span = Tuple[int, int]
# Of each message the fields that lead on: SavedModel -> MetaGraphDef -> GraphDef -> NodeDef, and
# GraphDef -> FunctionDefLibrary -> FunctionDef -> NodeDef; a NodeDef's field 2 is its operation.
_OPERATION = 2
_WAYS: Dict[str, Dict[int, str]] = {
    "saved_model": {2: "meta_graph"},
    "meta_graph": {2: "graph"},
    "graph": {1: "node", 2: "library"},
    "library": {1: "function"},
    "function": {3: "node"},
}


def _in_saved_model(content: mmap.mmap) -> Iterator[str]:
    waiting: List[Tuple[str, Span]] = [("saved_model", (0, len(content)))]
    while waiting:
        kind, span = waiting.pop()
        for number, value in _fields(content, span):
            if not isinstance(value, tuple):
                continue
            if kind == "node" and number == _OPERATION:
                yield content[value[0] : min(value[1], value[0] + 200)].decode("utf-8")
            elif number in _WAYS.get(kind, {}):
                waiting.append((_WAYS[kind][number], value))


def _fields(content: mmap.mmap, span: Span) -> Iterator[Tuple[int, Union[int, Span]]]:
    """Each field of a protobuf message: its number, and its value or where that is."""
    position, end = span
    while position < end:
        key, position = _varint(content, position, end)
        wire = key & 7
        if wire == 0:
            value, position = _varint(content, position, end)
            yield key >> 3, value
            continue
        if wire == 2:
            size, position = _varint(content, position, end)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise _Broken("it is no protobuf")
        if position + size > end:
            raise _Broken("it ends too early")
        yield key >> 3, (position, position + size)
        position += size


def _varint(content: mmap.mmap, position: int, end: int) -> Tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= end:
            raise _Broken("it ends too early")
        byte = content[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
    raise _Broken("it is no protobuf")


def _in_tflite(content: mmap.mmap) -> Iterator[str]:
    """The names of custom operations: Model.operator_codes[].custom_code."""
    if content[4:8] != b"TFL3":
        raise _Broken("it is no TFLite file")
    codes = _field_of(content, _unsigned(content, 0), _OPERATOR_CODES)
    if codes is None:
        return
    (count,) = struct.unpack_from("<I", content, codes)
    for number in range(count):
        slot = codes + 4 + 4 * number
        text = _field_of(content, slot + _unsigned(content, slot), _CUSTOM_CODE)
        if text is not None:
            (size,) = struct.unpack_from("<I", content, text)
            yield content[text + 4 : text + 4 + min(size, 200)].decode("utf-8")


def _field_of(content: mmap.mmap, table: int, number: int) -> Optional[int]:
    """Where a flatbuffer table's field leads to; None if it has none."""
    (back,) = struct.unpack_from("<i", content, table)
    vtable = table - back
    if vtable < 0:
        raise _Broken("it points outside of itself")
    (size,) = struct.unpack_from("<H", content, vtable)
    if 4 + 2 * number + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", content, vtable + 4 + 2 * number)
    if not offset:
        return None
    slot = table + offset
    return slot + _unsigned(content, slot)


def _unsigned(content: mmap.mmap, position: int) -> int:
    (value,) = struct.unpack_from("<I", content, position)
    return int(value)
