"""Many pictures through the inference node: what its memory, files and threads do meanwhile.

Nine of ten by ~detect, each compared with what the camera showed; the rest in conversations.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List

import numpy as np
from calling import call
from oracle import LABELS, judge
from world import HERE, World

from tod_ros.srv import Detect

SAMPLES = 40
CONVERSATION_SAMPLES = 10
LEAST_PICTURES = 10 * CONVERSATION_SAMPLES  # one of ten is in a conversation
SLOPE_GOAL_KB = 1.0  # a picture: 10 MB over ten thousand


@dataclass(frozen=True)
class Sample:
    pictures: int
    rss_kb: int
    files: int
    threads: int


def run_long(world: World, pictures: int) -> int:
    """Status 0 where all labels were right and nothing grew."""
    pid = world.pid("inference")
    by_detect = pictures * 9 // 10
    started = time.monotonic()
    asked: List[Sample] = []
    conversed: List[Sample] = []
    wrong = 0
    for number in range(1, by_detect + 1):
        answer = call("/inference/detect", Detect, 30.0)
        shown = world.answers.new()[-1]
        told = [d.label for d in answer.detections.detections]
        wrong += not answer.success or told != [LABELS[name] for name in shown["names"]]
        if number % max(1, by_detect // SAMPLES) == 0:
            asked.append(_sample(pid, number))
    wrong += _converse(world, pictures - by_detect, lambda n: conversed.append(_sample(pid, n)))
    seconds = time.monotonic() - started
    print(f"{len(world.answers.lines)} pictures in {seconds / 60:.1f} minutes, {wrong} wrong")
    # what the first conversation makes once (its publishers, its buffers) is no growth
    grew = [_grew("asked by ~detect", asked), _grew("in conversations", conversed)]
    first, last = asked[len(asked) // 5], conversed[-1]
    print(f"files: {first.files} then {last.files}; threads: {first.threads} then {last.threads}")
    is_same = world.pid("inference") == pid
    leaks = last.files > first.files + 2 or last.threads > first.threads + 2
    return 0 if is_same and not wrong and not leaks and max(grew) < SLOPE_GOAL_KB else 1


def _grew(name: str, samples: List[Sample]) -> float:
    """By how many kB a picture, once it has settled."""
    settled = samples[len(samples) // 5 :]
    slope = float(np.polyfit([s.pictures for s in settled], [s.rss_kb for s in settled], 1)[0])
    first, last = settled[0], settled[-1]
    print(
        f"memory {name}: {first.rss_kb} kB after {first.pictures},"
        f" {last.rss_kb} kB after {last.pictures}; {slope:.3f} kB a picture"
    )
    return slope


def _converse(world: World, pictures: int, look: Callable[[int], None]) -> int:
    """How many labels were not as they had to be; `look` is called now and then."""
    script = [sys.executable, str(HERE / "party.py"), str(world.seen.path)]
    party = subprocess.Popen(script)
    try:
        before = len(world.answers.lines)
        for part in range(1, CONVERSATION_SAMPLES + 1):
            while len(world.answers.lines) < before + pictures * part // CONVERSATION_SAMPLES:
                world.wait_for_events(1, ("done",), 30.0)
                world.answers.new()
            look(len(world.answers.lines))
    finally:
        party.kill()
        party.wait()
    world.seen.new()
    verdict = judge(world.gate.writes, world.answers.lines, world.seen.lines, ())
    for problem in verdict.problems[:20]:
        print(f"PROBLEM  {problem}")
    return len(verdict.problems)


def _sample(pid: object, pictures: int) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text()
    rss_kb = int(status.split("VmRSS:")[1].split()[0])
    files, threads = (len(os.listdir(f"/proc/{pid}/{what}")) for what in ("fd", "task"))
    sample = Sample(pictures, rss_kb, files, threads)
    print(sample, flush=True)
    return sample
