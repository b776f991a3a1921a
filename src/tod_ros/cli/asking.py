"""Questions to whoever sits at the terminal; a program is never asked."""

from __future__ import annotations

import sys


def says_yes(question: str) -> bool:
    """Whether the answer is yes; no where nobody sits there, or nothing is answered."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes", "o", "oui")
    except EOFError:
        return False
