#!/usr/bin/env python3
"""With a calibration the node tells where each cube is, and notices a camera that was moved."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import unittest
from pathlib import Path

import numpy as np
import rospy
import rostest
from diagnostic_msgs.msg import DiagnosticArray
from inference_running import clear_conversation, controller_of, inference
from running import PATIENCE_S, running, wait_until
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray

from tod_ros.images.image_file import write_image
from tod_ros.msg import Detections
from tod_ros.place.calibration import calibration_of, write_calibration
from tod_ros.place.desk_camera import look_at
from tod_ros.place.sheet import calibrate_by_sheet
from tod_ros.scene.desk import draw_desk, sheet_on
from tod_ros.scene.request import SceneRequest

EDGE_M, SIZE_WH = 0.04, (640, 480)
MOST_OFF_M, MOST_OFF_DEG = 0.012, 8.0
SEED = 3  # a desk with several cubes


class PlaceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        nodes = contextlib.ExitStack()
        cls.addClassCleanup(nodes.close)
        folder = Path(nodes.enter_context(tempfile.TemporaryDirectory()))
        desk = draw_desk(SEED, SceneRequest())
        sheet = sheet_on(desk, SIZE_WH, EDGE_M)
        cls.true = [sheet.place_of(cube, EDGE_M) for cube in desk.cubes]
        (folder / "seen").mkdir()
        write_image(folder / "seen/desk.png", desk.scene.image)
        found = calibrate_by_sheet(sheet.corners_px, SIZE_WH, sheet.wh_m)
        cls.place = folder / "place.yaml"
        calibration = calibration_of(found, sheet.corners_px, sheet.wh_m, EDGE_M, "desk")
        write_calibration(cls.place, calibration)
        tilted = _tilted(calibration.camera, 8.0)
        cls.moved = folder / "moved.yaml"
        write_calibration(cls.moved, dataclasses.replace(calibration, camera=tilted))
        camera = running("tod_ros", "simulated_camera", "seen", images=str(folder / "seen"))
        nodes.enter_context(camera)
        rospy.wait_for_service("/get_image", PATIENCE_S)

    def setUp(self):
        clear_conversation()

    def assert_true_places(self, places):
        self.assertEqual(len(places), len(self.true))
        for (x, y, turn), (true_x, true_y, true_turn) in zip(places, self.true):
            self.assertLess(np.hypot(x - true_x, y - true_y), MOST_OFF_M)
            self.assertLess(abs(turn - true_turn), MOST_OFF_DEG)

    def test_result_detections_frames_and_markers_tell_the_same_places(self):
        frames, markers = [], []
        rospy.Subscriber("/tf", TFMessage, frames.append)
        with inference("placing", place=str(self.place)):
            rospy.Subscriber("/placing/markers", MarkerArray, markers.append)
            result = controller_of("placing").sort_scene().result
            self.assert_true_places(result["places"])
            told = rospy.wait_for_message("/placing/detections", Detections, PATIENCE_S)
            for detection, (x, y, _) in zip(told.detections, result["places"]):
                self.assertTrue(detection.has_place)
                self.assertAlmostEqual(detection.pose.position.x, x, places=3)
                self.assertAlmostEqual(detection.pose.position.y, y, places=3)
            count = len(frames)
            wait_until(lambda: len(frames) > count + 1, "frames are sent again")
            last = frames[-1].transforms
            names = [f"cube_{number}" for number in range(1, len(self.true) + 1)]
            self.assertEqual([frame.child_frame_id for frame in last], names)
            self.assertEqual({frame.header.frame_id for frame in last}, {"desk"})
            at = [frame.transform.translation for frame in last]
            np.testing.assert_allclose(
                [v.x for v in at], [p[0] for p in result["places"]], atol=1e-3
            )
            wait_until(lambda: markers, "markers")
            cubes = [m for m in markers[-1].markers if m.type == Marker.CUBE and m.ns == "cubes"]
            self.assertEqual(len(cubes), len(self.true))

    def test_a_camera_that_was_moved_is_said(self):
        with inference("moved", place=str(self.moved)) as node:
            for _ in range(1 + 5 // len(self.true)):
                controller_of("moved").sort_scene()
            node.wait_for_words("the camera seems to have been moved")
            self.assertIn("have been moved", self.status("moved: place").message)

    def test_a_calibration_that_is_none_ends_the_node_with_one_line(self):
        with running("tod_ros", "inference", "wrong", place="/nowhere/place.yaml") as node:
            node.wait_for_words("/nowhere/place.yaml: cannot be read")
            self.assertEqual(node.exit_status(), 1)

    def status(self, name):
        def found():
            message = rospy.wait_for_message("/diagnostics", DiagnosticArray, PATIENCE_S)
            return next((s for s in message.status if s.name == name), None)

        return wait_until(found, name)


def _tilted(camera, degrees):
    turn = np.radians(degrees)
    cos, sin = np.cos(turn), np.sin(turn)
    tilt = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return look_at(camera.focal_px, SIZE_WH, tilt @ camera.matrix, np.array(camera.position_m))


if __name__ == "__main__":
    rospy.init_node("inference_place_test")
    rostest.rosrun("tod_ros", "inference_place_test", PlaceTest)
