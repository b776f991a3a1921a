#!/usr/bin/env python3
"""inference.py [MODEL]: how fast the inference node answers, seen from outside, and its idle cost.

Starts a master, a camera and the node of its own. Rows: from takeImage set by another process to
the node's False; from the camera's picture to the first label, less the detection itself (measured
in this process with the same model); the processor time of node and master together while nobody
asks. Ends with status 1 if one of them is over its goal.
"""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, List

import numpy as np
import roslib.packages
import rospy
from poppy_controllers.srv import GetImage, GetImageResponse
from sensor_msgs.msg import Image

from tod_ros.detector import Detector, load_detector
from tod_ros.images import to_message_fields
from tod_ros.robot import RosParams
from tod_ros.scene import draw_scene
from tod_ros.shipped import shipped

ROUNDS = 60
IDLE_S = 20.0
SEEN_GOAL_MS, LABEL_GOAL_MS, IDLE_GOAL = 30.0, 5.0, 0.05


class Camera:
    """Answers one scene again and again, never with the same bytes; knows when it answered."""

    def __init__(self, bgr: np.ndarray):
        self.answered_at = 0.0
        self._bgr, self._count = bgr, 0

    def answer(self, _request: object) -> GetImageResponse:
        self._count += 1
        bgr = self._bgr.copy()
        bgr[0, 0] = self._count % 200
        response = GetImageResponse(Image(**to_message_fields(bgr)))
        self.answered_at = time.perf_counter()
        return response


def main() -> int:
    model = sys.argv[1] if len(sys.argv) > 1 else model_folder()
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    os.environ.update(ROS_MASTER_URI=f"http://localhost:{port}", ROS_HOSTNAME="localhost")
    with tempfile.TemporaryDirectory() as log:
        os.environ["ROS_LOG_DIR"] = log
        master = subprocess.Popen(
            ["rosmaster", "--core", "-p", str(port)], stdout=subprocess.DEVNULL
        )
        (program,) = roslib.packages.find_node("tod_ros", "inference")[:1]
        words = [f"_model:={model}", "_ready_hold_s:=0.0", "__name:=inference"]
        node = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
        try:
            return measure(master.pid, node.pid, load_detector(model))
        finally:
            for process in (node, master):
                process.terminate()
                process.wait()


def measure(master_pid: int, node_pid: int, detector: Detector) -> int:
    scene = draw_scene(11, cubes=2)
    camera = Camera(scene.image)
    rospy.init_node("bench", disable_signals=True)
    rospy.Service("/get_image", GetImage, camera.answer)
    rospy.wait_for_service("/inference/detect", 120.0)
    params = RosParams()
    detector.warm_up()
    ask(params, camera)  # the first of everything
    rounds = [ask(params, camera) for _ in range(ROUNDS)]
    detection_ms = median_ms([timed(lambda: detector.detect(scene.image)) for _ in range(ROUNDS)])
    seen_ms = median_ms([seen_s for seen_s, _ in rounds])
    label_ms = median_ms([label_s for _, label_s in rounds])
    idle = idle_share([master_pid, node_pid])
    own_ms = label_ms - detection_ms
    print(f"model {detector.source}, {detector.runtime}; medians of {ROUNDS}")
    print(f"takeImage set to seen               {seen_ms:7.1f} ms   goal {SEEN_GOAL_MS:g} ms")
    print(f"picture to first label              {label_ms:7.1f} ms")
    print(f"  of it detection                   {detection_ms:7.1f} ms")
    print(f"  of it the rest                    {own_ms:7.1f} ms   goal {LABEL_GOAL_MS:g} ms")
    print(f"idle, node and master, of one core  {100 * idle:7.1f} %    goal {100 * IDLE_GOAL:g} %")
    return int(seen_ms > SEEN_GOAL_MS or own_ms > LABEL_GOAL_MS or idle > IDLE_GOAL)


def ask(params: RosParams, camera: Camera) -> List[float]:
    """One request: seconds until it was seen, and from the picture to the first label."""
    params["/label"] = -1
    time.sleep(random.uniform(0.05, 0.1))  # anywhere in the node's own rhythm
    asked_at = time.perf_counter()
    params["/takeImage"] = True
    while params["/takeImage"]:
        pass
    seen_at = time.perf_counter()
    while params["/label"] == -1:
        pass
    labelled_at = time.perf_counter()
    for _ in range(params["/inference/result"]["count"]):
        while params["/label"] == -1:
            time.sleep(0.005)
        params["/label"] = -1
        params["/RobotReady"] = True
    return [seen_at - asked_at, labelled_at - camera.answered_at]


def idle_share(pids: List[int]) -> float:
    """Processor seconds per second of these processes, while nobody asks."""
    before = sum(map(processor_s, pids))
    time.sleep(IDLE_S)
    return (sum(map(processor_s, pids)) - before) / IDLE_S


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], object]) -> float:
    started_at = time.perf_counter()
    work()
    return time.perf_counter() - started_at


def median_ms(seconds: List[float]) -> float:
    return 1000 * statistics.median(seconds)


def model_folder() -> str:
    folder = shipped("models", "cube_faces")
    if not folder.is_dir():
        folder = shipped("test", "standin_model", "model")
    return str(folder)


if __name__ == "__main__":
    sys.exit(main())
