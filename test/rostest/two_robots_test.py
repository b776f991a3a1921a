#!/usr/bin/env python3
"""Two robots in two groups, without an argument: each controller sorts its own scenes."""

from __future__ import annotations

import dataclasses
import threading
import unittest

import rospy
import rostest
from running import PATIENCE_S, Node, running

from tod_ros.protocol.controller import Controller
from tod_ros.robot.parameters import RosParams
from tod_ros.settings import InferenceSettings

SCENES = 3


def names_in(group: str) -> InferenceSettings:
    names = {"take_image_param": "takeImage", "robot_ready_param": "RobotReady"}
    whole = {key: f"/{group}/{name}" for key, name in {**names, "label_param": "label"}.items()}
    return dataclasses.replace(InferenceSettings(), **whole)


class TwoRobotsTest(unittest.TestCase):
    def sort(self, group: str, sorted_scenes: list) -> None:
        controller = Controller(
            RosParams(),
            names=names_in(group),
            result_param=f"/{group}/inference/result",
            drive_s=0.1,
        )
        for _ in range(SCENES):
            scene = controller.sort_scene()
            truth = rospy.get_param(f"/{group}/simulated_camera/truth")
            sorted_scenes.append((list(scene.names), truth["names"], truth["source"]))

    def test_each_controller_gets_the_cubes_of_its_own_robot(self):
        for group in ("left", "right"):
            rospy.wait_for_service(f"/{group}/inference/detect", PATIENCE_S)
        told = {"left": [], "right": []}
        threads = [threading.Thread(target=self.sort, args=item) for item in told.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S * 3)
        for group, seed in (("left", 5), ("right", 6)):
            self.assertEqual(len(told[group]), SCENES)
            for names, truth, source in told[group]:
                self.assertEqual(names, truth)
                self.assertIn(f"seed {seed}", source)
        self.assertFalse(rospy.has_param("/takeImage"))

    def test_a_camera_of_a_name_that_is_served_is_refused_and_the_first_one_stays(self):
        rospy.wait_for_service("/left/get_image", PATIENCE_S)
        second = {"get_image": "/left/get_image"}
        with running("tod_ros", "simulated_camera", "second", remap=second) as node:
            self.assertEqual(node.exit_status(), 1)
            words = "service /left/get_image is served by node /left/simulated_camera already"
            self.assertIn(words, node.output())
        told: list = []
        self.sort("left", told)
        self.assertEqual(len(told), SCENES)

    def test_the_name_of_a_camera_that_was_killed_is_taken(self):
        first = Node("tod_ros", "simulated_camera", "first", remap={"get_image": "/x/get_image"})
        first.wait_for_words("is ready")
        first.end(9)
        with running(
            "tod_ros", "simulated_camera", "next", remap={"get_image": "/x/get_image"}
        ) as node:
            node.wait_for_words("is ready")


if __name__ == "__main__":
    rospy.init_node("two_robots_test")
    rostest.rosrun("tod_ros", "two_robots_test", TwoRobotsTest)
