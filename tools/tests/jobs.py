"""The checks there are: linters, unit, slow and browser tests, rostests, harm done on purpose.

It is long because each kind of check is made here, and judged in its own way.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Dict, Iterable, List

from collecting import PYTEST, collect, collected
from results import (
    Results,
    against_sources,
    failure,
    judge_ros_test,
    left_out,
    read_junit,
    read_ros_tests,
)

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["test/poppy_controllers"]
SHELL_TOOLS = ["setup", "ros-env", "run-demo", "own-workspace", "test-py38", "platform.sh"]

SHARED = "slow others"  # the job of the short slow tests, whose process imports TensorFlow once

# The longest first, so that the last one does not run alone for long; others are as good as equal.
LONGEST = (
    "slow test_road",
    "slow test_batch_norm",
    "slow test_few_objects",
    "slow test_few_pictures",
    "slow test_course_network",
    "slow test_masks",
    SHARED,
    "unit m-z",
    "unit a-l",
    "slow test_two_workers",
    "faults",
    "rostest capture",
)

# Besides the longest these have a process of their own: one measures its memory, the other names
# layers, which Keras numbers in each process.
OWN_PROCESS = ("slow test_conversion_of_many", "slow test_real_network")


@dataclass(frozen=True)
class Job:
    """A command, and how its exit status and the folder of its results tell its outcome.

    `waits`: it has the processor for a small part of its time only. `niceness`: of what takes the
    processor for minutes, so that others, some of them judged by their time, have it first.
    """

    name: str
    command: List[str]
    judge: Callable[[int, Path], Results]
    timeout_s: float = 600.0
    waits: bool = False
    niceness: int = 0


def longest_first(jobs: Iterable[Job]) -> List[Job]:
    """Those that are not known to be long keep their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    return sorted(jobs, key=lambda job: places.get(job.name, len(LONGEST)))


def lint_jobs(_only: str, _problems: List[str]) -> List[Job]:
    shell = [f"tools/{name}" for name in SHELL_TOOLS]
    shell += [".ci/run", *sorted(map(str, Path("env-hooks").glob("*.bash")))]
    launch_check = f"{_package('roslaunch')}/scripts/roslaunch-check"
    commands = {
        "ruff check": ["ruff", "check", "--quiet", "--output-format=concise", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "catkin_lint": ["catkin_lint", "--strict", "-q", ".", *PACKAGES],
        "shellcheck": ["shellcheck", "-x", *shell],
    }
    for file in sorted(Path("launch").glob("*.launch")):
        check = [sys.executable, launch_check, str(file), "project:=desk"]  # has no default
        commands[f"roslaunch-check {file.name}"] = check
    return [Job(name, command, _by_status) for name, command in commands.items()]


def unit_jobs(_only: str, problems: List[str]) -> List[Job]:
    """Two about as long as each other, by the name of the room, or of the file that has none."""
    folder = Path("test/unit")
    problems += left_out(folder.rglob("*.py"), _named_as_test(str(folder)))
    parts: Dict[str, List[str]] = {"unit a-l": [], "unit m-z": []}
    for file in sorted(folder.rglob("test_*.py")):
        about = re.sub("^test_", "", file.relative_to(folder).parts[0])
        parts["unit a-l" if about < "m" else "unit m-z"].append(str(file))
    return [_pytest_job(name, files) for name, files in parts.items() if files]


def slow_jobs(only: str, problems: List[str]) -> List[Job]:
    files = _files_by_job("slow", problems)
    if only:
        files = {name: file for name, file in files.items() if name == f"slow {only}"}
        problems += [] if files else [f"test/slow: no {only}.py"]
    jobs: Dict[str, List[str]] = {}
    for name, file in files.items():
        is_alone = only or name in (*LONGEST, *OWN_PROCESS)
        jobs.setdefault(name if is_alone else SHARED, []).append(file)
    made = (_pytest_job(name, those) for name, those in jobs.items())
    return [replace(job, timeout_s=1500.0, niceness=10) for job in made]


def browser_jobs(_only: str, problems: List[str]) -> List[Job]:
    if shutil.which("chromium"):
        files = _files_by_job("browser", problems).items()
        made = (_pytest_job(name, [file]) for name, file in files)
        return [replace(job, timeout_s=1500.0, waits=True) for job in made]
    count = sum(collect("test/browser/**/test_*.py").values())
    skipped = Results(skipped=count, problems=("no Chromium on this machine",))
    return [Job("browser", ["true"], lambda _status, _results: skipped)]


def _files_by_job(kind: str, problems: List[str]) -> Dict[str, str]:
    folder = Path("test", kind)
    problems += left_out(folder.rglob("*.py"), _named_as_test(str(folder)))
    files = (file.relative_to(folder) for file in sorted(folder.rglob("test_*.py")))
    return {f"{kind} {'_'.join(file.parts)[:-3]}": str(folder / file) for file in files}


def faults_jobs(_only: str, _problems: List[str]) -> List[Job]:
    command = [sys.executable, "test/faults/campaign.py", "--short"]
    return [Job("faults", command, _by_status, waits=True)]


def rostest_jobs(only: str, problems: List[str]) -> List[Job]:
    folder = Path("test/rostest")
    files = sorted(folder.rglob("*.test"))
    if only:
        files = [file for file in files if file.stem == only]
    if not files:
        problems.append(f"{folder}: no {only or '*'}.test file")
        return []
    if not only:
        started = [test.source for file in files for test in read_ros_tests(file)]
        problems += left_out(folder.rglob("*.py"), started)

    @functools.lru_cache(maxsize=None)
    def expected() -> Dict[str, int]:  # late: nothing has to wait for it
        return {Path(name).name: tests for name, tests in collect("test/rostest/**/*.py").items()}

    def judge(file: Path) -> Callable[[int, Path], Results]:
        return lambda status, results: _with_status(
            judge_ros_test(file, results, expected()), status, file.name
        )

    rostest = ["rostest", f"--pkgdir={ROOT}", "--package=tod_ros"]
    return [
        Job(
            f"rostest {file.stem}",
            [*rostest, "--results-base-dir={results}", f"--results-filename={file.stem}.xml"]
            + [str(ROOT / file)],
            judge(file),
            waits=True,
        )
        for file in files
    ]


MAKERS = {
    "slow": slow_jobs,
    "browser": browser_jobs,
    "faults": faults_jobs,
    "rostest": rostest_jobs,
    "unit": unit_jobs,
    "lint": lint_jobs,
}


def tests_elsewhere() -> List[str]:
    """A problem for each test file in a folder that no kind of check looks into."""
    files = sorted(Path("test").glob("**/test_*.py"))
    return [f"{file}: nothing runs it" for file in files if file.parts[1] not in MAKERS]


def _pytest_job(name: str, files: List[str]) -> Job:
    """Each file is named, so that pytest passes over none, whatever the folder is called."""

    def judge(status: int, results: Path) -> Results:
        what = files[0] if len(files) == 1 else name
        try:
            counts = collected(results)
        except (FileNotFoundError, ValueError):  # not there, or half of it
            return failure(f"{what}: its runner ended with status {status} before it began")
        ran = against_sources(read_junit(results / "pytest.xml"), sum(counts.values()), what)
        for file in files:
            if not counts.get(file):
                ran += failure(f"{file}: pytest finds no test in it")
        return _with_status(ran, status, what)

    command = [*PYTEST, "-q", "--junitxml={results}/pytest.xml", "--durations=5", *files]
    return Job(name, command, judge)


def _named_as_test(folder: str) -> List[str]:
    return [file.name for file in Path(folder).rglob("test_*.py")] + ["conftest.py"]


def _package(name: str) -> str:
    run = subprocess.run(["rospack", "find", name], stdout=subprocess.PIPE, text=True)
    return run.stdout.strip()


def _by_status(status: int, _results: Path) -> Results:
    return failure(f"ended with status {status}") if status else Results(passed=1)


def _with_status(results: Results, status: int, what: str) -> Results:
    if status and not results.failed:
        return results + failure(f"{what}: its runner ended with status {status}")
    return results
