#!/usr/bin/env python3
"""campaign.py [--minutes 20 | --short] [--seed N] [--model FOLDER] [--pictures N] [--looks N]

Runs the real nodes under roslaunch, does harm to them at random points, and judges from outside
what became of every request and every picture (oracle.py). Prints faults tried, requests served,
labels right, wrong, doubled and lost, and the longest recovery. Status 0 only where nothing was
wrong, doubled, lost or stuck. `--pictures N` does no harm: N pictures through the inference node,
and what that costs in memory, files and threads.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Dict, List, Optional

from all_harms import SHORT, all_harms
from gate import Write
from harm import Harm, Scene
from long_run import LEAST_PICTURES, run_long
from oracle import GOOD, LABEL, Pictures, Trouble, Verdict, judge
from world import HERE, Stuck, World, small_disk

GOAL_S = 5.0
STUCK_S = 60.0
SHORT_S = 30.0  # of harm, besides starting and ending


class Campaign:
    def __init__(self, world: World, seed: int):
        self.world, self.random = world, Random(seed)
        self.pictures = Pictures()
        self.scene = Scene(world, self.random, self.pictures)
        self.troubles: List[Trouble] = []
        self.recoveries: Dict[str, List[float]] = {}
        self.stuck: List[str] = []
        self._calm = 1

    def run(self, harms: List[Harm], seconds: float, calm: int) -> None:
        """Harm after harm, with up to `calm` requests in peace before each."""
        self._calm = calm
        self.world.wait_for_events(3, ("done",), STUCK_S)
        until = time.monotonic() + seconds
        deck: List[Harm] = []
        while time.monotonic() < until:
            if not deck:
                deck = self.random.sample(harms, len(harms))
            self.one(deck.pop())

    def one(self, harm: Harm) -> None:
        self.world.wait_for_events(self.random.randrange(1, self._calm + 1), ("done",), STUCK_S)
        time.sleep(self.random.uniform(0.0, 0.2))
        begun = time.monotonic()
        try:
            gone = harm.do(self.scene)
            recovered = self.world.wait(lambda: self._progress(gone), "progress after it", STUCK_S)
        except Stuck as error:
            self.stuck.append(f"{harm.name}: {error}")
            self.troubles.append(Trouble(harm.name, begun, time.monotonic(), harm.destroys))
            raise
        self.recoveries.setdefault(harm.name, []).append(max(0.0, recovered - gone))
        # a camera may come back later than the rest: it looks for a new master now and then
        self.world.wait(lambda: self.world.is_served("/get_image"), "the camera", STUCK_S)
        # what the harm has led to comes to its end in the next request
        self.world.wait_for_events(1, ("done",), STUCK_S)
        self.troubles.append(Trouble(harm.name, begun, time.monotonic(), harm.destroys))
        say(f"{harm.name}: back after {recovered - gone:.2f} s")

    def _progress(self, since: float) -> Optional[float]:
        """When the node first answered from a picture, offered a label, or went on to the next."""
        new = [write for write in self.world.gate.writes[-400:] if write.at > since]
        return next((write.at for write in new if is_progress(write)), None)

    def verdict(self) -> Verdict:
        world = self.world
        writes = list(world.gate.writes)  # before the logs: the nodes go on, and so do all three
        for journal in (world.answers, world.seen, world.second):
            journal.new()
        seen = sorted([*world.seen.lines, *world.second.lines], key=lambda event: event["at"])
        return judge(writes, world.answers.lines, seen, self.troubles)

    def report(self, verdict: Verdict, files: int, minutes: float) -> bool:
        tried = sum(map(len, self.recoveries.values()))
        longest = max(
            ((max(times), name) for name, times in self.recoveries.items()), default=(0.0, "none")
        )
        print(f"{'fault':42} {'times':>5} {'recovery, longest':>18}")
        for name, times in sorted(self.recoveries.items()):
            print(f"{name:42} {len(times):5} {max(times):16.2f} s")
        print(
            f"{minutes:.1f} minutes, {tried} faults of {len(self.recoveries)} kinds;"
            f" {verdict.served + verdict.failed} requests answered: {verdict.served} from a"
            f" picture, {verdict.failed} with the reason why there is none;"
            f" {verdict.completed} handed over to the end, {verdict.abandoned} abandoned\n"
            f"labels: {verdict.right} right, {verdict.wrong} wrong, {verdict.doubled} doubled,"
            f" {verdict.lost} lost; stuck: {len(self.stuck)}\n"
            f"pictures stored by capture: {len(self.pictures.stored)} told, {files} on the disk,"
            f" {len(self.pictures.problems)} lost or spoilt\n"
            f"longest recovery: {longest[0]:.2f} s ({longest[1]}), goal {GOAL_S:g} s"
        )
        problems = [*self.stuck, *verdict.problems, *self.pictures.problems, *self.scene.problems]
        for problem in problems[:50]:
            print(f"PROBLEM  {problem}")
        return not problems and verdict.right > 0


def is_progress(write: Write) -> bool:
    value = write.value
    if isinstance(value, dict):
        return value.get("status") in GOOD or value.get("state") in ("next", "over")
    return write.name == LABEL and type(value) is int and value > 0


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def main() -> int:
    arguments = parsed()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    work = Path(tempfile.mkdtemp(prefix="tod_ros_faults."))
    os.environ.update(ROS_HOSTNAME="localhost", ROS_LOG_DIR=str(work / "ros"))
    model = arguments.model or shipped_model()
    status = 1
    try:
        with small_disk(work / "disk", megabytes=400) as disk:
            if disk is None:
                say("no right to mount a small disk: the faults of the disk are left out")
            world = World(
                work,
                disk or work / "disk",
                model,
                arguments.seed,
                with_party=not arguments.pictures,
                looks=arguments.looks,
            )
            try:
                status = run(world, arguments, with_disk=disk is not None)
            finally:
                world.stop()
    finally:
        if status == 0:
            shutil.rmtree(work, ignore_errors=True)
        else:
            print(f"what the nodes said: {work / 'log'}")
    return status


def run(world: World, arguments: argparse.Namespace, with_disk: bool) -> int:
    say(f"seed {arguments.seed}, model {arguments.model or shipped_model()}")
    if arguments.pictures:
        world.start()
        return run_long(world, arguments.pictures)
    if not world.preload:
        say("no C compiler: the clock's jumps are left out")
    harms = chosen(all_harms(with_disk, with_clock=bool(world.preload)), arguments)
    world.start()
    campaign = Campaign(world, arguments.seed)
    started = time.monotonic()
    try:
        seconds = SHORT_S if arguments.short else arguments.minutes * 60
        campaign.run(harms, seconds, calm=2 if arguments.short else 20)
    except Stuck as error:
        campaign.stuck = campaign.stuck or [str(error)]
        print(world.said())
    verdict = campaign.verdict()
    files = campaign.pictures.check_all(world.disk / "cubes", world.answers.lines)
    is_good = campaign.report(verdict, files, (time.monotonic() - started) / 60)
    return 0 if is_good else 1


def chosen(harms: List[Harm], arguments: argparse.Namespace) -> List[Harm]:
    """Ends the program, before anything runs, where no fault is called so."""
    if arguments.only:
        named = [harm for harm in harms if arguments.only in harm.name]
        if not named:
            names = ", ".join(harm.name for harm in harms)
            sys.exit(f"--only {arguments.only!r}: no fault is called so; there are: {names}")
        return named
    return [harm for harm in harms if harm.name in SHORT] if arguments.short else harms


def shipped_model() -> str:
    """The shipped detector."""
    sys.path.append(str(HERE.parent / "rostest"))
    from inference_running import model_folder

    return model_folder()


def parsed(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("--minutes", type=float, default=20.0, help="of harm (20)")
    parser.add_argument("--short", action="store_true", help="half a minute: what the tests run")
    parser.add_argument("--seed", type=int, default=1, help="the same seed does the same harm (1)")
    parser.add_argument("--model", default="", help="model folder; otherwise the shipped one")
    parser.add_argument("--only", default="", help="only the faults whose name holds these words")
    parser.add_argument("--pictures", type=int, default=0, help="no harm: so many pictures")
    parser.add_argument("--looks", type=int, default=1, help="looks at each picture, 1 to 5 (1)")
    arguments = parser.parse_args(argv)
    if not 1 <= arguments.looks <= 5:
        parser.error("--looks: from 1 to 5")
    if arguments.pictures and arguments.pictures < LEAST_PICTURES:
        parser.error(f"--pictures: {LEAST_PICTURES} at least, fewer show no growth")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
