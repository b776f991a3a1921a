"""Writes a model folder, whole or not at all, with the card (model.json) that describes it.

models/folder.py reads it.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from tod_ros import __version__
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import ModelError
from tod_ros.models.folder import CARD, LEARNT_FROM
from tod_ros.pipeline.config_file import architecture, architecture_name, input_size_hw


def card_of(
    config: Any,
    steps: Optional[int],
    label_map: LabelMap,
    figures: Optional[Mapping[str, Any]],
    data_hash: Optional[str],
    learnt_from_wh: Optional[Tuple[int, int]] = None,
) -> Dict[str, Any]:
    """What model.json says but for its files; `config` None: nobody knows the network's.

    `learnt_from_wh` is the size of the pictures that it learnt from, where all had the same.
    """
    import google.protobuf
    import tensorflow as tf

    network, size_hw = "unknown", (0, 0)
    if config is not None:
        size_hw = input_size_hw(config)
        network = f"{architecture_name(config)} ({architecture(config).feature_extractor.type})"
    return {
        "classes": list(label_map.names.values()),
        "network": network,
        "input_size_hw": list(size_hw) if all(size_hw) else [],
        **({LEARNT_FROM: list(learnt_from_wh[::-1])} if learnt_from_wh else {}),
        "steps": steps,
        "figures": dict(figures or {}),
        "data_sha256": data_hash,
        "exported": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "versions": {
            "tod_ros": __version__,
            "tensorflow": tf.__version__,
            "protobuf": google.protobuf.__version__,
            "numpy": np.__version__,
        },
    }


def write_card(draft: Path, card: Dict[str, Any]) -> None:
    files = sorted(path for path in draft.rglob("*") if path.is_file() and path.name != CARD)
    card["files"] = {
        path.relative_to(draft).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    (draft / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


@contextlib.contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A hidden folder beside `folder` that takes its place at the end; gone after an error."""
    if folder.exists() and not _may_be_replaced(folder):
        raise ModelError(f"{folder}: is no model folder, it is not replaced; choose another --to")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    gone: List[Path] = []
    try:
        yield draft
        os.chmod(draft, 0o777 & ~_umask())
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
            os.rename(folder, old / "old")
            gone.append(old)
        os.rename(draft, folder)
    finally:
        for leftover in [draft, *gone]:
            shutil.rmtree(leftover, ignore_errors=True)


def _may_be_replaced(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    ours = (folder / CARD).is_file() or (folder / "saved_model" / "saved_model.pb").is_file()
    return ours or not any(folder.iterdir())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
