#!/usr/bin/env python3
"""The controller that a student writes from the README's table, twenty requests in a row."""

from __future__ import annotations

import time

import rospy
import rostest
from inference_running import InferenceTest, set_camera, truth

REQUESTS = 20
PATIENCE_S = 60.0


def students_controller() -> list:
    """Word for word as docs/protocol.md has it, with nothing of this package."""
    until = time.monotonic() + PATIENCE_S

    def wait(condition):
        while not condition():
            assert time.monotonic() < until, "the controller hangs"
            time.sleep(0.05)

    rospy.set_param("label", -1)
    rospy.set_param("RobotReady", -1)
    rospy.set_param("takeImage", True)
    wait(lambda: rospy.get_param("takeImage") is False)
    wait(lambda: rospy.has_param("inference/result"))
    labels = []
    for _ in range(rospy.get_param("inference/result")["count"]):
        wait(lambda: rospy.get_param("label") != -1)
        labels.append(rospy.get_param("label"))
        rospy.set_param("label", -1)
        time.sleep(1.0)
        rospy.set_param("RobotReady", True)
    return labels


class StudentTest(InferenceTest):
    def test_it_never_hangs_and_gets_each_label_of_its_own_request(self):
        for number in range(REQUESTS):
            set_camera(cubes=number % 3)
            labels = students_controller()
            ids = {"one": 1, "two": 2}
            self.assertEqual(labels, [ids[name] for name in truth()["names"]])
            self.assertEqual(len(labels), number % 3)


if __name__ == "__main__":
    rospy.init_node("inference_student_test")
    rostest.rosrun("tod_ros", "inference_student_test", StudentTest)
