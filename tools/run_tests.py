#!/usr/bin/env python3
"""run_tests.py [lint | unit | slow | browser | rostest [NAME]]: run the checks, two at a time.

The last line is "N passed, N failed"; status 0 only where nothing failed and every test that
exists has run.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Set

from results import (
    Results,
    against_sources,
    count_collected,
    failure,
    judge_ros_test,
    left_out,
    read_junit,
    read_ros_tests,
)

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / ".cache" / "test_results"
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
AT_ONCE = 2


@dataclass(frozen=True)
class Job:
    """A command, and how its exit status and the folder of its results tell its outcome."""

    name: str
    command: List[str]
    judge: Callable[[int, Path], Results]
    timeout_s: float = 600.0


def main(argv: List[str]) -> int:
    if len(argv) > 3 or (len(argv) > 1 and argv[1] not in MAKERS):
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    os.chdir(ROOT)
    # Started in the background we may ignore Ctrl-C; programs under test must not inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    kinds = argv[1:2] or list(MAKERS)
    shutil.rmtree(RESULTS, ignore_errors=True)  # yesterday's results are none
    jobs: List[Job] = []
    problems: List[str] = []
    for kind in kinds:
        jobs += MAKERS[kind](argv[2] if len(argv) == 3 else "", problems)
    total = Results()
    for problem in problems:
        print(f"FAILED  {problem}", flush=True)
        total += failure(problem)
    total += run_all(jobs)
    print(total.closing_line())
    return 1 if total.failed or not total.passed else 0


def lint_jobs(_only: str, _problems: List[str]) -> List[Job]:
    shell = ["tools/setup", "tools/ros-env", "tools/demo", "tools/test-py38", "tools/platform.sh"]
    shell += [".ci/run", *sorted(map(str, Path("env-hooks").glob("*.bash")))]
    launch_check = f"{_package('roslaunch')}/scripts/roslaunch-check"
    commands = {
        "ruff check": ["ruff", "check", "--quiet", "--output-format=concise", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "catkin_lint": ["catkin_lint", "--strict", "-q", ".", "test/poppy_controllers"],
        "shellcheck": ["shellcheck", "-x", *shell],
    }
    for file in sorted(Path("launch").glob("*.launch")):
        check = [sys.executable, launch_check, str(file), "project:=desk"]  # has no default
        commands[f"roslaunch-check {file.name}"] = check
    return [Job(name, command, _by_status) for name, command in commands.items()]


def unit_jobs(_only: str, problems: List[str]) -> List[Job]:
    problems += left_out(Path("test/unit").glob("*.py"), _named_as_test("test/unit"))
    return [_pytest_job("unit", "test/unit")]


def slow_jobs(_only: str, problems: List[str]) -> List[Job]:
    return _jobs_by_file("slow", problems)


def browser_jobs(_only: str, problems: List[str]) -> List[Job]:
    if shutil.which("chromium"):
        return _jobs_by_file("browser", problems)
    count = sum(collect("test/browser/test_*.py").values())
    skipped = Results(skipped=count, problems=("no Chromium on this machine",))
    return [Job("browser", ["true"], lambda _status, _results: skipped)]


def _jobs_by_file(kind: str, problems: List[str]) -> List[Job]:
    folder = Path("test", kind)
    problems += left_out(folder.glob("*.py"), _named_as_test(str(folder)))
    return [
        _pytest_job(f"{kind} {file.stem}", str(file), timeout_s=1500.0)
        for file in sorted(folder.glob("test_*.py"))
    ]


def rostest_jobs(only: str, problems: List[str]) -> List[Job]:
    folder = Path("test/rostest")
    files = sorted(folder.glob("*.test"))
    if only:
        files = [file for file in files if file.stem == only]
    if not files:
        problems.append(f"{folder}: no {only or '*'}.test file")
        return []
    expected = {Path(name).name: count for name, count in collect("test/rostest/*.py").items()}
    if not only:
        started = [test.source for file in files for test in read_ros_tests(file)]
        problems += left_out(folder.glob("*.py"), started)

    def judge(file: Path) -> Callable[[int, Path], Results]:
        return lambda status, results: _with_status(
            judge_ros_test(file, results, expected), status, file.name
        )

    rostest = ["rostest", f"--pkgdir={ROOT}", "--package=tod_ros"]
    return [
        Job(
            f"rostest {file.stem}",
            [*rostest, "--results-base-dir={results}", f"--results-filename={file.stem}.xml"]
            + [str(ROOT / file)],
            judge(file),
        )
        for file in files
    ]


MAKERS = {  # the longest first, so that the last one does not run alone for long
    "slow": slow_jobs,
    "browser": browser_jobs,
    "rostest": rostest_jobs,
    "unit": unit_jobs,
    "lint": lint_jobs,
}


def _pytest_job(name: str, path: str, timeout_s: float = 600.0) -> Job:
    def judge(status: int, results: Path) -> Results:
        expected = sum(collect(path).values())
        ran = against_sources(read_junit(results / "pytest.xml"), expected, path)
        return _with_status(ran, status, path)

    command = [*PYTEST, "-q", "--junitxml={results}/pytest.xml", "--durations=5", path]
    return Job(name, command, judge, timeout_s)


def collect(pattern: str) -> Dict[str, int]:
    """File -> number of its tests; one that cannot be collected has one, to be missed."""
    files = sorted(map(str, Path().glob(pattern)))
    run = subprocess.run(
        [*PYTEST, "--collect-only", "-q", *files], stdout=subprocess.PIPE, text=True
    )
    counts = count_collected(run.stdout)
    if run.returncode not in (0, 5):
        print(run.stdout, flush=True)
        counts = {file: counts.get(file, 1) for file in files}
    return counts


def _named_as_test(folder: str) -> List[str]:
    return [file.name for file in Path(folder).glob("test_*.py")] + ["conftest.py"]


def _package(name: str) -> str:
    run = subprocess.run(["rospack", "find", name], stdout=subprocess.PIPE, text=True)
    return run.stdout.strip()


def _by_status(status: int, _results: Path) -> Results:
    return failure(f"ended with status {status}") if status else Results(passed=1)


def _with_status(results: Results, status: int, what: str) -> Results:
    if status and not results.failed:
        return results + failure(f"{what}: its runner ended with status {status}")
    return results


def run_all(jobs: List[Job]) -> Results:
    running: Set[subprocess.Popen[bytes]] = set()
    total = Results()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for results in pool.map(lambda job: run(job, running), jobs):
                total += results
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
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tod_ros_test.") as scratch:
        status = _run_logged(command, folder, scratch, job.timeout_s, running)
    results = job.judge(status, folder)
    report = f"{'FAILED' if results.failed else 'ok':7} {job.name}: {results.closing_line()}"
    lines = [f"{report} ({time.monotonic() - started:.1f} s)"]
    lines += [f"        {problem}" for problem in results.problems]
    if results.failed:
        lines += (folder / "log").read_text(errors="replace").splitlines()[-80:]
    print("\n".join(lines), flush=True)
    return results


def _run_logged(
    command: List[str],
    folder: Path,
    scratch: str,
    timeout_s: float,
    running: Set[subprocess.Popen[bytes]],
) -> int:
    own = {
        "ROS_LOG_DIR": f"{folder}/ros",
        "ROS_TEST_RESULTS_DIR": str(folder),
        "TMPDIR": scratch,
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
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
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            log.write(f"\nstopped after {timeout_s:.0f} s\n".encode())
            return -1
        finally:
            running.discard(process)


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
