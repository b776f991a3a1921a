"""What became of the tests: JUnit files against the tests that exist in the sources.

A test runner may end with status 0 though a test failed, none ran, or its result file is old or
missing. So the sources say how many tests exist, the result files say how many ran, and the
difference has failed.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, List, Mapping, Tuple


@dataclass(frozen=True)
class Results:
    """How many tests passed, failed (also those that should have run and did not), were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: Tuple[str, ...] = ()

    @property
    def ran(self) -> int:
        return self.passed + self.failed + self.skipped

    def __add__(self, other: Results) -> Results:
        return Results(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.problems + other.problems,
        )

    def closing_line(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass(frozen=True)
class RosTest:
    """One <test> of a .test file: the name of its result, and the Python file with its tests."""

    name: str
    source: str


def failure(problem: str, count: int = 1) -> Results:
    return Results(failed=count, problems=(problem,))


def read_junit(path: Path) -> Results:
    """The results in one JUnit file, counted case by case: the totals in its head may be wrong."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except FileNotFoundError:
        return failure(f"{path.name}: no such result file")
    except ElementTree.ParseError as error:
        return failure(f"{path.name}: not a result file ({error})")
    total = Results()
    for case in cases:
        label = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
        if case.find("failure") is not None or case.find("error") is not None:
            total += failure(f"{label}: failed")
        elif case.find("skipped") is not None:
            reason = case.find("skipped").get("message", "")  # type: ignore[union-attr]
            total += Results(skipped=1, problems=(f"{label}: skipped: {reason}",))
        else:
            total += Results(passed=1)
    return total


def against_sources(results: Results, expected: int, what: str) -> Results:
    """`results`, with a failure for each of the `expected` tests that did not run; 0 is one too."""
    if expected == 0:
        return results + failure(f"{what}: holds no test")
    missing = expected - results.ran
    if missing > 0:
        return results + failure(f"{what}: {results.ran} of {expected} tests ran", missing)
    return results


def read_ros_tests(path: Path) -> List[RosTest]:
    """The tests that a .test file starts."""
    tests = ElementTree.parse(path).getroot().iter("test")
    return [RosTest(test.attrib["test-name"], test.attrib["type"]) for test in tests]


def judge_ros_test(path: Path, folder: Path, expected: Mapping[str, int]) -> Results:
    """The results in `folder` of one .test file; `expected`: Python file -> number of its tests."""
    tests = read_ros_tests(path)
    if not tests:
        return failure(f"{path.name}: starts no test")
    total = Results()
    for test in tests:
        what = f"{path.name}: {test.name}"
        if test.source not in expected:
            total += failure(f"{what}: {test.source} is not a file with tests beside it")
            continue
        found = sorted(folder.glob(f"**/rosunit-{test.name}.xml"))
        results = read_junit(found[0]) if found else Results()
        total += against_sources(results, expected[test.source], what)
    for summary in sorted(
        folder.glob("**/rostest-*.xml")
    ):  # the fixture's own: did the nodes start
        fixture = read_junit(summary)
        total += Results(failed=fixture.failed, problems=fixture.problems)
    return total


def count_collected(output: str) -> Dict[str, int]:
    """File name -> number of tests, from what `pytest --collect-only -q` prints."""
    counts: Dict[str, int] = {}
    for line in output.splitlines():
        match = re.match(r"(\S+\.py)::\S", line)
        if match:
            counts[match.group(1)] = counts.get(match.group(1), 0) + 1
    return counts


def left_out(sources: Iterable[Path], started: Iterable[str]) -> List[str]:
    """A problem for each source file with tests that nothing starts."""
    names = set(started)
    return [
        f"{source}: has tests, but nothing starts them"
        for source in sorted(sources)
        if source.name not in names and re.search(r"^\s*def test", source.read_text(), re.MULTILINE)
    ]
