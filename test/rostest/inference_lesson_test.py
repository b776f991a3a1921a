#!/usr/bin/env python3
"""As slow as the lesson's nodes are, each label arrives, and a second party sees each cube."""

from __future__ import annotations

import contextlib
import threading
from typing import ClassVar

import rospy
import rostest
from inference_running import InferenceTest, controller_of, set_camera, truth
from running import wait_until

from tod_ros.protocol.controller import watch_ready
from tod_ros.robot.parameters import RosParams


class Ended(Exception):
    """Ends the second party's endless watch."""


class LessonTest(InferenceTest):
    parameters: ClassVar = {"ready_hold_s": 1.5}

    def watch(self, poll_hz):
        """A second party that polls RobotReady; the list of what label count it was seen after."""
        seen, over = [], threading.Event()
        self.addCleanup(over.set)

        def sleep(seconds):
            if over.wait(seconds):
                raise Ended

        def work():
            with contextlib.suppress(Ended):
                watch_ready(RosParams(), lambda: seen.append(1), poll_hz=poll_hz, sleep=sleep)

        threading.Thread(target=work, daemon=True).start()
        return seen

    def test_four_cubes_come_in_order_and_a_second_party_at_1_hz_sees_each_ready(self):
        set_camera(cubes=4)
        seen = self.watch(poll_hz=1.0)
        # it drives longer than the second party's period, which can so see each end of driving
        scene = controller_of(drive_s=1.3).sort_scene()
        self.assertEqual(list(scene.names), truth()["names"])
        self.assertEqual(len(scene.labels), 4)
        wait_until(lambda: len(seen) >= 4, f"the second party sees 4 cubes ready, saw {len(seen)}")
        self.assertEqual((scene.result["status"], scene.result["count"]), ("ok", 4))
        self.assertIs(rospy.get_param("/takeImage"), False)

    def test_a_controller_at_the_lessons_speed_gets_every_label(self):
        set_camera(cubes=3)
        controller = controller_of(poll_hz=1.0, drive_s=1.0)
        for _ in range(2):
            self.assertEqual(list(controller.sort_scene().names), truth()["names"])


if __name__ == "__main__":
    rospy.init_node("inference_lesson_test")
    rostest.rosrun("tod_ros", "inference_lesson_test", LessonTest)
