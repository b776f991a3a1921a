"""What a user sees while a library writes whatever it likes to stdout and stderr.

TensorFlow, its C++ part and the OD API write thousands of lines; they go to a file, also those
written past Python, and only what is said here reaches the terminal.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, TextIO


@dataclass(frozen=True)
class Terminal:
    """The streams as they were."""

    out: TextIO
    err: TextIO

    def say(self, text: str) -> None:
        print(text, file=self.err, flush=True)

    def say_at_once(self, text: str) -> None:
        """For signal handlers: they come in the middle of say(), which cannot be entered twice."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.write(self.err.fileno(), f"{text}\n".encode())


@contextlib.contextmanager
def output_to(path: Path) -> Iterator[Terminal]:
    """Send stdout and stderr of the whole process to the end of the file; yield the real ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(path, "ab", buffering=0))
        streams = [_kept(stack, stream) for stream in (sys.stdout, sys.stderr)]
        for number in (1, 2):
            kept = os.dup(number)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, number)
            os.dup2(log.fileno(), number)
        stack.callback(_flush)
        yield Terminal(*streams)


def _kept(stack: contextlib.ExitStack, stream: TextIO) -> TextIO:
    """The stream itself where it goes elsewhere than to 1 or 2 (a test's), else a copy."""
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return stream
    if number not in (1, 2):
        return stream
    return stack.enter_context(os.fdopen(os.dup(number), "w", encoding="utf-8", errors="replace"))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
