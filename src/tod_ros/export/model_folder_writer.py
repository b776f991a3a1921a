"""Writes a model folder, whole or not at all, with the card (model.json) that describes it.

models/folder.py reads it.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from tod_ros import __version__
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.locks import held, is_held
from tod_ros.errors import ModelError
from tod_ros.files import (
    draft_folder,
    make_folder,
    move,
    remove_tree,
    sha256_of,
    write_text,
)
from tod_ros.models.folder import CARD, LEARNT_FROM, read_card
from tod_ros.pipeline.config_file import architecture, architecture_name, input_size_hw
from tod_ros.text import shown


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

    It is long because it names every field of the card.
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
    card["files"] = {path.relative_to(draft).as_posix(): sha256_of(path) for path in files}
    write_text(draft / CARD, json.dumps(card, indent=2) + "\n")


@contextlib.contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A hidden folder beside `folder` that takes its place at the end; gone after an error."""
    _refuse_to_replace(folder)
    make_folder(folder.parent)
    _clean_up(folder.parent)
    draft = draft_folder(folder)
    gone: List[Path] = []
    try:
        with held(draft):
            yield draft
            os.chmod(draft, 0o777 & ~_umask())
            if folder.exists():
                _refuse_to_replace(folder)  # a second look: the export took its time
                gone.append(draft_folder(folder))
                move(folder, gone[0] / folder.name)
            move(draft, folder)
    finally:
        for leftover in [draft, *gone]:
            with contextlib.suppress(OSError):
                remove_tree(leftover)


def _refuse_to_replace(folder: Path) -> None:
    """ModelError if anything would be lost with `folder` that an export did not write."""
    if not os.path.lexists(folder):
        return
    mend = "it is not replaced; choose another --to"
    if folder.is_symlink() or not folder.is_dir():
        raise ModelError(f"{folder}: is a link or a file, {mend}")
    there = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    if not there:
        return
    card = read_card(folder / CARD)
    versions = card.get("versions")
    if not isinstance(versions, dict) or "tod_ros" not in versions:
        raise ModelError(f"{folder}: is no model folder that `tod export` wrote, {mend}")
    ours = {folder / CARD, *(folder / name for name in card.get("files", {}))}
    strange = [str(path.relative_to(folder)) for path in there if path not in ours]
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise ModelError(f"{folder}: holds {shown(strange[0])}{more}, not of the export; {mend}")


def _clean_up(parent: Path) -> None:
    """Drafts of exports that were killed; a model folder that one was replacing comes back."""
    for draft in sorted(parent.glob(".draft-*")):
        if draft.is_symlink() or not draft.is_dir() or is_held(draft):
            continue
        with contextlib.suppress(OSError):
            for replaced in draft.iterdir():
                is_model = replaced.is_dir() and (replaced / CARD).is_file()
                if is_model and not os.path.lexists(parent / replaced.name):
                    move(replaced, parent / replaced.name)
            remove_tree(draft)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
