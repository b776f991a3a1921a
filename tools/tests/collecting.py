"""How many tests each file holds, as pytest collects them from the sources."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Dict, Optional

from results import count_collected

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]


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


class Folder:
    """The test files of a folder, collected once for all jobs: each time imports TensorFlow."""

    def __init__(self, folder: Path):
        self._pattern = f"{folder}/**/test_*.py"
        self._counts: Optional[Dict[str, int]] = None
        self._lock = threading.Lock()  # jobs end at the same time

    def collect(self, path: str) -> Dict[str, int]:
        """As collect(path); a file that cannot be collected fails alone."""
        with self._lock:
            if self._counts is None:
                self._counts = collect(self._pattern)
        return {path: self._counts[path]} if path in self._counts else collect(path)
