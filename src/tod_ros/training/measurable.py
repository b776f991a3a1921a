"""What a run must be able to do to be measured and tried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional, Protocol


class Measurable(Protocol):
    """A network that learns: learner.Learner, or a test's double."""

    run_dir: Path
    network: Any

    def take_step(self) -> Any: ...

    def restore(self) -> Optional[str]: ...

    def last_checkpoint(self) -> Optional[str]: ...

    def measure(self) -> Dict[str, float]: ...

    def keep_as_best(self) -> str: ...
