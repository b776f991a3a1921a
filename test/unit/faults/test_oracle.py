"""The judge of the fault campaign sees each kind of fault in what was recorded, and no other."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import cv2
import numpy as np
import pytest
from gate import Write
from oracle import Pictures, Trouble, judge

RESULT, HANDOVER, LABEL = "/inference/result", "/inference/handover", "/label"
LABELS = [2, 1]
Event = Tuple[str, Any]


def request(number: int, labels: List[int], status: str = "ok") -> List[Event]:
    """What the node writes for one request that goes well."""
    events: List[Event] = [
        (HANDOVER, state(number, "looking")),
        ("/takeImage", False),
        ("picture", ["one" if label == 1 else "two" for label in labels]),
        (RESULT, {"request": number, "status": status, "labels": labels}),
    ]
    for cube, label in enumerate(labels, start=1):
        events += [
            (LABEL, -1.0),
            (HANDOVER, state(number, "offered", cube)),
            ("/RobotReady", False),
            (LABEL, label),
        ]
        if cube < len(labels):
            events.append((HANDOVER, state(number, "next", cube + 1)))
    return [*events, (HANDOVER, state(number, "over"))]


def state(number: int, name: str, cube: int = 0) -> Dict[str, Any]:
    return {"request": number, "state": name, "cube": cube}


def judged(events: List[Event], seen: Any = (), troubles: Any = ()):
    """One event after the other, a second apart; a picture comes in the second of the asking."""
    writes, pictures = [], []
    for at, (name, value) in enumerate(events):
        if name == "picture":
            pictures.append({"at": at - 1.0, "caller": "/inference", "names": value})
        else:
            writes.append(Write(float(at), name, value, 1))
    return judge(writes, pictures, seen, troubles)


def without(events: List[Event], name: str, value: Any) -> List[Event]:
    at = events.index((name, value))
    return events[:at] + events[at + 1 :]


def told(verdict: Any) -> Dict[str, int]:
    return {kind: getattr(verdict, kind) for kind in ("right", "wrong", "doubled", "lost")}


def test_what_went_well_is_right():
    verdict = judged(request(1, LABELS) + request(2, [], "no_cubes") + request(3, [1, 1]))
    assert told(verdict) == {"right": 4, "wrong": 0, "doubled": 0, "lost": 0}
    assert (verdict.served, verdict.completed, verdict.problems) == (3, 3, [])


GOOD = request(1, LABELS)
FIRST_OFFER = GOOD.index((LABEL, 2))


@pytest.mark.parametrize(
    "kind, events",
    [
        ("wrong", [(n, ["one", "one"]) if n == "picture" else (n, v) for n, v in GOOD]),
        ("wrong", [*GOOD[:FIRST_OFFER], (LABEL, 1), *GOOD[FIRST_OFFER + 1 :]]),
        ("wrong", [(LABEL, 2)]),
        ("wrong", without(GOOD, "picture", ["two", "one"])),
        ("doubled", [*GOOD[: FIRST_OFFER + 1], *GOOD[FIRST_OFFER - 3 :]]),
        ("doubled", [*GOOD[:4], *GOOD]),
        ("lost", [*GOOD[: FIRST_OFFER + 1], *request(2, LABELS)]),
        ("lost", without(GOOD, LABEL, 2)),
        ("lost", [*GOOD[:3], (RESULT, {"request": 1, "status": "camera_failed", "labels": []})]),
    ],
)
def test_each_fault_is_seen(kind, events):
    assert told(judged([*events, *request(9, LABELS)]))[kind] > 0


def test_an_answer_that_a_hung_master_got_twice_is_one_answer():
    assert told(judged([*GOOD[:4], *GOOD[3:]])) == told(judged(GOOD))


def test_cubes_that_are_left_are_not_lost_when_a_controller_asked_or_the_parameters_are_gone():
    events = [*GOOD[: FIRST_OFFER + 1], *request(2, LABELS)]
    ask = {"at": float(FIRST_OFFER + 1), "who": "/party", "event": "ask"}
    trouble = Trouble("master killed", FIRST_OFFER, FIRST_OFFER + 2.0, destroys=True)
    for verdict in (judged(events, seen=[ask]), judged(events, troubles=[trouble])):
        assert (verdict.lost, verdict.abandoned, verdict.problems) == (0, 1, [])


@pytest.mark.parametrize(
    "taken, done, kind", [([2, 2], None, "wrong"), ([1], None, "wrong"), ([2], [2], "lost")]
)
def test_what_a_controller_took_is_compared_with_what_it_was_told(taken, done, kind):
    seen = [{"at": 1.0, "who": "/party", "event": "result", "labels": LABELS}]
    seen += [{"at": 2.0, "who": "/party", "event": "label", "label": label} for label in taken]
    if done:
        seen.append({"at": 3.0, "who": "/party", "event": "done", "labels": done})
    assert told(judged(GOOD, seen))[kind] == 1


def test_pictures_that_are_gone_altered_half_or_twice_the_same_are_seen(tmp_path):
    rng = np.random.default_rng(1)
    shown = []
    for name in ("image1.png", "image2.png", "image3.png"):
        bgr = rng.integers(0, 256, (8, 20, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / name), bgr)
        shown.append({"caller": "/capture", "sha1": _sha1(bgr)})
    pictures = Pictures()
    for name in ("image1.png", "image2.png"):
        pictures.note(str(tmp_path / name), shown)
    assert (pictures.check_all(tmp_path, shown), pictures.problems) == (3, [])
    pictures.note(str(tmp_path / "image1.png"), shown)
    (tmp_path / "image1.png").unlink()
    (tmp_path / "image2.png").write_bytes((tmp_path / "image3.png").read_bytes())
    (tmp_path / "image4.png").write_bytes((tmp_path / "image3.png").read_bytes()[:60])
    pictures.check_all(tmp_path, shown)
    assert [problem.rsplit("/", 1)[-1] for problem in pictures.problems] == [
        "image1.png was given twice",
        "image4.png is no picture that the camera showed",
        "image1.png is gone, or another picture",
        "image2.png is gone, or another picture",
    ]


def _sha1(bgr: np.ndarray) -> str:
    import hashlib

    return hashlib.sha1(bgr.tobytes()).hexdigest()
