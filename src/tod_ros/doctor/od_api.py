"""The Object Detection API's own test, run in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Sequence

from tod_ros.doctor.finding import Finding, ok, wrong

TEST = "object_detection.builders.model_builder_tf2_test"
TIMEOUT_S = 1800.0
COURSE = "21, 1 skipped"  # what the same test tells with the OD API of the course
PROGRAM = (
    "import importlib, unittest; from tod_ros.training import od_api; od_api.prepare();"
    f" unittest.main(importlib.import_module({TEST!r}), argv=['od_api'])"
)


def check_od_api(
    command: Sequence[str] = (sys.executable, "-c", PROGRAM), timeout_s: float = TIMEOUT_S
) -> Finding:
    """Builds every architecture once; takes a minute or more."""
    try:
        ended = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return wrong("OD API", f"its test {TEST} did not end within {timeout_s:g} s")
    lines = ended.stdout.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    if ended.returncode:
        reason = next((line for line in reversed(lines) if "Error" in line), lines[-1])
        return wrong(
            "OD API", f"its test {TEST} fails: {reason}", "set the package up with `make setup`"
        )
    tests, skipped = _number(r"Ran (\d+) tests?", lines), _number(r"OK \(skipped=(\d+)\)", lines)
    if not tests:  # unittest is content with nothing
        return wrong("OD API", f"its test {TEST} ran nothing", "set it up with `make setup`")
    return ok("OD API", f"its test passes: {tests}, {skipped} skipped (the course: {COURSE})")


def _number(pattern: str, lines: Sequence[str]) -> int:
    """The number in the last line that fits the pattern; 0 where none does."""
    found = [match for match in (re.match(pattern, line) for line in lines) if match]
    return int(found[-1].group(1)) if found else 0
