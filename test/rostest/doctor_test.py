#!/usr/bin/env python3
"""The doctor tells a camera that is well from one that is not, in time, with the mend."""

from __future__ import annotations

import os
import time
import unittest
from unittest import mock

import rospy
import rostest
from running import PATIENCE_S

from tod_ros.doctor.robot import check_robot

FAULTS = {
    "off": "the camera is off",
    "black": "the picture is black",
    "frozen": "the camera is frozen",
    "hung": "gave no answer within 1 s",
    "truncated": "cut short",
    "error": "answers with an error",
}


def set_fault(fault):
    rospy.set_param("/simulated_camera/fault", fault)


def examine(service="/get_image", timeout_s=PATIENCE_S):
    return check_robot(service, timeout_s, is_asked=False)


class DoctorTest(unittest.TestCase):
    def setUp(self):
        set_fault("")
        rospy.wait_for_service("/get_image", PATIENCE_S)

    def test_a_camera_that_is_well_is_ok_and_its_picture_described(self):
        master, camera = examine()
        self.assertEqual((master.status, camera.status), ("ok", "ok"))
        self.assertIn("gave a picture of 640x480", camera.text)

    def test_each_fault_of_the_camera_is_told(self):
        for fault, words in FAULTS.items():
            with self.subTest(fault):
                set_fault(fault)
                _, camera = examine(timeout_s=1.0 if fault == "hung" else PATIENCE_S)
                self.assertEqual(camera.status, "wrong", camera)
                self.assertIn(words, camera.text)

    def test_a_service_of_another_type_or_none_at_all_is_told(self):
        for service, words in (
            ("/simulated_camera/get_loggers", "is a roscpp/GetLoggers; needed: "),
            ("/nothing", "service /nothing is not there"),
        ):
            with self.subTest(service):
                _, camera = examine(service)
                self.assertEqual(camera.status, "wrong")
                self.assertIn(words, camera.text)

    def test_a_master_that_is_not_there_is_a_fault_only_where_one_is_meant_to_be(self):
        nowhere = "http://localhost:9"  # the discard port: nothing listens
        with mock.patch.dict(os.environ, ROS_MASTER_URI=nowhere):
            started = time.monotonic()
            (unasked,) = check_robot("/get_image", 2.0, is_asked=False)
            (asked,) = check_robot("/get_image", 2.0, is_asked=True)
            self.assertLess(time.monotonic() - started, PATIENCE_S)
        self.assertEqual((unasked.status, asked.status), ("off", "wrong"))
        self.assertIn(f"no ROS master runs at {nowhere}", unasked.text)


if __name__ == "__main__":
    rospy.init_node("doctor_test")
    rostest.rosrun("tod_ros", "doctor_test", DoctorTest)
