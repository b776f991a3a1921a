"""The page's camera button: one picture through the capture node.

The call itself is made by a process of its own, tod_ros.robot_capture: a node or a robot that hangs
can be given up on there, and this server stays free of rospy.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Dict, Optional
from urllib.parse import urlsplit

import tod_ros
from tod_ros.errors import CameraError

MASTER_TIMEOUT_S = 1.0
STATUS_LASTS_S = 4.0


@dataclass(frozen=True)
class CameraStatus:
    """`code` is "" where a picture can be taken, else names the reason, filled with `values`."""

    code: str
    values: Dict[str, str]


class Camera:
    """Takes pictures with the capture service; its status is looked up beside, never waited for."""

    def __init__(self, service: str = "/capture/capture", timeout_s: float = 30.0):
        self._service = service
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
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
        command = [sys.executable, "-m", "tod_ros.robot_capture", self._service]
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
        status = look_for(self._service)
        with self._lock:
            self._status = status


def look_for(service: str) -> CameraStatus:
    """Whether the capture node can be called, and if not, why."""
    try:
        from tod_ros.master import MASTER_FAULTS, connect_master

        has_service_type = importlib.util.find_spec("tod_ros.srv") is not None
    except ImportError:
        has_service_type = False
    if not has_service_type:
        return CameraStatus("camera_no_ros", {})
    try:
        code, _, uri = connect_master(MASTER_TIMEOUT_S).lookupService("/tod_annotate", service)
    except MASTER_FAULTS:
        return CameraStatus(
            "camera_no_master", {"uri": os.environ.get("ROS_MASTER_URI", "http://localhost:11311")}
        )
    if code != 1 or not _answers(uri):
        return CameraStatus("camera_no_node", {"service": service})
    return CameraStatus("", {})


def _python_path() -> str:
    """Where this very package is found: its sources, and before them what catkin generated."""
    folders = [os.path.dirname(folder) for folder in tod_ros.__path__]
    return os.pathsep.join(filter(None, [*folders, os.environ.get("PYTHONPATH", "")]))


def _answers(uri: str) -> bool:
    """Whether somebody listens there; a node that was killed stays listed at the master."""
    address = urlsplit(uri)
    if address.hostname is None or address.port is None:
        return False
    try:
        with socket.create_connection((address.hostname, address.port), MASTER_TIMEOUT_S):
            return True
    except (OSError, ValueError):
        return False
