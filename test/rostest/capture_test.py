#!/usr/bin/env python3
"""The capture node stores pictures of the simulated robot, and refuses what shows nothing."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
import unittest
from collections import Counter
from pathlib import Path

import numpy as np
import rospy
import rostest
from robot_service import GetImage, GetImageResponse
from running import PATIENCE_S, Node, running, wait_until
from sensor_msgs.msg import Image

from tod_ros.images.image_file import read_image
from tod_ros.images.message import from_message, to_message_fields
from tod_ros.srv import Capture


def set_fault(fault):
    rospy.set_param("/simulated_camera/fault", fault)


def capture_node(name, project, **parameters):
    # a camera that hangs is given up early, and once: the test is about what follows
    parameters = {"image_timeout_s": 1.0, "image_attempts": 1, **parameters}
    return running("tod_ros", "capture", name, project=str(project), **parameters)


def ask(name):
    rospy.wait_for_service(f"/{name}/capture", PATIENCE_S)
    return rospy.ServiceProxy(f"/{name}/capture", Capture)()


def stored_in(project):
    """Every file under a picture's name."""
    files = Path(project, "images").glob("*/*")
    return sorted(path for path in files if not path.name.startswith("."))


class CaptureTest(unittest.TestCase):
    def setUp(self):
        set_fault("")
        rospy.wait_for_service("/get_image", PATIENCE_S)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Path(folder.name, "cubes")

    def test_twenty_pictures_are_numbered_on_and_every_tenth_is_for_the_test(self):
        (self.project / "images" / "test").mkdir(parents=True)
        (self.project / "images" / "test" / "image004.png").write_bytes(b"kept")
        with capture_node("twenty", self.project):
            answers = [ask("twenty") for _ in range(20)]
        self.assertEqual([answer.number for answer in answers], list(range(5, 25)))
        self.assertEqual([a.number for a in answers if a.split == "test"], [10, 20])
        for answer in answers:
            expected = self.project / "images" / answer.split / f"image{answer.number:03d}.png"
            self.assertEqual((answer.path, answer.message), (str(expected), ""))
            self.assertEqual(read_image(answer.path).shape, (480, 640, 3))
        self.assertEqual((self.project / "images/test/image004.png").read_bytes(), b"kept")

    def test_numbers_go_on_after_a_new_start_and_past_the_width(self):
        with capture_node("before", self.project, split="test", extension="jpg"):
            self.assertEqual(ask("before").number, 1)
        (self.project / "images" / "train" / "image999.png").write_bytes(b"kept")
        with capture_node("after", self.project, split="train", digits=2):
            answers = [ask("after") for _ in range(2)]
        self.assertEqual(
            [Path(answer.path).name for answer in answers], ["image1000.png", "image1001.png"]
        )
        self.assertEqual({answer.split for answer in answers}, {"train"})

    def test_the_last_picture_is_shown_latched_as_bgr8(self):
        with capture_node("showing", self.project):
            answer = ask("showing")
            image = rospy.wait_for_message("/showing/image", Image, PATIENCE_S)
        self.assertEqual(image.encoding, "bgr8")
        np.testing.assert_array_equal(from_message(image), read_image(answer.path))

    def test_each_blind_picture_is_refused_with_reason_and_mend_and_nothing_is_stored(self):
        with capture_node("blind", self.project):
            self.assertEqual(ask("blind").number, 1)
            for fault, reason, mend in [
                ("off", "camera is off", "switch it on"),
                ("black", "black", "lens"),
                ("frozen", "frozen", "restart"),
            ]:
                set_fault("")
                stored = ask("blind").number
                set_fault(fault)
                for _ in range(2):
                    answer = ask("blind")
                    self.assertFalse(answer.success, fault)
                    self.assertRegex(answer.message, f"{reason}.*{mend}")
                    self.assertEqual((answer.path, answer.number, answer.split), ("", 0, ""))
                self.assertEqual(len(stored_in(self.project)), stored)
            set_fault("")
            self.assertTrue(ask("blind").success)

    def test_each_fault_of_the_camera_is_an_answer_and_the_next_picture_is_stored(self):
        with capture_node("faulty", self.project) as node:
            for fault, reason in [
                ("hung", "no answer within 1 s"),
                ("error", "camera failed"),
                ("truncated", "cut short"),
                ("garbage", "unknown encoding"),
                ("dying", "cannot be called"),
            ]:
                set_fault([fault])
                started = time.monotonic()
                answer = ask("faulty")
                self.assertLess(time.monotonic() - started, PATIENCE_S, fault)
                self.assertEqual((answer.success, answer.path), (False, ""), fault)
                self.assertIn(reason, answer.message)
                self.assertNotIn("\n", answer.message)
                wait_until(lambda: ask("faulty").success, f"recovery after {fault}")
            for fault in ("other_encoding", "slow"):
                rospy.set_param("/simulated_camera/slow_s", 0.3)
                set_fault([fault])
                self.assertTrue(ask("faulty").success, fault)
            self.assertNotIn("Traceback", node.output())

    def test_a_failed_picture_is_tried_again(self):
        with capture_node("trying", self.project, image_attempts=3):
            set_fault(["black", "off"])
            self.assertTrue(ask("trying").success)

    def test_two_nodes_on_one_folder_share_the_numbers(self):
        answers = []

        def take_ten(name):
            for _ in range(10):
                answers.append(ask(name))

        with capture_node("left", self.project), capture_node("right", self.project):
            callers = [threading.Thread(target=take_ten, args=(n,)) for n in ("left", "right")]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join(timeout=60.0)
        self.assertEqual(sorted(answer.number for answer in answers), list(range(1, 21)))
        self.assertEqual(sorted(a.path for a in answers), list(map(str, stored_in(self.project))))
        self.assertEqual(Counter(a.split for a in answers), {"train": 18, "test": 2})

    def test_kill_9_while_writing_leaves_no_half_picture(self):
        for round_number in range(4):
            name = f"killed{round_number}"
            with capture_node(name, self.project) as node:
                self.assertTrue(ask(name).success)
                caller = threading.Thread(target=self._take_until_it_dies, args=(name,))
                caller.start()
                seen = len(stored_in(self.project))
                wait_until(lambda seen=seen: len(stored_in(self.project)) > seen, "pictures")
                wait_until(lambda: list(self.project.glob("images/*/.draft-*")), "a draft")
                node.end(signal.SIGKILL)
                caller.join(timeout=PATIENCE_S)
            for path in stored_in(self.project):
                self.assertEqual(read_image(path).shape, (480, 640, 3))
        for draft in self.project.glob("images/*/.draft-*"):
            os.utime(draft, (1, 1))
        with capture_node("cleaning", self.project):
            self.assertEqual(ask("cleaning").number, len(stored_in(self.project)))
        self.assertEqual(list(self.project.glob("images/*/.draft-*")), [])

    def _take_until_it_dies(self, name):
        try:
            while ask(name).success:
                pass
        except (rospy.ServiceException, rospy.ROSException):
            pass

    def test_a_folder_that_went_away_is_an_answer_and_the_node_goes_on(self):
        with capture_node("gone", self.project):
            self.assertTrue(ask("gone").success)
            train = self.project / "images" / "train"
            train.rename(self.project / "elsewhere")
            self.assertRegex(ask("gone").message, "cannot be stored: No such file.*another project")
            (self.project / "elsewhere").rename(train)
            self.assertEqual(ask("gone").number, 2)

    def test_an_absent_robot_is_waited_for_and_the_wait_says_so(self):
        with capture_node("early", self.project, image_service="/late/get_image") as node:
            node.wait_for_words("waiting for the robot: service /late/get_image is not there")
            with self.assertRaises(rospy.ROSException):
                rospy.wait_for_service("/early/capture", 0.5)
            robot = rospy.Service("/late/get_image", GetImage, self._answer_noise)
            self.assertTrue(ask("early").success)
            robot.shutdown()

    def _answer_noise(self, _request):
        noise = np.random.default_rng().integers(0, 256, (48, 96, 3), dtype=np.uint8)
        return GetImageResponse(Image(**to_message_fields(noise)))

    def test_a_signal_ends_it_within_two_seconds_in_every_state(self):
        for by in (signal.SIGINT, signal.SIGTERM):
            word = by.name.lower()
            with capture_node(f"idle_{word}", self.project) as node:
                ask(f"idle_{word}")
                self.assertLess(node.end(by), 2.0, f"idle, {by.name}")
            with capture_node(f"waiting_{word}", self.project, image_service="/nobody") as node:
                node.wait_for_words("waiting for the robot")
                self.assertLess(node.end(by), 2.0, f"waiting, {by.name}")
            self._end_while_a_call_hangs(by, f"hanging_{word}")

    def _end_while_a_call_hangs(self, by, name):
        with capture_node(name, self.project, image_timeout_s=60.0) as node:
            self.assertTrue(ask(name).success)
            set_fault(["hung", ""])
            caller = threading.Thread(target=self._take_until_it_dies, args=(name,))
            caller.start()
            wait_until(lambda: rospy.get_param("/simulated_camera/fault") == [""], "a hung call")
            self.assertLess(node.end(by), 2.0, f"while a call hangs, {by.name}")
            caller.join(timeout=PATIENCE_S)
            self.assertFalse(caller.is_alive())
            set_fault("")

    def test_a_bad_parameter_is_one_line_and_exit_status_1(self):
        for parameters, words in [
            ({"splt": "train"}, "unknown parameter 'splt', did you mean 'split'"),
            ({"split": "all"}, "'split' is 'all', must be one of auto, train, test"),
            ({"digits": 0}, "'digits' is 0, must be from 1 to 9"),
            ({"digits": "three"}, "'digits' is 'three', must be a whole number"),
            ({"image_timeout_s": -1}, "'image_timeout_s' is -1"),
            ({"prefix": "../up"}, "'prefix' is '../up'"),
            ({"project": ""}, "'project' is not set"),
            ({"project": "/no/such/place/cubes"}, "no folder /no/such/place"),
        ]:
            name = f"bad_{next(iter(parameters))}_{abs(hash(words))}"
            node = Node("tod_ros", "capture", name, **{"project": str(self.project), **parameters})
            self.assertEqual(node.exit_status(), 1, node.output())
            fatal = [line for line in node.output().splitlines() if line.strip()]
            self.assertEqual(len(fatal), 1, node.output())
            self.assertIn(words, fatal[0])
        self.assertFalse(self.project.exists())

    def test_interactive_without_a_display_says_so_and_goes_on(self):
        with capture_node("blindfold", self.project, interactive=True) as node:
            node.wait_for_words("no display to open a window on: going on without")
            self.assertTrue(ask("blindfold").success)


if __name__ == "__main__":
    rospy.init_node("capture_test")
    rostest.rosrun("tod_ros", "capture_test", CaptureTest)
