"""The robot: its ROS master, and pictures of its camera, each asked within a deadline."""

from __future__ import annotations

import os
from typing import Any, Callable, List
from urllib.parse import urlsplit

import numpy as np
import rosgraph

from tod_ros.doctor.finding import Finding, off, ok, wrong
from tod_ros.errors import CameraError, ImageError
from tod_ros.images.message import check_not_blind, from_message, stamp_ns_of
from tod_ros.robot.image_client import ImageClient
from tod_ros.robot.master import MASTER_FAULTS, connect_master

HERE = ("localhost", "127.0.0.1", "::1", "")


def check_robot(service: str, timeout_s: float, is_asked: bool) -> List[Finding]:
    """The master, then the camera; without a master the camera cannot be asked for.

    No master is a fault only where one is meant to be: asked for, or named on another machine.
    """
    uri = os.environ.get("ROS_MASTER_URI", "http://localhost:11311")
    try:
        connect_master(timeout_s).getPid("/tod_doctor")
    except (*MASTER_FAULTS, ValueError) as error:
        return [_no_master(uri, error, is_asked)]
    return [ok("ROS master", f"answers at {uri}"), check_camera(service, timeout_s)]


def _no_master(uri: str, error: Exception, is_asked: bool) -> Finding:
    if is_asked or urlsplit(uri).hostname not in HERE:
        return wrong(
            "ROS master",
            f"{uri} does not answer ({error})",
            "switch the robot on, or correct ROS_MASTER_URI",
        )
    return off(
        "robot",
        f"not checked, no ROS master runs at {uri}",
        "start it, or export ROS_MASTER_URI=http://ROBOT:11311",
    )


def check_camera(service: str, timeout_s: float) -> Finding:
    """A picture: the right type, in time, showing something, and not the last one again."""
    about = f"camera {rosgraph.names.resolve_name(service, '/tod_doctor')}"
    try:
        bgr = look_twice(ImageClient(service, timeout_s))
    except (CameraError, ImageError) as error:
        return wrong(about, str(error))
    height, width = bgr.shape[:2]
    return ok(about, f"gave a picture of {width}x{height}, mean brightness {bgr.mean():.0f} of 255")


def look_twice(camera: Callable[[], Any]) -> np.ndarray:
    """The second of two pictures; refused where both show nothing, or are one and the same.

    Frozen is a camera whose second picture has the bytes and the stamp of the first: the same bytes
    with a new stamp are a still picture of a camera that is alive.
    """
    first, second = camera(), camera()
    pictures = from_message(first), from_message(second)
    check_not_blind(pictures[0])
    is_same_stamp = stamp_ns_of(first) == stamp_ns_of(second)
    check_not_blind(pictures[1], previous=pictures[0] if is_same_stamp else None)
    return pictures[1]
