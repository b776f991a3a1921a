"""A second ROS master, which a test may kill: the one of rostest must live."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from typing import Callable, Iterator

from running import wait_until


@contextlib.contextmanager
def another_master() -> Iterator[Callable[[], subprocess.Popen]]:
    """A function that starts a master on a port of its own; ours is back at the end."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    before = os.environ["ROS_MASTER_URI"]
    os.environ["ROS_MASTER_URI"] = f"http://localhost:{port}"
    started = []

    def start() -> subprocess.Popen:
        started.append(subprocess.Popen(["rosmaster", "--core", "-p", str(port)]))
        wait_until(lambda: _answers(port), "the master")
        return started[-1]

    try:
        yield start
    finally:
        os.environ["ROS_MASTER_URI"] = before
        for process in started:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("localhost", port)) == 0
