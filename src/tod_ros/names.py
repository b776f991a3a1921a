"""Wrong names answered with the right one."""

from __future__ import annotations

import difflib
from typing import Iterable


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """', did you mean 'x'?', or the list of what is known when nothing is near."""
    candidates = sorted(known)
    near = difflib.get_close_matches(str(name), candidates, n=1)
    if near:
        return f", did you mean {near[0]!r}?"
    return f" (known: {', '.join(candidates)})"
