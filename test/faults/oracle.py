"""Judges what happened, from what others saw: never from what the code under test says of itself.

The camera's log tells what each picture showed. The gate's tells what the inference node wrote to
the master. The controller's tells what it took. Three rules:

right     a result that names cubes names those of the picture that the camera answered last
once      of each request every label is written once, in the order of the result, and a controller
          took just those
no loss   a request is handed over to its end, unless a controller asked anew or somebody destroyed
          the parameters
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import cv2
from gate import Write

LABELS = {"one": 1, "two": 2}
GOOD = ("ok", "no_cubes")
PROMPT_S = 1.0  # a busy machine may keep the camera longer than the node waits for it
RESULT, HANDOVER, LABEL = "/inference/result", "/inference/handover", "/label"


@dataclass
class Request:
    """One answered request, as it went through the gate."""

    at: float
    number: int
    labels: Tuple[int, ...]
    written: List[int] = field(default_factory=list)
    is_over: bool = False


@dataclass
class Verdict:
    served: int = 0  # answered from a picture
    failed: int = 0  # answered that there was no picture
    completed: int = 0  # handed over to the end
    abandoned: int = 0
    right: int = 0
    wrong: int = 0
    doubled: int = 0
    lost: int = 0
    problems: List[str] = field(default_factory=list)

    def blame(self, kind: str, text: str, count: int = 1) -> None:
        setattr(self, kind, getattr(self, kind) + count)
        self.problems.append(f"{kind}: {text}")


@dataclass(frozen=True)
class Trouble:
    """While a fault and what came of it lasted; `destroys`: parameters were lost by it."""

    name: str
    begun: float
    ended: float
    destroys: bool


def judge(
    writes: Sequence[Write],
    answers: Sequence[Dict[str, Any]],
    seen: Sequence[Dict[str, Any]],
    troubles: Sequence[Trouble],
) -> Verdict:
    """`seen`: of all controllers, in the order of time."""
    verdict = Verdict()
    pictures = [a for a in answers if a["caller"] == "/inference"]
    requests = _requests(writes, pictures, troubles, verdict)
    asks = [event["at"] for event in seen if event["event"] == "ask"]
    for number, request in enumerate(requests):
        end = requests[number + 1].at if number + 1 < len(requests) else float("inf")
        _check_end(request, end, asks, troubles, verdict, is_last=number + 1 == len(requests))
    _check_controllers(requests, seen, verdict)
    return verdict


def _requests(
    writes: Sequence[Write],
    pictures: Sequence[Dict[str, Any]],
    troubles: Sequence[Trouble],
    verdict: Verdict,
) -> List[Request]:
    requests: List[Request] = []
    current: Optional[Request] = None
    offered, looking_since = 0, 0.0
    for before, write in zip((None, *writes), writes):
        value = write.value
        if write.name == RESULT and before is not None and _is_same(before, write):
            continue  # the master hung and carried it out late, after the node had tried again
        if write.name == HANDOVER and isinstance(value, dict):
            if value["state"] == "looking":
                looking_since = write.at
            offered = value["cube"] if value["state"] == "offered" else 0
            if current and value["state"] == "over" and value["request"] == current.number:
                current.is_over = True
        elif write.name == RESULT and isinstance(value, dict):
            current = _answered(write, looking_since, pictures, troubles, verdict, current)
            if current is not None:
                requests.append(current)
        elif write.name == LABEL and type(value) is int and value > 0:
            _check_label(value, offered, current, verdict)
    return requests


def _is_same(first: Write, second: Write) -> bool:
    return (first.name, first.value) == (second.name, second.value)


def _answered(
    write: Write,
    looking_since: float,
    pictures: Sequence[Dict[str, Any]],
    troubles: Sequence[Trouble],
    verdict: Verdict,
    before: Optional[Request],
) -> Optional[Request]:
    value = write.value
    what = f"request {value['request']} of master {write.master}"
    if before is not None and before.number == value["request"] and not before.is_over:
        verdict.blame("doubled", f"{what} was answered twice")
    if value["status"] not in GOOD:
        verdict.failed += 1
        in_time = [p for p in pictures if 0 <= p["at"] - looking_since <= PROMPT_S]
        if in_time and not any(t.begun <= write.at <= t.ended for t in troubles):
            verdict.blame("lost", f"{what} failed, but the camera had answered: {value['status']}")
        return None
    verdict.served += 1
    shown = [p for p in pictures if looking_since <= p["at"] <= write.at]
    truths = [[LABELS[name] for name in picture["names"]] for picture in shown]
    # the call of a node that was killed may be answered between those of the next one
    allowed = truths if any(t.begun <= write.at <= t.ended for t in troubles) else truths[-1:]
    if value["labels"] not in allowed:
        verdict.blame("wrong", f"{what}: told {value['labels']}, shown {allowed}")
    return Request(write.at, value["request"], tuple(value["labels"]))


def _check_label(value: int, offered: int, request: Optional[Request], verdict: Verdict) -> None:
    if request is None or not 0 < offered <= len(request.labels):
        verdict.blame("wrong", f"label {value} of no cube")
        return
    what = f"request {request.number}, cube {offered}"
    if offered <= len(request.written):
        verdict.blame("doubled", f"{what}: label {value} written again")
    elif offered > len(request.written) + 1:
        verdict.blame("lost", f"{what} written after cube {len(request.written)}")
    elif value != request.labels[offered - 1]:
        verdict.blame("wrong", f"{what}: {value} instead of {request.labels[offered - 1]}")
    else:
        verdict.right += 1
    request.written.append(value)


def _check_end(
    request: Request,
    end: float,
    asks: Sequence[float],
    troubles: Sequence[Trouble],
    verdict: Verdict,
    is_last: bool,
) -> None:
    if tuple(request.written) == request.labels and (request.is_over or is_last):
        verdict.completed += 1
        return
    verdict.abandoned += 1
    was_asked = any(request.at - 0.5 <= at <= end for at in asks)
    was_destroyed = any(t.destroys and t.begun <= end and request.at <= t.ended for t in troubles)
    if not (is_last or was_asked or was_destroyed):
        missing = len(request.labels) - len(request.written)
        verdict.blame("lost", f"request {request.number}: {missing} labels never written")


def _check_controllers(
    requests: Sequence[Request], seen: Sequence[Dict[str, Any]], verdict: Verdict
) -> None:
    """Each controller takes the labels of a result one after the other; `done` closes the list."""
    told: Dict[str, List[int]] = {}
    taken: Dict[str, List[int]] = {}
    for event in seen:
        who, kind = event["who"], event["event"]
        if kind == "result":
            told[who], taken[who] = event["labels"], []
        elif kind == "label":
            taken[who].append(event["label"])
            if taken[who] != told[who][: len(taken[who])]:
                verdict.blame("wrong", f"{who} took {taken[who]} where {told[who]} was told")
        elif kind == "done" and event["labels"] != told[who]:
            verdict.blame("lost", f"{who} took {event['labels']} of {told[who]}")


@dataclass
class Pictures:
    """What the capture node said it stored, against what lies on the disk."""

    stored: Dict[str, str] = field(default_factory=dict)
    problems: List[str] = field(default_factory=list)

    def note(self, path: str, shown: Sequence[Dict[str, Any]]) -> None:
        if path in self.stored:
            self.problems.append(f"{path} was given twice")
        digest = _digest(path)
        if digest not in {a["sha1"] for a in shown if a["caller"] == "/capture"}:
            self.problems.append(f"{path} is not what the camera showed")
        self.stored[path] = digest

    def check_all(self, project: Path, shown: Sequence[Dict[str, Any]]) -> int:
        """What has a picture's name is whole, and nothing stored is gone; how many there are."""
        known = Counter(a["sha1"] for a in shown if a["caller"] == "/capture")
        files = sorted(p for p in project.rglob("image*") if p.is_file())
        for path in files:
            if _digest(str(path)) not in known:
                self.problems.append(f"{path} is no picture that the camera showed")
        for path, digest in self.stored.items():
            if _digest(path) != digest:
                self.problems.append(f"{path} is gone, or another picture")
        return len(files)


def _digest(path: str) -> str:
    bgr = cv2.imread(path)
    return "unreadable" if bgr is None else hashlib.sha1(bgr.tobytes()).hexdigest()
