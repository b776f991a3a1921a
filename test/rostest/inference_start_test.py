#!/usr/bin/env python3
"""How the inference node starts, also with what cannot work, and how it ends in every state."""

from __future__ import annotations

import shutil
import tempfile
import unittest
from pathlib import Path

import rospy
import rostest
from inference_running import (
    clear_conversation,
    controller_of,
    inference,
    model_folder,
    set_camera,
    truth,
    wait_for_result,
)
from running import running

from tod_ros.settings import InferenceSettings


class StartTest(unittest.TestCase):
    def setUp(self):
        clear_conversation()
        set_camera(cubes=2)
        self.addCleanup(set_camera)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def bad_starts(self):
        """What is wrong, the parameters, and what the one line must say."""
        good = model_folder()
        (self.folder / "empty").mkdir()
        broken = self.folder / "broken"
        (broken / "saved_model").mkdir(parents=True)
        (broken / "saved_model" / "saved_model.pb").write_bytes(b"nonsense")
        (broken / "label_map.pbtxt").write_text("item { id: 1 name: 'one' }")
        one = self.folder / "one.pbtxt"
        one.write_text("item {\n  id: 1\n  name: 'one'\n}\n")
        bad_map = self.folder / "bad.pbtxt"
        bad_map.write_text("item {\n  id: 1\n  nam: 'one'\n}\n")
        altered = self.folder / "altered"
        shutil.copytree(good, altered)
        (altered / "model.json").write_text('{"files": {"label_map.pbtxt": "00"}}')
        return [
            ({"model": "/nowhere/cubes"}, "/nowhere/cubes: no such model folder"),
            ({"model": str(self.folder / "empty")}, "holds neither saved_model"),
            ({"model": str(broken)}, "is not a SavedModel"),
            ({"model": good, "label_map": str(one)}, "one.pbtxt says one; use the label map"),
            ({"model": good, "label_map": str(bad_map)}, "line 3"),
            ({"model": good, "label_map": "/nowhere.pbtxt"}, "/nowhere.pbtxt"),
            ({"model": str(altered)}, "sha256"),
            ({"model": good, "min_scor": 0.4}, "did you mean 'min_score'?"),
            ({"model": good, "poll_hz": 0}, "parameter 'poll_hz' is 0.0, must be from 0.1"),
            ({"model": good, "max_objects": "four"}, "parameter 'max_objects' is 'four'"),
            ({"model": good, "runtime": "torch"}, "must be one of auto, tensorflow, litert"),
            ({"model": good, "label_param": "/takeImage"}, "of which one holds the other"),
            ({"model": "/" + "m" * 300}, "no such model folder"),
        ]

    def test_what_cannot_work_ends_with_one_line_and_status_1(self):
        for number, (parameters, words) in enumerate(self.bad_starts()):
            with self.subTest(words), running(
                "tod_ros", "inference", f"bad{number}", **parameters
            ) as node:
                self.assertEqual(node.exit_status(), 1)
                lines = [line for line in node.output().splitlines() if "[FATAL]" in line]
                self.assertEqual(len(lines), 1, node.output())
                self.assertIn(words, lines[0])
                self.assertNotIn("Traceback", node.output())

    def test_the_conversation_can_have_other_names(self):
        names = {
            "take_image_param": "/lesson/takePicture",
            "robot_ready_param": "/robotReady",
            "label_param": "/lesson/cube",
        }
        self.addCleanup(rospy.delete_param, "/lesson")
        self.addCleanup(rospy.delete_param, "/robotReady")
        with inference("renamed", **names):
            controller = controller_of("renamed", names=InferenceSettings(**names))
            self.assertEqual(list(controller.sort_scene().names), truth()["names"])
        unused = [rospy.get_param(name) for name in ("/takeImage", "/RobotReady", "/label")]
        self.assertEqual(unused, [-1, -1, -1])

    def test_without_a_robot_it_waits_and_says_so(self):
        with inference("early", image_service="/late/get_image") as node:
            node.wait_for_words("waiting for the robot: service /late/get_image is not there")
            before = controller_of("early").ask()
            remap = {"/get_image": "/late/get_image"}
            with running("tod_ros", "simulated_camera", "late", remap=remap, cubes=2):
                self.assertEqual(wait_for_result(before, "early")["count"], 2)

    def test_a_second_node_on_the_same_parameters_or_of_the_same_name_is_refused_by_name(self):
        taken = "node /one serves parameter /takeImage already"
        with inference("one") as first:
            for name, remap, own, words in [
                ("two", {}, {}, taken),
                ("one", {}, {}, "a node /one is running already"),
                ("two", {"__ns": "/left"}, {"take_image_param": "/takeImage"}, taken),
            ]:
                with running(
                    "tod_ros", "inference", name, remap=remap, model=model_folder(), **own
                ) as second:
                    self.assertEqual(second.exit_status(), 1)
                    self.assertEqual(second.output().count(words), 1, second.output())
            self.assertEqual(list(controller_of("one").sort_scene().names), truth()["names"])
            self.assertNotIn("shutdown", first.output())

    def test_a_node_that_is_killed_with_a_label_on_offer_goes_on_with_the_next(self):
        set_camera(cubes=3)
        with inference("killed"):
            controller = controller_of("killed")
            wait_for_result(controller.ask(), "killed")
            labels = [controller.take_label()]
        with inference("killed"):
            while len(labels) < 3:
                rospy.set_param("/RobotReady", True)
                labels.append(controller.take_label())
        result = rospy.get_param("/killed/result")
        self.assertEqual((labels, result["request"]), (result["labels"], 1))
        self.assertEqual(result["names"], truth()["names"])

    def test_request_numbers_go_on_after_a_restart(self):
        with inference("again"):
            controller_of("again").sort_scene()
        with inference("again"):
            self.assertEqual(controller_of("again").sort_scene().result["request"], 2)


if __name__ == "__main__":
    rospy.init_node("inference_start_test")
    rostest.rosrun("tod_ros", "inference_start_test", StartTest)
