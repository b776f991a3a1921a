"""What the operations that a network is made of do to the world outside of it.

A SavedModel is a program: its graph may hold operations that read and write files, open
connections or call Python. Harmless is what real networks need (config/operations.txt, generated),
and what computes from its inputs alone (config/pure_operations.txt, by hand). Every other operation
counts as reaching outside.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Counter as Counts
from typing import Dict, FrozenSet, List

from tod_ros.errors import ModelError
from tod_ros.files import read_text
from tod_ros.models.graph_file import BY_ITSELF, OF_THE_SAVER, graph_file, read_operations
from tod_ros.shipped import shipped
from tod_ros.text import MOST_SHOWN, one_line

MOST_NAMED = 5
READS, WRITES, NETWORK, PYTHON = "reads files", "writes files", "uses the network", "runs Python"
UNKNOWN = "may do anything, not known to be harmless"
LISTS = (("config", "operations.txt"), ("config", "pure_operations.txt"))
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


@functools.lru_cache(maxsize=None)
def harmless() -> FrozenSet[str]:
    """The operations that compute and do nothing else."""
    lines = [line for parts in LISTS for line in read_text(shipped(*parts)).splitlines()]
    return frozenset(line for line in lines if not line.startswith("#"))


def kind_of(operation: str) -> str:
    """What an operation does to the world outside of the network; "" if nothing."""
    name = re.sub(r"^(Flex|Experimental)", "", operation)  # of TFLite; of older releases
    if operation.endswith(BY_ITSELF):
        return READS if operation.startswith("Restore") else WRITES
    if operation in OF_THE_SAVER:
        return ""
    if name in _KIND_OF:
        return _KIND_OF[name]
    if name in harmless():
        return ""
    return next((kind for kind, words in _BY_WORDS if words.search(name)), UNKNOWN)


def touching(operations: Counts[str]) -> Dict[str, List[str]]:
    """The operations that do something to the world outside, by what they do."""
    found: Dict[str, List[str]] = {}
    for name in sorted(operations):
        if kind_of(name):
            found.setdefault(kind_of(name), []).append(shown_name(name))
    return found


def shown_name(operation: str) -> str:
    """A name from a file as it may be printed."""
    return one_line(operation, MOST_SHOWN)


def refuse_untrusted(part: Path, is_vouched_for: bool) -> None:
    """ModelError for a network that is not to be run unless its user says that he trusts it."""
    found = touching(read_operations(graph_file(part)))
    says = "; ".join(f"{kind}: {', '.join(names[:MOST_NAMED])}" for kind, names in found.items())
    mend = (
        "`tod doctor --model` says more; run it only if you trust who made it, with"
        " --trust (of a node: the parameter trust_model)"
    )
    if found:
        raise ModelError(f"{part}: a network that reaches outside of itself ({says}); {mend}")
    if not is_vouched_for:
        raise ModelError(
            f"{part}: no sha256 sum in model.json vouches for all of it, and a network is a"
            f" program; {mend}"
        )
