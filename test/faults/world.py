"""The running system that the campaign does harm to: master, nodes, and the files they work on."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import xmlrpc.client
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

from gate import Gate

HERE = Path(__file__).resolve().parent
NODES = ("inference", "capture", "simulated_camera", "party")
SCENES = 20
START_WITHIN_S = 180.0


class Stuck(Exception):
    """What had to come did not come."""


class Journal:
    """A file of JSON lines that others write; `new` gives those that came since the last time."""

    def __init__(self, path: Path):
        self.path = path
        self.lines: List[Dict[str, Any]] = []
        self._read_to = 0

    def new(self) -> List[Dict[str, Any]]:
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as opened:
            opened.seek(self._read_to)
            *whole, _ = opened.read().split(b"\n")
            self._read_to += sum(len(line) + 1 for line in whole)
            self.lines += [json.loads(line) for line in whole]
            return self.lines[len(self.lines) - len(whole) :]
        return []


class World:
    """`work` is a folder of its own; `disk` the one that capture writes to, which can be filled."""

    def __init__(
        self,
        work: Path,
        disk: Path,
        model: str,
        seed: int,
        with_party: bool = True,
        looks: int = 1,
    ):
        self.work, self.disk, self.seed, self._looks = work, disk, seed, looks
        self.model = work / "model"
        shutil.copytree(model, self.model)
        self.answers = Journal(work / "answers")
        self.seen = Journal(work / "seen")
        self.second = Journal(work / "second")
        self.port = _free_port()
        os.environ["ROS_MASTER_URI"] = f"http://localhost:{self.port}"
        self.gate = Gate(self.port, lambda: self.kill("inference"))
        self._with_party = with_party
        self._core: Optional[subprocess.Popen] = None
        self._launch: Optional[subprocess.Popen] = None
        self.shift = work / "shift"
        self.shift.write_bytes(struct.pack("d", 0.0))
        self.preload = _built_shift(work)

    def start(self) -> None:
        images = self.work / "scenes"
        images.mkdir()
        words = [str(self.model), str(images), str(SCENES), str(self.seed), str(self._looks)]
        subprocess.run([sys.executable, str(HERE / "scenes.py"), *words], check=True)
        self.start_master()
        arguments = {
            "model": self.model,
            "images": images,
            "answers": self.answers.path,
            "party": self.seen.path,
            "has_party": str(self._with_party).lower(),
            "project": self.disk / "cubes",
            "gate": self.gate.uri,
            "looks": self._looks,
            "preload": self.preload,
            "shift": self.shift,
        }
        self._launch = subprocess.Popen(
            ["roslaunch", "--skip-log-check", "--disable-title", str(HERE / "campaign.launch")]
            + [f"{name}:={value}" for name, value in arguments.items()],
            stdout=(self.work / "log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.wait(lambda: self.is_served("/inference/detect"), "the inference node", START_WITHIN_S)
        self.wait(lambda: self.is_served("/capture/capture"), "the capture node", START_WITHIN_S)

    def start_master(self) -> None:
        self._core = subprocess.Popen(
            ["roscore", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.wait(lambda: self.ask("getPid") is not None, "the master", START_WITHIN_S)
        self.gate.master_number += 1

    def kill_master(self) -> None:
        """As a power cut would: the master is gone at once, and all parameters with it."""
        assert self._core is not None
        for pid in _children(self._core.pid):
            if "rosmaster" in _command(pid):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._core.pid, signal.SIGKILL)
        for pid in _children(self._core.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._core.wait()

    def hang_master(self, seconds: float) -> None:
        """It answers nothing, and all that is sent to it waits in its sockets."""
        assert self._core is not None
        (pid,) = [p for p in _children(self._core.pid) if "rosmaster" in _command(p)]
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        for process in (self._launch, self._core):
            if process is None:
                continue
            family = _descendants(process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            for pid in [*family, process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        self.gate.close()

    def pid(self, node: str) -> Optional[int]:
        assert self._launch is not None
        for pid in _children(self._launch.pid):
            if f"__name:={node}\0" in _command(pid):
                return pid
        return None

    def kill(self, node: str) -> Optional[int]:
        """kill -9; the process id that it had."""
        pid = self.pid(node)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid

    def ask(self, method: str, *arguments: Any) -> Any:
        """What the master answers; None if it does not, or has nothing."""
        try:
            master = xmlrpc.client.ServerProxy(os.environ["ROS_MASTER_URI"])
            code, _, value = getattr(master, method)("/campaign", *arguments)
        except (OSError, xmlrpc.client.Error):
            return None
        return value if code == 1 else None

    def put(self, name: str, value: Any) -> None:
        self.ask("setParam", name, value)

    def is_served(self, service: str) -> bool:
        uri = self.ask("lookupService", service)
        if not uri:
            return False
        host, port = uri[len("rosrpc://") :].rsplit(":", 1)
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1.0):
            return True
        return False

    def wait(self, condition: Callable[[], Any], what: str, within_s: float) -> Any:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            answer = condition()
            if answer:
                return answer
            time.sleep(0.01)
        raise Stuck(f"not within {within_s:g} s: {what}")

    def wait_for_events(self, count: int, kinds: Any, within_s: float) -> List[Dict[str, Any]]:
        """The next events of these kinds that the controller writes down, none of them late."""
        found: List[Dict[str, Any]] = []

        def came() -> List[Dict[str, Any]]:
            return [event for event in self.seen.new() if event["event"] in kinds]

        while len(found) < count:
            found += self.wait(came, f"{', '.join(kinds)} from the controller", within_s)
        return found

    def said(self, last: int = 40) -> str:
        return "\n".join((self.work / "log").read_text(errors="replace").splitlines()[-last:])


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Optional[Path]]:
    """A file system of its own that can be filled and made read-only; None where that is denied."""
    folder.mkdir()
    options = f"size={megabytes}m"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tod_ros_faults", str(folder)]
    is_mounted = subprocess.run(mount, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield folder if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _built_shift(work: Path) -> str:
    """The library that shifts the clock; empty where there is no C compiler."""
    library = work / "clock_shift.so"
    compile_it = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library)]
    compile_it += [str(HERE / "clock_shift.c"), "-ldl"]
    try:
        subprocess.run(compile_it, check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return str(library)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return int(free.getsockname()[1])


def _children(pid: int) -> List[int]:
    children: List[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += map(int, task.read_text().split())
    return children


def _descendants(pid: int) -> List[int]:
    return [one for child in _children(pid) for one in [child, *_descendants(child)]]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text() + "\0"
    except OSError:
        return ""
