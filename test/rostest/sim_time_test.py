#!/usr/bin/env python3
"""A bag played at half speed, under use_sim_time: no output carries wall time."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import genpy
import rosbag
import rospy
import rostest
from inference_running import clear_conversation, controller_of, detect, inference
from running import PATIENCE_S, running, wait_until
from sensor_msgs.msg import CompressedImage, Image

from tod_ros.images.image_file import encode
from tod_ros.msg import Detections
from tod_ros.scene.compose import draw_scene
from tod_ros.srv import Capture

TOPIC = "/camera/image_raw/compressed"
BEGIN_S, LENGTH_S, HZ = 1_600_000_000, 60, 5
SCENE = draw_scene(11, cubes=3)


def write_bag(path: Path) -> None:
    data = encode(SCENE.image, "jpg")
    with rosbag.Bag(str(path), "w") as bag:
        for number in range(LENGTH_S * HZ):
            message = CompressedImage(format="jpeg", data=data)
            message.header.stamp = genpy.Time.from_sec(BEGIN_S + number / HZ)
            message.header.frame_id = "gazebo"
            bag.write(TOPIC, message, message.header.stamp)


@contextlib.contextmanager
def playing(path: Path):
    command = ["rosbag", "play", "--quiet", "--clock", "--rate", "0.5", str(path)]
    player = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        player.send_signal(signal.SIGINT)
        player.wait(timeout=PATIENCE_S)


class SimTimeTest(unittest.TestCase):
    def check(self, stamp_s: float) -> None:
        self.assertTrue(BEGIN_S <= stamp_s <= BEGIN_S + LENGTH_S, stamp_s)

    def test_a_bag_at_half_speed_is_a_camera_and_every_stamp_is_the_bags(self):
        clear_conversation()
        folder = Path(tempfile.mkdtemp())
        write_bag(folder / "scene.bag")
        capture = {"project": str(folder), "image_topic": TOPIC}
        with inference("inference", image_topic=TOPIC, ready_hold_s=0.1), running(
            "tod_ros", "capture", "capture", **capture
        ), playing(folder / "scene.bag"):
            scene = controller_of().sort_scene()
            self.assertEqual(list(scene.names), [box.name for box in SCENE.boxes])
            self.check(scene.result["stamp"])
            self.assertEqual(scene.result["frame_id"], "gazebo")
            for topic, kind in (("detections", Detections), ("image_annotated", Image)):
                received = []
                subscriber = rospy.Subscriber(f"/inference/{topic}", kind, received.append)
                wait_until(lambda r=received: r, f"~{topic}")
                subscriber.unregister()
                self.check(received[0].header.stamp.to_sec())
            self.check(detect(Image()).detections.header.stamp.to_sec())
            wait_until(self.capture, "the capture node takes a picture")
            received = []
            rospy.Subscriber("/capture/image", Image, received.append)
            wait_until(lambda: received, "the captured picture")
            self.check(received[0].header.stamp.to_sec())

    def capture(self) -> bool:
        try:
            return rospy.ServiceProxy("/capture/capture", Capture)().success
        except rospy.ServiceException:
            return False


if __name__ == "__main__":
    rospy.init_node("sim_time_test")
    rostest.rosrun("tod_ros", "sim_time_test", SimTimeTest)
