"""The `tod` command: finds the verb, runs it, turns a user's mistakes into one line."""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import io
import os
import re
import signal
import sys
import threading
from types import FrameType
from typing import Any, Iterator, List, Optional

from tod_ros import __version__
from tod_ros.cli.missing import missing_package
from tod_ros.cli.terminal import printing_harmlessly
from tod_ros.errors import RuntimeMissingError, TodError
from tod_ros.text import MOST_SHOWN, harmless

VERBS = (
    "init",
    "zoo",
    "split",
    "synth",
    "annotate",
    "resize",
    "convert",
    "configure",
    "train",
    "tensorboard",
    "export",
    "evaluate",
    "detect",
    "place",
    "doctor",
)


# What nearly any writing can meet, wherever it is: the mend by the error of the system.
_ALLOWED = "change its permissions, or work in another folder"
_ROOM = "free some space, or work on another disk"
_NAMED = "give another name"
MENDS = {
    **dict.fromkeys((errno.ENAMETOOLONG, errno.ELOOP), _NAMED),
    **dict.fromkeys((errno.EISDIR, errno.ENOTDIR, errno.EINVAL), "move it away, or give another"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _ALLOWED),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _ROOM),
}


def main(argv: Optional[List[str]] = None) -> int:
    """Run one verb and return its exit status: 0 only on success."""
    words = sys.argv[1:] if argv is None else argv
    verb = words[0] if words and words[0] in VERBS else None
    if argv is None:  # this is the whole program
        _restart_for(verb)
    name = f"tod {verb}" if verb else "tod"
    _print_any_name()
    with _kill_as_interrupt() as killed, printing_harmlessly():
        try:
            with _missing_as_error():
                return _run(words, verb)
        except TodError as error:
            for line in str(error).split("\n"):
                print(f"{name}: {line}", file=sys.stderr)
            return 1
        except BrokenPipeError:  # the reader of our output has gone: `tod zoo list | head -1`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except OSError as error:
            if error.errno not in MENDS:
                raise
            where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
            line = harmless(f"{where}{error.strerror}; {MENDS[error.errno]}")
            print(f"{name}: {line}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"\n{name}: interrupted", file=sys.stderr)
            return 128 + (killed[0] if killed else signal.SIGINT)


def _restart_for(verb: Optional[str]) -> None:
    if verb == "train":
        from tod_ros.training.allocator import restart_keeping_memory

        restart_keeping_memory()


def _run(words: List[str], verb: Optional[str]) -> int:
    parser = make_parser(verb)
    _complete(parser)
    try:
        _refuse_dashes(parser, words)
        arguments = parser.parse_args(words)
    except SystemExit as exit_request:  # argparse ends the process; a function returns
        return int(exit_request.code or 0)
    return int(arguments.run(arguments))


def _refuse_dashes(parser: argparse.ArgumentParser, words: List[str]) -> None:
    """`--option=--`: argparse takes the value for the end of the options, and the verb gets []."""
    for word in words:
        if word == "--":
            return
        if re.fullmatch(r"--[^=]+=--|-[^-].*--", word):
            parser.error(f"{word[:MOST_SHOWN]}: -- is no value")


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell's Tab and end; do nothing else, and nothing where argcomplete is missing."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)


@contextlib.contextmanager
def _missing_as_error() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        text = missing_package(error)
        if text is None:
            raise
        raise RuntimeMissingError(text) from error


@contextlib.contextmanager
def _kill_as_interrupt() -> Iterator[List[int]]:
    """`kill` ends a verb as Ctrl-C does: nothing half-written stays. Yields what signals came."""
    killed: List[int] = []

    def interrupt(number: int, frame: Optional[FrameType]) -> None:
        killed.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield killed
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield killed
    finally:
        signal.signal(signal.SIGTERM, before)


def make_parser(verb: Optional[str] = None) -> argparse.ArgumentParser:
    """The command with all its verbs, or only as much as this verb needs: that is quicker."""
    parser = argparse.ArgumentParser(
        prog="tod", description="Teach a robot to recognise objects, step by step."
    )
    parser.add_argument("--version", action="version", version=f"tod_ros {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in VERBS:
        if name == verb:
            _add_verb(verbs, name)
        elif verb is None:
            _add_verb_or_what_it_lacks(verbs, name)
        else:
            verbs.add_parser(name)
    return parser


def _add_verb_or_what_it_lacks(verbs: Any, name: str) -> None:
    """For the list of all verbs: one that lacks a package must not hide the others."""
    try:
        with _missing_as_error():
            _add_verb(verbs, name)
    except RuntimeMissingError as error:
        verbs.add_parser(name, help=f"not here: {str(error).split(';')[0]}")


def _add_verb(verbs: Any, name: str) -> None:
    module = importlib.import_module(f"tod_ros.cli.verbs.{name}")
    parser = verbs.add_parser(
        name,
        help=module.SUMMARY,
        description=module.SUMMARY,
        epilog=f"example:\n  {module.EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    parser.set_defaults(run=module.run)


def _print_any_name() -> None:
    """Names of files need not be UTF-8: they are printed as the bytes that they are."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape")
