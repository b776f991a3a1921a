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
from typing import Any, Iterator, TextIO

from tod_ros.files import make_folder, open_in_place
from tod_ros.text import harmless_lines


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


class _Harmless:
    """A stream that lets no control code of a file's name or content through.

    A carriage return at the start is a progress bar's, and only a terminal gets to see one.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        start = "\r" if text.startswith("\r") and self._stream.isatty() else ""
        self._stream.write(start + harmless_lines(text[len(start) :]))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def printing_harmlessly() -> Iterator[None]:
    """Whatever is printed inside, to a terminal or through a pipe to one, does nothing to it."""
    out: Any = _Harmless(sys.stdout)
    err: Any = _Harmless(sys.stderr)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


@contextlib.contextmanager
def output_to(path: Path) -> Iterator[Terminal]:
    """Send stdout and stderr of the whole process to the end of the file; yield the real ones."""
    make_folder(path.parent)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open_in_place(path, append=True))
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
    kept: Any = _Harmless(
        stack.enter_context(os.fdopen(os.dup(number), "w", encoding="utf-8", errors="replace"))
    )
    return kept


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
