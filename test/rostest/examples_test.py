#!/usr/bin/env python3
"""Each example runs as it is and tells what is really there; the action can be cancelled."""

from __future__ import annotations

import contextlib
import re
import threading
import unittest

import actionlib
import rospy
import rostest
from inference_running import clear_conversation, set_camera, truth
from running import PATIENCE_S, running, wait_until

from tod_ros.msg import SortCubesAction, SortCubesGoal
from tod_ros.protocol.controller import Controller
from tod_ros.robot.parameters import RosParams
from tod_ros.shipped import shipped

EXAMPLES = sorted(shipped("examples").glob("*.py"))


def example(name):
    return running("tod_ros", f"{name}.py", name)


class Taker:
    """Takes every label that comes, until it is stopped."""

    def __init__(self, most=1000):
        self.taken, self._most, self._over = [], most, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._over.set()
        self._thread.join(PATIENCE_S)

    def _run(self):
        params = RosParams()
        controller = Controller(params, patience_s=PATIENCE_S)
        while not self._over.wait(0.02) and len(self.taken) < self._most:
            if params.get("label", -1) != -1:
                self.taken.append(controller.take_label())
                params["RobotReady"] = True


class ExamplesTest(unittest.TestCase):
    def setUp(self):
        rospy.wait_for_service("/inference/detect", PATIENCE_S)
        clear_conversation()
        set_camera(cubes=3)
        rospy.set_param("/target", -1)

    def test_there_is_a_test_for_each_and_none_has_over_40_lines(self):
        names = {path.stem for path in EXAMPLES}
        lesson = {"manipulation", "navigation"}
        placed = "pick_and_sort"  # inference_place_test runs it: it needs a calibrated camera
        others = {"with_service", "sort_action", "with_controller"}
        self.assertEqual(names, {*lesson, *others, placed})
        for path in EXAMPLES:
            self.assertLess(len(path.read_text().splitlines()), 40, path.name)

    def test_manipulation_and_navigation_sort_a_scene(self):
        with example("navigation") as navigation, example("manipulation") as manipulation:
            self.assertEqual(manipulation.exit_status(), 0, manipulation.output())
            self.assertIn("ok: " + " ".join(truth()["names"]), manipulation.output())
            labels = rospy.get_param("/inference/result")["labels"]
            for label in labels:
                self.assertIn(f"driving to bin {label}", navigation.output())
            self.assertEqual(navigation.output().count("driving to the start"), 3)

    def test_with_service(self):
        with example("with_service") as node:
            self.assertEqual(node.exit_status(), 0, node.output())
            said = re.findall(r"(\w+) \([0-9.]+\) at [0-9]+", node.output())
            self.assertEqual(said, truth()["names"])

    def test_with_controller(self):
        with example("with_controller") as node:
            self.assertEqual(node.exit_status(), 0, node.output())
            self.assertIn("ok: " + " ".join(truth()["names"]), node.output())

    def test_sort_action_tells_each_cube_and_all_labels(self):
        with contextlib.closing(Taker()) as taker, example("sort_action") as node:
            self.assertEqual(node.exit_status(), 0, node.output())
            names = truth()["names"]
            for number, name in enumerate(names, start=1):
                self.assertIn(f"cube {number} of 3: {name} (", node.output())
            self.assertIn("ok: " + " ".join(names), node.output())
            self.assertEqual(taker.taken, rospy.get_param("/inference/result")["labels"])

    def test_a_cancelled_action_gives_up_the_cubes_that_are_left(self):
        feedback = []
        client = actionlib.SimpleActionClient("/inference/sort", SortCubesAction)
        self.assertTrue(client.wait_for_server(rospy.Duration(PATIENCE_S)))
        taker = Taker(most=1)
        self.addCleanup(taker.close)
        client.send_goal(SortCubesGoal(), feedback_cb=feedback.append)
        wait_until(lambda: len(feedback) == 2, "the second cube is on offer")
        client.cancel_goal()
        self.assertTrue(client.wait_for_result(rospy.Duration(PATIENCE_S)))
        self.assertEqual(client.get_state(), actionlib.GoalStatus.PREEMPTED)
        wait_until(lambda: rospy.get_param("/label") == -1, "the label is withdrawn")
        self.assertEqual(len(taker.taken), 1)
        with example("with_controller") as node:  # the node is free for the next one
            self.assertEqual(node.exit_status(), 0, node.output())

    def test_a_request_by_parameter_aborts_the_action(self):
        feedback = []
        client = actionlib.SimpleActionClient("/inference/sort", SortCubesAction)
        self.assertTrue(client.wait_for_server(rospy.Duration(PATIENCE_S)))
        client.send_goal(SortCubesGoal(), feedback_cb=feedback.append)
        wait_until(lambda: feedback, "the first cube is on offer")
        with example("with_controller") as node:
            self.assertEqual(node.exit_status(), 0, node.output())
        self.assertTrue(client.wait_for_result(rospy.Duration(PATIENCE_S)))
        self.assertEqual(client.get_state(), actionlib.GoalStatus.ABORTED)


if __name__ == "__main__":
    rospy.init_node("examples_test")
    rostest.rosrun("tod_ros", "examples_test", ExamplesTest)
