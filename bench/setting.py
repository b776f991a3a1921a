"""What a run of the measurements goes by."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from bench import networks
from bench.measuring import CACHE


@dataclass(frozen=True)
class Setting:
    """The model that is measured, and how thoroughly; other networks are made when asked for."""

    model: Path
    master_pid: int
    is_short: bool = False
    is_long: bool = False
    real_objects: Optional[Path] = None  # a folder of real pictures with YOLO boxes
    say: Callable[[str], None] = print

    def times(self, count: int) -> int:
        """How often something is done: a short run only shows that it works."""
        return max(1, count // 10) if self.is_short else count

    def course_network(self) -> Path:
        """The course's own network, with random weights."""
        return networks.course_network(CACHE, self.say)

    def unfrozen(self) -> Path:
        """The model that is measured, as the OD API's exporter writes it."""
        return _unfrozen(self.model, self.say)


@functools.lru_cache(maxsize=None)
def _unfrozen(model: Path, say: Callable[[str], None]) -> Path:
    return networks.unfrozen(model, CACHE, say)
