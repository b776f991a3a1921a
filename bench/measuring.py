"""Stop-watches for functions, programs and processes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

REPOSITORY = Path(__file__).resolve().parents[1]
CACHE = REPOSITORY / ".cache" / "bench"
LAUNCHER = REPOSITORY / "bench" / "launcher.py"


def timed(work: Callable[[], object]) -> float:
    started_at = time.perf_counter()
    work()
    return time.perf_counter() - started_at


def median_ms(seconds: Sequence[float]) -> float:
    return 1000 * statistics.median(seconds)


def run_timed(command: Sequence[str]) -> Tuple[float, float]:
    """Seconds and peak megabytes of a program that must succeed; its path is a whole one."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), *command]
    done = subprocess.run(launcher, env=quiet_environment(), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    told = json.loads(done.stdout)
    return float(told["seconds"]), float(told["peak_mb"])


def ask(module: str, *words: str) -> Dict[str, Any]:
    """The JSON that a module of bench prints as its last line, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        env=quiet_environment(),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(words)} failed")
    answer: Dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def quiet_environment() -> Dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


def processor_s(pid: int) -> float:
    """Processor time that a process has used, by its own clock: /proc counts in hundredths."""
    return time.clock_gettime(~pid << 3 | 2)  # as clock_getcpuclockid makes it


def idle_shares(pids: Sequence[int], seconds: float) -> List[float]:
    """Processor seconds per second of each process, while nobody asks anything of them."""
    before = [processor_s(pid) for pid in pids]
    time.sleep(seconds)
    return [(processor_s(pid) - old) / seconds for pid, old in zip(pids, before)]


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"process {pid} is gone")
