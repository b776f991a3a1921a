"""What a person decided about proposals, kept over reloads and restarts.

    images/.tod-annotate.json
    {"train/image001.png": {"rejected": [["two", 31, 118, 180, 270]], "open": true}}

`rejected` are the proposals that were refused; `open` says that a picture with an annotation still
has proposals to decide on. Nothing here is truth: a lost file costs a few clicks.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any, Dict, Iterable, List, Sequence, Tuple

from tod_ros.annotation import Box
from tod_ros.detection import Detection, iou
from tod_ros.files import read_json, set_aside, write_text

FILE_NAME = ".tod-annotate.json"
SAME_IOU = 0.5  # a proposal over a box of the person's says nothing new
SAME_PROPOSAL_IOU = 0.9

log = logging.getLogger("rosout." + __name__)
Refused = Tuple[str, float, float, float, float]


class Decisions:
    """The decisions of one project, written at every change."""

    def __init__(self, path: Path):
        self._path = path
        self._lock = threading.Lock()
        self._rejected: Dict[str, List[Refused]] = {}
        self._open: Dict[str, bool] = {}
        for key, entry in _entries(path).items():
            self._rejected[key] = [tuple(refused) for refused in entry.get("rejected", [])]
            self._open[key] = bool(entry.get("open"))

    def set(self, key: str, rejected: Iterable[Refused], is_open: bool) -> None:
        with self._lock:
            wanted = sorted(rejected)
            if wanted == self._rejected.get(key, []) and is_open == self._open.get(key, False):
                return
            self._rejected[key], self._open[key] = wanted, is_open
            self._write()

    def rejected(self, key: str) -> List[Refused]:
        return list(self._rejected.get(key, ()))

    def undecided(
        self, key: str, proposals: Sequence[Detection], boxes: Sequence[Box], is_saved: bool
    ) -> List[Detection]:
        """The proposals that a person has still to accept or refuse."""
        if is_saved and not self._open.get(key):
            return []
        rejected = self._rejected.get(key, [])
        return [
            proposal
            for proposal in proposals
            if not any(_is_same(proposal, refused) for refused in rejected)
            and not any(iou(proposal.xyxy, box.xyxy) > SAME_IOU for box in boxes)
        ]

    def _write(self) -> None:
        entries = {
            key: {"rejected": rejected, "open": self._open[key]}
            for key, rejected in sorted(self._rejected.items())
            if rejected or self._open[key]
        }
        write_text(self._path, json.dumps(entries, indent=1) + "\n")


def _is_same(proposal: Detection, refused: Refused) -> bool:
    return proposal.name == refused[0] and iou(proposal.xyxy, refused[1:]) > SAME_PROPOSAL_IOU


def _is_refused(entry: Any) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) == 5
        and isinstance(entry[0], str)
        and all(type(side) in (int, float) for side in entry[1:])
    )


def _entries(path: Path) -> Dict[str, Dict[str, Any]]:
    try:
        entries = read_json(path)
        if all(
            isinstance(entry, dict) and all(map(_is_refused, entry.get("rejected", [])))
            for entry in entries.values()
        ):
            return entries
        fault = "not as written by tod annotate"
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        fault = str(error)
    try:
        aside = set_aside(path)
        log.warning("%s: refused proposals are forgotten (%s); kept as %s", path, fault, aside)
    except OSError as error:
        log.warning("%s: refused proposals are forgotten (%s)", path, error.strerror)
    return {}
