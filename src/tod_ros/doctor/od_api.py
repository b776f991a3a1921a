"""The Object Detection API's own test, run in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Sequence

from tod_ros.doctor.finding import Finding, ok, wrong

TEST = "object_detection.builders.model_builder_tf2_test"
TIMEOUT_S = 1800.0
_PROGRAM = (
    "import importlib, unittest; from tod_ros import od_api; od_api.prepare();"
    f" unittest.main(importlib.import_module({TEST!r}), argv=['od_api'])"
)


def check_od_api(
    command: Sequence[str] = (sys.executable, "-c", _PROGRAM), timeout_s: float = TIMEOUT_S
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
    summary = next((line for line in reversed(lines) if line.startswith("Ran ")), "Ran 0 tests")
    if summary.startswith("Ran 0 "):  # unittest is content with nothing
        return wrong("OD API", f"its test {TEST} ran nothing", "set it up with `make setup`")
    return ok("OD API", f"its test passes ({summary})")
