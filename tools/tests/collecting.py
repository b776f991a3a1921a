"""How many tests each file holds, as pytest collects them from the sources."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Dict

from results import count_collected

# Without the plugin that collects garbage five times at the end, which takes seconds after
# TensorFlow: it looks for exceptions that nobody can catch, and only warns of them.
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:unraisableexception"]


def collect(pattern: str) -> Dict[str, int]:
    """File -> number of its tests; none where a file cannot be collected: then all fail."""
    files = sorted(map(str, Path().glob(pattern)))
    run = subprocess.run(
        [*PYTEST, "--collect-only", "-q", *files], stdout=subprocess.PIPE, text=True
    )
    counts = count_collected(run.stdout)
    if run.returncode not in (0, 5):
        print(run.stdout, flush=True)
        return {}
    return counts


def collected(results: Path) -> Dict[str, int]:
    """As collect(), told by the run itself before its first test (test/conftest.py)."""
    counts: Dict[str, int] = json.loads((results / "collected.json").read_text())
    return counts
