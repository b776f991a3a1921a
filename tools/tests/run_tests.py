#!/usr/bin/env python3
"""run_tests.py [check | lint | unit | slow | browser | faults | rostest] [NAME]: the checks.

Two that compute run at a time, with half of the processor's cores each, and beside them two that
mostly wait; what trains gives way to all.
Each is told with its seconds, and those that it had a processor. The last line is "N passed, N
failed"; status 0 only where nothing failed and every test that exists has run.
`check` is what one runs while working. `rostest NAME` and `slow NAME` run one file of their kind.
Run by `make test`, inside tools/ros-env.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, Set, Tuple

from jobs import MAKERS, ROOT, Job, longest_first, tests_elsewhere
from results import Results, failure

ALL_RESULTS = ROOT / ".cache" / "test_results"
RESULTS = ALL_RESULTS / str(os.getpid())  # two runs at once do not meet
AT_ONCE = 2
LOOK_EVERY_S = 0.05
CHECK = (("unit", ""), ("rostest", "capture"), ("rostest", "inference_lesson"), ("lint", ""))


def main(argv: List[str]) -> int:
    if len(argv) > 3 or (len(argv) > 1 and argv[1] not in [*MAKERS, "check"]):
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    os.chdir(ROOT)
    # Started in the background we may ignore Ctrl-C; programs under test must not inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    only = argv[2] if len(argv) == 3 else ""
    kinds = CHECK if argv[1:2] == ["check"] else [(kind, only) for kind in argv[1:2] or MAKERS]
    forget_ended_runs()
    jobs: List[Job] = []
    problems: List[str] = tests_elsewhere()
    for kind, name in kinds:
        jobs += MAKERS[kind](name, problems)
    total = Results()
    for problem in problems:
        print(f"FAILED  {problem}", flush=True)
        total += failure(problem)
    total += run_all(jobs)
    print(total.closing_line())
    return 1 if total.failed or not total.passed else 0


def forget_ended_runs() -> None:
    """Yesterday's results are none; those of a run that goes on elsewhere stay."""
    for folder in ALL_RESULTS.glob("*"):
        if folder == RESULTS or not Path("/proc", folder.name).exists():
            shutil.rmtree(folder, ignore_errors=True)


def run_all(jobs: List[Job]) -> Results:
    running: Set[subprocess.Popen[bytes]] = set()
    total = Results()
    with ThreadPoolExecutor(AT_ONCE) as computing, ThreadPoolExecutor(AT_ONCE) as waiting:
        started = [
            (waiting if job.waits else computing).submit(run, job, running)
            for job in longest_first(jobs)
        ]
        try:
            for ended in started:
                total += ended.result()
        except KeyboardInterrupt:
            for process in list(running):
                _end(process)
            os._exit(130)
    return total


def run(job: Job, running: Set[subprocess.Popen[bytes]]) -> Results:
    """Run one job and report it in one line; what it printed follows only where it failed."""
    folder = RESULTS / job.name.replace(" ", "_")
    folder.mkdir(parents=True)
    command = [part.replace("{results}", str(folder)) for part in job.command]
    if job.niceness:
        command = ["nice", "-n", str(job.niceness), *command]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tod_ros_test.") as scratch:
        status, cpu_s = _run_logged(command, folder, scratch, job, running)
    results = job.judge(status, folder)
    report = f"{'FAILED' if results.failed else 'ok':7} {job.name}: {results.closing_line()}"
    lines = [f"{report} ({time.monotonic() - started:.1f} s, {cpu_s:.1f} s of a processor)"]
    lines += [f"        {problem}" for problem in results.problems]
    if results.failed:
        lines += (folder / "log").read_text(errors="replace").splitlines()[-80:]
    print("\n".join(lines), flush=True)
    return results


def _run_logged(
    command: List[str],
    folder: Path,
    scratch: str,
    job: Job,
    running: Set[subprocess.Popen[bytes]],
) -> Tuple[int, float]:
    """Its exit status, and the seconds that it and what it started had a processor."""
    own = {
        "ROS_LOG_DIR": f"{folder}/ros",
        "ROS_TEST_RESULTS_DIR": str(folder),
        "TMPDIR": scratch,
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    if not job.waits:  # more threads than cores wait for each other: a fifth of a step's time
        own["TF_NUM_INTRAOP_THREADS"] = str(max((os.cpu_count() or 1) // AT_ONCE, 1))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **own},
            start_new_session=True,
        )
        running.add(process)
        try:
            return _ended(process, job.timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            log.write(f"\nstopped after {job.timeout_s:.0f} s\n".encode())
            return -1, 0.0
        finally:
            running.discard(process)


def _ended(process: subprocess.Popen[bytes], timeout_s: float) -> Tuple[int, float]:
    """As process.wait(), which does not tell what one of several children used."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            signalled = os.WIFSIGNALED(status)
            process.returncode = -os.WTERMSIG(status) if signalled else os.WEXITSTATUS(status)
            return process.returncode, used.ru_utime + used.ru_stime
        time.sleep(LOOK_EVERY_S)
    raise subprocess.TimeoutExpired(process.args, timeout_s)


def _end(process: subprocess.Popen[bytes]) -> None:
    """First ask, so that rostest can stop its nodes, which are not in its process group."""
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
            process.wait(15)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv))
