#!/usr/bin/env python3
"""The node tells where each cube is, notices a camera that was moved, and treats unsure cubes."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import rospy
import rostest
from diagnostic_msgs.msg import DiagnosticArray
from inference_running import clear_conversation, controller_of, inference, set_camera, truth
from running import PATIENCE_S, running, wait_until
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray

from tod_ros.msg import Detections
from tod_ros.place.calibration import calibration_of, read_calibration, write_calibration
from tod_ros.place.sheet import calibrate_by_sheet
from tod_ros.protocol.answer import ASK

MOST_OFF_M, MOST_OFF_DEG = 0.012, 8.0
TILT = "/simulated_camera/tilt_deg"
NO_CLASS_LEADS_BY = 1.0  # so every cube is unsure


class PlaceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        nodes = contextlib.ExitStack()
        cls.addClassCleanup(nodes.close)
        cls.folder = folder = Path(nodes.enter_context(tempfile.TemporaryDirectory()))
        rospy.wait_for_service("/get_image", PATIENCE_S)
        desk = rospy.get_param("/simulated_camera/desk")
        sheet_wh_m, corners = tuple(desk["sheet_wh_m"]), desk["corners_px"]
        found = calibrate_by_sheet(corners, tuple(desk["size_wh"]), sheet_wh_m)
        calibration = calibration_of(found, corners, sheet_wh_m, desk["cube_edge_m"], "desk")
        place = folder / "place.yaml"
        write_calibration(place, dataclasses.replace(calibration, frame_id="table"))
        cls.node = nodes.enter_context(inference("inference", place=str(place)))

    def setUp(self):
        clear_conversation()
        set_camera(cubes=2)

    def assert_true_places(self, places):
        true = truth()["places"]
        self.assertEqual(len(places), len(true))
        for (x, y, turn), (true_x, true_y, true_turn) in zip(places, true):
            self.assertLess(np.hypot(x - true_x, y - true_y), MOST_OFF_M)
            self.assertLess(abs(turn - true_turn), MOST_OFF_DEG)

    def test_result_detections_frames_and_markers_tell_the_same_places(self):
        frames, markers = [], []
        rospy.Subscriber("/tf", TFMessage, frames.append)
        rospy.Subscriber("/inference/markers", MarkerArray, markers.append)
        result = controller_of("inference").sort_scene().result
        self.assert_true_places(result["places"])
        told = rospy.wait_for_message("/inference/detections", Detections, PATIENCE_S)
        for detection, (x, y, _) in zip(told.detections, result["places"]):
            self.assertTrue(detection.has_place)
            self.assertAlmostEqual(detection.pose.position.x, x, places=3)
            self.assertAlmostEqual(detection.pose.position.y, y, places=3)
        count = len(frames)
        wait_until(lambda: len(frames) > count + 1, "frames are sent again")
        last = frames[-1].transforms
        self.assertEqual([frame.child_frame_id for frame in last], ["cube_1", "cube_2"])
        self.assertEqual({frame.header.frame_id for frame in last}, {"table"})
        at = [frame.transform.translation for frame in last]
        np.testing.assert_allclose([v.x for v in at], [p[0] for p in result["places"]], atol=1e-3)
        wait_until(lambda: markers, "markers")
        cubes = [m for m in markers[-1].markers if m.type == Marker.CUBE and m.ns == "cubes"]
        self.assertEqual(len(cubes), 2)

    def test_the_frames_and_markers_of_the_scene_before_are_gone(self):
        frames, markers = [], []
        controller_of("inference").sort_scene()
        set_camera(cubes=1)
        result = controller_of("inference").sort_scene().result
        self.assert_true_places(result["places"])
        rospy.Subscriber("/tf", TFMessage, frames.append)
        rospy.Subscriber("/inference/markers", MarkerArray, markers.append)
        wait_until(lambda: len(frames) > 1 and markers, "frames and markers")
        self.assertEqual([f.child_frame_id for f in frames[-1].transforms], ["cube_1"])
        self.assertEqual(markers[-1].markers[0].action, Marker.DELETEALL)
        self.assertEqual(sum(m.type == Marker.CUBE for m in markers[-1].markers[1:]), 1)

    def test_a_camera_that_is_moved_is_said_and_one_that_is_put_back_is_not(self):
        self.addCleanup(rospy.set_param, TILT, 0.0)
        self.sort_until("")
        rospy.set_param(TILT, 8.0)
        self.sort_until("have been moved")
        self.node.wait_for_words("the camera seems to have been moved")
        rospy.set_param(TILT, 0.0)
        self.sort_until("")

    def sort_until(self, words):
        """Sort scenes until the diagnostics of the camera's place say so ("": nothing is wrong)."""

        def said():
            controller_of("inference").sort_scene()
            message = self.status("inference: place").message
            return words in message if words else "moved" not in message

        wait_until(said, f"the diagnostics say {words or 'that all is well'}")

    def test_an_unsure_cube_is_told_or_left_out_or_asked_about(self):
        told, true_names = self.sorted_unsure("tell"), tuple(truth()["names"])
        skipped, asked = self.sorted_unsure("skip"), self.sorted_unsure("ask")
        self.assertEqual((told.result["unsure"], told.names), ([True, True], true_names))
        self.assertEqual((skipped.result["status"], skipped.labels), ("no_cubes", ()))
        self.assertEqual((asked.result["unsure"], asked.labels), ([True, True], (ASK, ASK)))
        self.assertEqual(len(asked.result["places"]), 2)  # the arm must know where to turn it

    def test_a_cube_that_was_asked_about_is_told_when_it_is_sure(self):
        self.assertEqual(self.sorted_unsure("ask").labels, (ASK, ASK))
        self.reload(unsure="ask", sure_margin=0.0)  # as if the controller had turned the cubes
        again = controller_of("inference").sort_scene()
        self.assertEqual(again.result["unsure"], [False, False])
        self.assertEqual(list(again.names), truth()["names"])

    def sorted_unsure(self, way):
        self.addCleanup(self.reload, unsure="tell", sure_margin=0.0)
        self.reload(unsure=way, sure_margin=NO_CLASS_LEADS_BY)
        return controller_of("inference").sort_scene()

    def reload(self, **parameters):
        for name, value in parameters.items():
            rospy.set_param(f"/inference/{name}", value)
        answer = rospy.ServiceProxy("/inference/reload", Trigger)()
        self.assertTrue(answer.success, answer.message)

    def test_the_example_prints_the_arms_goal_for_each_cube(self):
        with running("tod_ros", "pick_and_sort.py", "pick_and_sort") as node:
            self.assertEqual(node.exit_status(), 0, node.output())
            said = re.findall(r"arm to x (\S+) y (\S+) z 0.020 turn (\S+): (.*)", node.output())
        labels = rospy.get_param("/inference/result")["labels"]
        self.assertEqual([what for *_, what in said], [f"bring it to bin {n}" for n in labels])
        offset = (0.12, 0.15, 0.0)
        places = np.array([goal[:3] for goal in said], float) - offset
        self.assert_true_places([(x, y, np.degrees(turn)) for x, y, turn in places])

    def test_tod_place_takes_a_picture_of_the_robot_and_the_focal_length_of_its_camera(self):
        desk = rospy.get_param("/simulated_camera/desk")
        corners = [f"{x:.2f},{y:.2f}" for x, y in desk["corners_px"]]
        sheet = "x".join(f"{side * 1000:g}" for side in desk["sheet_wh_m"])
        for how in (["--corners", *corners, "--sheet", sheet], ["--cubes"]):
            file = self.folder / f"place{how[0]}.yaml"
            words = ["tod", "place", "--camera", "/get_image", *how, "--timeout", "30"]
            words += ["-o", str(file)]
            ended = subprocess.run(words, capture_output=True, text=True, check=False)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            camera = read_calibration(file).camera
            self.assertAlmostEqual(camera.focal_px, desk["focal_px"], places=2)
            self.assertLess(abs(camera.position_m[2] - desk["position_m"][2]), 0.05)

    def test_a_calibration_that_is_none_ends_the_node_with_one_line(self):
        own = {f"{name}_param": f"wrong_{name}" for name in ("take_image", "robot_ready", "label")}
        place = "/nowhere/place.yaml"
        with running("tod_ros", "inference", "wrong", place=place, **own) as node:
            node.wait_for_words("/nowhere/place.yaml: cannot be read")
            self.assertEqual(node.exit_status(), 1)

    def status(self, name):
        def found():
            message = rospy.wait_for_message("/diagnostics", DiagnosticArray, PATIENCE_S)
            return next((s for s in message.status if s.name == name), None)

        return wait_until(found, name)


if __name__ == "__main__":
    rospy.init_node("inference_place_test")
    rostest.rosrun("tod_ros", "inference_place_test", PlaceTest)
