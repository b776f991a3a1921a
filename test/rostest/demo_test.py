#!/usr/bin/env python3
"""The demo ends by itself with a table, and its exit status tells whether all was right."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

import rospy
import rostest
from inference_running import InferenceTest, set_camera
from running import running

from tod_ros.images.image_file import read_image


class DemoTest(InferenceTest):
    parameters: ClassVar = {"image_attempts": 1}

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = Path(folder.name, "pictures")

    def demo(self, **parameters):
        words = {"drive_s": 0.0, "output": str(self.output), **parameters}
        return running("tod_ros", "demo", "demo", **words)

    def test_scenes_that_are_sorted_right_end_with_status_0_and_their_pictures(self):
        with self.demo(scenes=3) as demo:
            self.assertEqual(demo.exit_status(), 0, demo.output())
            self.assertIn("3 of 3 scenes right", demo.output())
            self.assertIn(f"annotated pictures: {self.output}", demo.output())
        for number in (1, 2, 3):
            picture = read_image(self.output / f"scene{number}.png")
            self.assertEqual(picture.shape, (480, 640, 3))

    def test_a_scene_that_is_not_sorted_right_ends_with_status_1(self):
        set_camera("off")
        with self.demo(scenes=2) as demo:
            self.assertEqual(demo.exit_status(), 1, demo.output())
            self.assertIn("0 of 2 scenes right", demo.output())
            self.assertIn("WRONG", demo.output())

    def test_without_an_answer_it_gives_up_with_one_line_and_status_1(self):
        set_camera("hung")
        with self.demo(scenes=1, patience_s=1.0) as demo:
            self.assertEqual(demo.exit_status(), 1, demo.output())
            self.assertIn("[FATAL]", demo.output())
            self.assertIn("no result of the node within 1 s", demo.output())
            self.assertNotIn("Traceback", demo.output())


if __name__ == "__main__":
    rospy.init_node("demo_test")
    rostest.rosrun("tod_ros", "demo_test", DemoTest)
