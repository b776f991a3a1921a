"""A checkpoint to start from that is missing, or that restores other than one thinks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterator

from tod_ros.doctor.finding import Fault
from tod_ros.errors import PipelineError
from tod_ros.pipeline.config_file import architecture, architecture_name, read_pipeline


def checkpoint_faults(config: Any, workspace: Path) -> Iterator[Fault]:
    train = config.train_config
    if not train.fine_tune_checkpoint:
        return
    prefix = str(workspace / train.fine_tune_checkpoint)
    if not os.path.isfile(f"{prefix}.index"):
        yield _missing_checkpoint(prefix), ""
    kind = train.fine_tune_checkpoint_type or "classification"
    if kind == "classification":
        yield (
            "fine_tune_checkpoint_type is `classification`, which restores nothing of a detection"
            " checkpoint; a network of the zoo needs `detection`",
            "",
        )
    elif kind == "fine_tune" and architecture_name(config) == "faster_rcnn":
        yield "fine_tune_checkpoint_type `fine_tune` is refused by Faster R-CNN", ""
    elif kind == "full":
        yield from _full_faults(config, Path(prefix))
    elif kind not in ("detection", "fine_tune"):
        yield f"fine_tune_checkpoint_type is {kind!r}, which is unknown", ""
    # its two values are V1 and V2; unset means V1
    version = train.DESCRIPTOR.fields_by_name["fine_tune_checkpoint_version"]
    if version.enum_type.values_by_number[train.fine_tune_checkpoint_version].name != "V2":
        yield "fine_tune_checkpoint_version is not V2", ""


def _missing_checkpoint(prefix: str) -> str:
    text = f"fine_tune_checkpoint {prefix} is not there ({prefix}.index is looked for)"
    if os.path.isdir(prefix) or prefix.endswith(".index") or ".data-" in prefix:
        text += "; it must be the prefix of the files, such as .../checkpoint/ckpt-0"
    return text


def _full_faults(config: Any, prefix: Path) -> Iterator[Fault]:
    """`full` restores the heads too: they fit the same classes only."""
    source = prefix.parent.parent / "pipeline.config"
    if not source.is_file():
        return
    try:
        theirs = architecture(read_pipeline(source)).num_classes
    except PipelineError as error:
        yield str(error), "get the network again with `tod zoo get`"
        return
    ours = architecture(config).num_classes
    if theirs != ours:
        yield (
            f"fine_tune_checkpoint_type `full` needs the checkpoint's {theirs} classes,"
            f" num_classes is {ours}",
            "",
        )
