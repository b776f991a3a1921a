#!/usr/bin/env python3
"""The inference node outlives its camera, its master and a bad model, and goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import rospy
import rostest
from inference_running import (
    clear_conversation,
    controller_of,
    detect,
    inference,
    model_folder,
    set_camera,
    truth,
    wait_for_result,
)
from master_running import another_master
from running import running, wait_until
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from tod_ros.protocol.controller import Controller
from tod_ros.robot.image_client import ImageClient
from tod_ros.robot.parameters import RosParams

# Each fault of the simulated camera that leaves no picture, and a word of what the node says of it
FATAL_FAULTS = {
    "off": "camera is off",
    "black": "picture is black",
    "hung": "no answer within",
    "error": "the camera failed",
    "truncated": "cut short",
    "garbage": "encoding",
    "dying": "",
    "frozen": "camera is frozen",
}


class CameraFaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nodes = contextlib.ExitStack()
        cls.addClassCleanup(cls.nodes.close)
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.model = Path(folder, "model")
        shutil.copytree(model_folder(), cls.model)
        cls.node = cls.nodes.enter_context(inference("inference", model=str(cls.model)))

    def setUp(self):
        clear_conversation()
        set_camera(cubes=2)
        self.addCleanup(set_camera)

    def test_each_fault_is_said_and_the_next_request_is_served(self):
        controller = controller_of(poll_hz=50.0)
        controller.sort_scene()
        for fault, words in FATAL_FAULTS.items():
            with self.subTest(fault=fault):
                set_camera(fault, cubes=2)
                result = wait_for_result(controller.ask())
                self.assertEqual((result["status"], result["count"]), ("camera_failed", 0))
                self.assertEqual(rospy.get_param("/label"), -1)
                self.assertIn(words, self.node.output())
                set_camera(cubes=2)
                self.assertEqual(list(controller.sort_scene().names), truth()["names"])

    def test_a_fault_that_passes_is_retried(self):
        for fault in ("off", "error", "truncated"):
            set_camera([fault], cubes=2)
            scene = controller_of(poll_hz=50.0).sort_scene()
            self.assertEqual(list(scene.names), truth()["names"])

    def test_slow_answers_and_other_encodings_are_no_faults(self):
        for fault in ("slow", "other_encoding"):
            set_camera(fault, cubes=2)
            scene = controller_of(poll_hz=50.0).sort_scene()
            self.assertEqual(list(scene.names), truth()["names"])

    def test_detect_tells_the_fault_too(self):
        set_camera("off")
        answer = detect(Image())
        self.assertFalse(answer.success)
        self.assertIn("camera is off", answer.message)
        set_camera(cubes=3)
        self.assertEqual(len(detect(Image()).detections.detections), 3)

    def test_a_hung_camera_leaves_no_thread_behind(self):
        controller = controller_of(poll_hz=50.0)
        controller.sort_scene()
        before = self.threads()
        set_camera("hung")
        for _ in range(3):
            wait_for_result(controller.ask())
        wait_until(lambda: self.threads() <= before + 1, "the calls' threads end")

    def threads(self):
        return len(os.listdir(f"/proc/{self.node.pid}/task"))

    def test_a_bad_reload_leaves_the_old_model_and_a_good_one_takes_the_new(self):
        reload = rospy.ServiceProxy("/inference/reload", Trigger)
        files = [p for p in self.model.rglob("*") if p.name in ("saved_model.pb", "model.tflite")]
        kept = {path: path.read_bytes() for path in files}
        for path in files:
            path.write_bytes(b"nonsense")
        answer = reload()
        self.assertFalse(answer.success)
        self.assertIn(str(self.model), answer.message)
        self.assertEqual(list(controller_of().sort_scene().names), truth()["names"])
        for path, content in kept.items():
            path.write_bytes(content)
        answer = reload()
        self.assertTrue(answer.success, answer.message)
        self.assertIn("one, two", answer.message)
        self.assertEqual(list(controller_of().sort_scene().names), truth()["names"])

    def test_a_new_master_and_a_new_robot_are_joined(self):
        with another_master() as start_master:
            master = start_master()
            with inference("inference", ready_hold_s=0.0) as node:
                with running("tod_ros", "simulated_camera", "simulated_camera"):
                    self.converse()
                master.kill()
                master.wait()
                node.wait_for_words("the ROS master is gone")
                start_master()
                with running("tod_ros", "simulated_camera", "simulated_camera"):
                    node.wait_for_words("registered with it again")
                    self.converse()
                    self.detect_elsewhere()

    def converse(self):
        params = RosParams()
        client = ImageClient("/get_image", timeout_s=5.0)
        wait_until(client.is_there, "the robot")
        scene = Controller(params, drive_s=0.0, poll_hz=50.0).sort_scene()
        self.assertEqual(scene.result["status"], "ok")
        self.assertEqual(list(scene.names), params["/simulated_camera/truth"]["names"])

    def detect_elsewhere(self):
        """From a process of its own: this one keeps to its first master."""
        program = (
            "import rospy; from sensor_msgs.msg import Image; from tod_ros.srv import Detect;"
            "rospy.init_node('asking'); rospy.wait_for_service('/inference/detect', 20);"
            "print(rospy.ServiceProxy('/inference/detect', Detect)(Image()).success)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        self.assertEqual(done.stdout.strip(), "True", done.stderr)


if __name__ == "__main__":
    rospy.init_node("inference_faults_test")
    rostest.rosrun("tod_ros", "inference_faults_test", CameraFaultsTest)
