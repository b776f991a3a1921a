"""Detections a second through ~detect, with 1, 2 and 4 clients at once, and whether one starves.

The floor of one call is one of a service that does nothing, and the look without a service.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any, Dict, List

from bench import ros
from bench.measuring import REPOSITORY, median_ms, quiet_environment, timed
from bench.setting import Setting
from bench.table import Row

CLIENTS = (1, 2, 4)
SECONDS = 8.0
LEAST_SHARE = 0.5  # of an even share, for the client that is served least


def measure(setting: Setting) -> List[Row]:
    seconds = 2.0 if setting.is_short else SECONDS
    rows = []
    camera, node = ros.camera_command(), ros.node_command(setting.model)
    with ros.program(camera), ros.program(node):
        ros.wait_until(lambda: ros.is_service_there("/inference/detect"), "the node")
        ros.wait_until(lambda: ros.is_service_there("/bench/empty"), "the empty service")
        rows += _calls(setting)
        for count in CLIENTS:
            answers = _together(count, seconds)
            counts = [answer["count"] for answer in answers]
            rate = sum(counts) / seconds
            rows.append(Row(f"~detect, {count} at once", rate, "a second"))
            if count > 1:
                share = min(counts) / (sum(counts) / count)
                what = f"~detect, {count} at once, least to even share"
                rows.append(Row(what, share, "", least=LEAST_SHARE))
    return rows


def _calls(setting: Setting) -> List[Row]:
    """One call with a picture, beside a call of nothing and a look without a call."""
    import rospy
    from sensor_msgs.msg import Image
    from std_srvs.srv import Trigger

    from tod_ros.images.message import to_message_fields
    from tod_ros.inference.detector import load_detector
    from tod_ros.scene.compose import draw_scene
    from tod_ros.srv import Detect

    detect = rospy.ServiceProxy("/inference/detect", Detect, persistent=True)
    empty = rospy.ServiceProxy("/bench/empty", Trigger, persistent=True)
    bgr = draw_scene(1, cubes=2).image
    picture = Image(**to_message_fields(bgr))
    detector = load_detector(setting.model)
    detector.warm_up()
    times = setting.times(200)
    empty_ms = median_ms([timed(empty) for _ in range(times)])
    call_ms = median_ms([timed(lambda: detect(picture)) for _ in range(times)])
    look_ms = median_ms([timed(lambda: detector.detect(bgr)) for _ in range(times)])
    return [
        Row("one call of a service that does nothing", empty_ms, "ms"),
        Row("one call of ~detect", call_ms, "ms", floor=empty_ms + look_ms),
    ]


def _together(count: int, seconds: float) -> List[Dict[str, Any]]:
    master = ros.connect()
    for name in ("/bench/go", "/bench/ready"):
        master.deleteParam(ros.CALLER, name)
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.client", str(seconds)],
            env=quiet_environment(),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(count)
    ]
    ros.wait_until(lambda: len(ros.parameter("/bench/ready") or {}) == count, "the clients")
    time.sleep(0.5)
    master.setParam(ros.CALLER, "/bench/go", True)
    answers = [client.communicate()[0] for client in clients]
    return [json.loads(answer.splitlines()[-1]) for answer in answers]
