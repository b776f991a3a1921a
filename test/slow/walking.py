"""Verbs run as a user runs them, but in this process; and the commands of the tutorial."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Iterator, List, Tuple

from tod_ros.cli.command import main

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs/tutorial.md"


def tod(*arguments: object) -> Tuple[int, str, str]:
    """Exit status, stdout and stderr of one verb."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


def walked(*arguments: object) -> Tuple[str, str]:
    """stdout and stderr of one verb that must succeed."""
    status, out, err = tod(*arguments)
    assert status == 0, f"tod {' '.join(map(str, arguments))}\n{out}\n{err}"
    return out, err


def tutorial() -> List[Tuple[List[str], List[str]]]:
    """Each command of the tutorial, its words after `tod`, with the lines printed under it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.S):
        command, *printed = block.splitlines()
        assert command.startswith("$ tod "), command
        found.append((shlex.split(command)[2:], printed))
    return found


@contextlib.contextmanager
def changed(path: Path, *replacements: Tuple[str, str]) -> Iterator[None]:
    """The file with other words in it, for as long as the block runs."""
    kept = path.read_text()
    text = kept
    for old, new in replacements:
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new)
    path.write_text(text)
    try:
        yield
    finally:
        path.write_text(kept)
