"""A ROS master of one's own, programs on it, and what they have come to, seen from outside."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from typing import Any, Iterator, List, Sequence

from bench.measuring import REPOSITORY, quiet_environment

PATIENCE_S = 300.0
CALLER = "/bench"


@contextlib.contextmanager
def master() -> Iterator[int]:
    """A roscore, which the whole process and its children use from now on; yields its pid."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    os.environ.update(ROS_MASTER_URI=f"http://localhost:{port}", ROS_HOSTNAME="localhost")
    with tempfile.TemporaryDirectory() as log:
        os.environ["ROS_LOG_DIR"] = log
        with program(["rosmaster", "--core", "-p", str(port)]) as process:
            wait_until(is_master_there, "the master")
            yield process.pid


@contextlib.contextmanager
def program(command: Sequence[str]) -> Iterator[subprocess.Popen]:
    """A program, and its end: by Ctrl-C, else by force."""
    process = subprocess.Popen(
        command,
        env=quiet_environment(),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.send_signal(sign)
                process.wait(10)
                break


def node_command(model: Any, runtime: str = "auto") -> List[str]:
    """rosrun, as a user starts the node.

    The runtime is always named: the parameter server keeps the one of the node before.
    """
    parameters = [f"_model:={model}", f"_runtime:={runtime}", "_ready_hold_s:=0.0"]
    return ["rosrun", "tod_ros", "inference", *parameters, "__name:=inference"]


def course_command(model: Any) -> List[str]:
    return [sys.executable, "-m", "bench.course.nn", str(model)]


def empty_command() -> List[str]:
    return [sys.executable, "-m", "bench.empty_node"]


def camera_command() -> List[str]:
    return [sys.executable, "-m", "bench.camera"]


@functools.lru_cache(maxsize=None)
def connect() -> Any:
    """One connection that stays open, so that looking costs the others little."""
    return xmlrpc.client.ServerProxy(os.environ["ROS_MASTER_URI"])


def is_master_there() -> bool:
    try:
        return bool(connect().getPid(CALLER)[0] == 1)
    except OSError:
        return False


def is_service_there(name: str) -> bool:
    return bool(connect().lookupService(CALLER, name)[0] == 1)


def parameter(name: str) -> Any:
    code, _, value = connect().getParam(CALLER, name)
    return value if code == 1 else None


def wait_until(condition: Any, what: str, every_s: float = 0.01) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > until:
            raise SystemExit(f"{what}: not within {PATIENCE_S:g} s")
        time.sleep(every_s)
