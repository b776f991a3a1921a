"""Wrong names answered with the right one, and names from files that may hold anything."""

from __future__ import annotations

import difflib
from typing import Iterable

MOST_LETTERS = 200  # of a class's name: what is longer is none, and would fill the screen
MOST_SHOWN = 60


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """', did you mean 'x'?', or the list of what is known when nothing is near."""
    candidates = sorted(known)
    near = difflib.get_close_matches(str(name)[:MOST_LETTERS], candidates, n=1)
    if near:
        return f", did you mean {near[0]!r}?"
    return f" (known: {', '.join(candidates)})"


def shown(text: str) -> str:
    """A text from a file in quotes, on one line and no longer than that."""
    return repr(text) if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]!r}..."
