#!/usr/bin/env python3
"""A signal ends the inference node soon, whatever it is waiting for."""

from __future__ import annotations

import contextlib
import signal
import unittest

import rospy
import rostest
from inference_running import (
    clear_conversation,
    controller_of,
    inference,
    model_folder,
    set_camera,
    wait_for_result,
)
from master_running import another_master
from running import running, wait_until

from tod_ros.robot.parameters import RosParams

LONGEST_END_S = 2.0
TRIES = 3  # on a loaded machine one may take longer


class EndTest(unittest.TestCase):
    def setUp(self):
        clear_conversation()
        set_camera(cubes=2)
        self.addCleanup(set_camera)

    def waiting(self, name):
        """Nobody has asked yet."""
        return inference(name)

    @contextlib.contextmanager
    def conversing(self, name):
        """Waits for RobotReady."""
        with inference(name) as node:
            wait_for_result(controller_of(name).ask(), name)
            yield node

    @contextlib.contextmanager
    def calling(self, name):
        """The camera hangs in the middle of a call."""
        set_camera("hung")
        with inference(name, image_timeout_s=600.0) as node:
            controller_of(name).ask()
            wait_until(lambda: rospy.get_param("/takeImage") is False, "the request is taken")
            yield node

    @contextlib.contextmanager
    def without_robot(self, name):
        with inference(name, image_service="/nowhere") as node:
            node.wait_for_words("waiting for the robot")
            yield node

    @contextlib.contextmanager
    def without_master(self, name):
        with another_master() as start_master:
            master = start_master()
            with inference(name, image_service="/nowhere") as node:
                node.wait_for_words("waiting for the robot")
                master.kill()
                master.wait()
                wait_until(lambda: not _answers(RosParams), "the master is gone")
                yield node

    @contextlib.contextmanager
    def before_the_master(self, name):
        node = running("tod_ros", "inference", name, model=model_folder())
        with another_master(), node as started:
            started.wait_for_words("waiting for the ROS master at")
            yield started

    def test_a_signal_ends_it_within_2_s_in_every_state(self):
        states = [
            self.waiting,
            self.conversing,
            self.calling,
            self.without_robot,
            self.without_master,
            self.before_the_master,
        ]
        for number, state in enumerate(states):
            by = (signal.SIGINT, signal.SIGTERM)[number % 2]
            with self.subTest(state=state.__name__, by=by):
                tries = (self.end(state, f"end{number}_{k}", by) for k in range(TRIES))
                self.assertTrue(any(took_s < LONGEST_END_S for took_s in tries))

    def end(self, state, name, by):
        """How many seconds it took to end, well in any case."""
        with state(name) as node:
            took_s = node.end(by)
            self.assertEqual(node.exit_status(), 0, node.output())
            self.assertNotIn("Traceback", node.output())
            return took_s


def _answers(params):
    def give_up(_seconds):
        raise rospy.ROSInterruptException("no master")

    try:
        params(give_up).get("/run_id")
    except rospy.ROSInterruptException:
        return False
    return True


if __name__ == "__main__":
    rospy.init_node("inference_end_test")
    rostest.rosrun("tod_ros", "inference_end_test", EndTest)
