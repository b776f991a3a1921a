"""How much memory there is, and how much this program took, in bytes."""

from __future__ import annotations

import re
from pathlib import Path


def free_memory(root: Path = Path("/")) -> float:
    """What can be had: the machine's, or the container's where that is less."""
    free = float("inf")
    for line in _text(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            free = float(line.split()[1]) * 1024
    group = root / "sys/fs/cgroup"
    limit, used = _text(group / "memory.max").strip(), _text(group / "memory.current").strip()
    if limit.isdigit() and used.isdigit():
        files = re.search(r"^inactive_file (\d+)$", _text(group / "memory.stat"), re.MULTILINE)
        kept = float(files.group(1)) if files else 0.0  # given up as soon as it is asked for
        free = min(free, float(limit) - float(used) + kept)
    return free


def most_memory() -> int:
    """The most this program ever held; getrusage() would count who started it as well."""
    found = re.search(r"^VmHWM:\s*(\d+) kB", _text(Path("/proc/self/status")), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def gigabytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
