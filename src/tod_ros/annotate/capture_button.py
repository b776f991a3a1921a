"""The page's camera button: one picture through the capture node.

The call itself is made by a process of its own, tod_ros.robot.capture_service: a node or a robot
that hangs can be given up on there, and this server stays free of rospy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Callable, Dict, Optional, Tuple

import tod_ros
from tod_ros.errors import CameraError

STATUS_LASTS_S = 4.0
# From a service's name: a code, "" where a picture can be taken, and what fills the code's words.
LookFor = Callable[[str], Tuple[str, Dict[str, str]]]


@dataclass(frozen=True)
class CameraStatus:
    """`code` is "" where a picture can be taken, else names the reason, filled with `values`."""

    code: str
    values: Dict[str, str]


class CaptureButton:
    """Takes pictures with the capture service; its status is looked up beside, never waited for."""

    def __init__(self, service: str, look_for: LookFor, timeout_s: float = 30.0):
        self._service = service
        self._timeout_s = timeout_s
        self._look_for = look_for
        self._lock = threading.Lock()
        self._taking = threading.Lock()
        self._status = CameraStatus("camera_checking", {})
        self._checked_at: Optional[float] = None

    def status(self) -> CameraStatus:
        """As last seen; starts to look again when that is a while ago."""
        with self._lock:
            now = time.monotonic()
            if self._checked_at is None or now - self._checked_at > STATUS_LASTS_S:
                self._checked_at = now
                threading.Thread(target=self._check, daemon=True).start()
            return self._status

    def take(self) -> str:
        """Take a picture; the path where the capture node stored it."""
        if not self._taking.acquire(blocking=False):
            raise CameraError(f"{self._service} is taking a picture already; wait for it")
        try:
            return self._take()
        finally:
            self._taking.release()

    def _take(self) -> str:
        command = [sys.executable, "-m", "tod_ros.robot.capture_service", self._service]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "PYTHONPATH": _python_path()},
                timeout=self._timeout_s,
                capture_output=True,
                text=True,
                check=False,  # its last line says what went wrong
            )
        except subprocess.TimeoutExpired:
            raise CameraError(
                f"{self._service} gave no answer within {self._timeout_s:g} s;"
                " look at the capture node's terminal"
            ) from None
        try:
            answer = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            last = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise CameraError(f"{self._service} cannot be called: {last}") from None
        if not answer["success"]:
            raise CameraError(answer["message"])
        return answer["path"]

    def _check(self) -> None:
        status = CameraStatus(*self._look_for(self._service))
        with self._lock:
            self._status = status


def _python_path() -> str:
    """Where this very package is found: its sources, and before them what catkin generated."""
    folders = [os.path.dirname(folder) for folder in tod_ros.__path__]
    return os.pathsep.join(filter(None, [*folders, os.environ.get("PYTHONPATH", "")]))
