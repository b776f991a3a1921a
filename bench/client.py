"""A client of ~detect: `python -m bench.client SECONDS`, started by the parameter /bench/go.

It asks with a picture of its own, again and again, over one connection. Prints how often, and the
longest wait.
"""

from __future__ import annotations

import json
import os
import sys
import time

import rospy
from sensor_msgs.msg import Image

from tod_ros.images.message import to_message_fields
from tod_ros.scene.compose import draw_scene
from tod_ros.srv import Detect


def main() -> None:
    seconds = float(sys.argv[1])
    rospy.init_node(f"bench_client_{os.getpid()}", disable_rosout=True)
    rospy.wait_for_service("/inference/detect")
    detect = rospy.ServiceProxy("/inference/detect", Detect, persistent=True)
    picture = Image(**to_message_fields(draw_scene(os.getpid(), cubes=2).image))
    detect(picture)
    rospy.set_param(f"/bench/ready/c{os.getpid()}", True)
    while not rospy.get_param("/bench/go", False):
        time.sleep(0.002)
    waits = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        started_at = time.monotonic()
        if not detect(picture).success:
            raise SystemExit("~detect failed")
        waits.append(time.monotonic() - started_at)
    print(json.dumps({"count": len(waits), "longest_ms": 1000 * max(waits)}))


if __name__ == "__main__":
    main()
