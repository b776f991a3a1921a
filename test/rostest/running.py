"""What the rostests share: bounded waiting, and nodes that a test starts and ends itself."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from typing import Any, Callable, Iterator, TypeVar

import roslib.packages

PATIENCE_S = 30.0  # the machine may be slow and loaded
Answer = TypeVar("Answer")


def wait_until(condition: Callable[[], Answer], what: str, timeout_s: float = PATIENCE_S) -> Answer:
    """The condition's first true answer; AssertionError that names `what` after the timeout."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not within {timeout_s:g} s: {what}")


class Node:
    """A node of its own process; its parameters and remappings are given by name."""

    def __init__(self, package: str, kind: str, name: str, remap: Any = (), **parameters: Any):
        self.name = name
        self._log = tempfile.TemporaryFile("w+")
        (program,) = roslib.packages.find_node(package, kind)[:1]
        words = [f"_{key}:={json.dumps(value)}" for key, value in parameters.items()]
        words += [f"{old}:={new}" for old, new in dict(remap).items()]
        environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
        environment["PYTHONUNBUFFERED"] = "1"  # rospy never flushes what it says
        self._process = subprocess.Popen(
            [program, *words, f"__name:={name}"],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=environment,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def output(self) -> str:
        """What it has said until now, on stdout and stderr."""
        self._log.seek(0)
        return self._log.read()

    def wait_for_words(self, words: str) -> None:
        wait_until(lambda: words in self.output(), f"{self.name} says {words!r}")

    def exit_status(self) -> int:
        return self._process.wait(timeout=PATIENCE_S)

    def end(self, by: int = signal.SIGINT) -> float:
        """Send the signal; how many seconds the process took to end."""
        started = time.monotonic()
        self._process.send_signal(by)
        self._process.wait(timeout=PATIENCE_S)
        return time.monotonic() - started


@contextlib.contextmanager
def running(package: str, kind: str, name: str, **arguments: Any) -> Iterator[Node]:
    node = Node(package, kind, name, **arguments)
    try:
        yield node
    except BaseException:
        print(f"--- what {name} said:\n{node.output()}---")
        raise
    finally:
        node.end(signal.SIGKILL)
