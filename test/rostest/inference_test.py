#!/usr/bin/env python3
"""The inference node converses with a controller about the pictures of the simulated robot."""

from __future__ import annotations

import contextlib
import unittest

import rospy
import rostest
from diagnostic_msgs.msg import DiagnosticArray
from inference_running import (
    clear_conversation,
    controller_of,
    detect,
    inference,
    result_of,
    set_camera,
    truth,
    wait_for_result,
)
from running import PATIENCE_S, wait_until
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from tod_ros.images.message import from_message, to_message_fields
from tod_ros.msg import Detections
from tod_ros.scene.compose import draw_scene


class InferenceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nodes = contextlib.ExitStack()
        cls.node = cls.nodes.enter_context(inference("inference"))

    @classmethod
    def tearDownClass(cls):
        cls.nodes.close()

    def setUp(self):
        clear_conversation()
        set_camera()

    def test_results_count_on_and_tell_what_is_there(self):
        controller = controller_of(poll_hz=50.0)
        before = result_of()["request"]
        for number in (before + 1, before + 2, before + 3):
            scene = controller.sort_scene()
            self.assertEqual(scene.result["request"], number)
            self.assertEqual(list(scene.names), truth()["names"])
            self.assertEqual(scene.result["labels"], list(scene.labels))
            for box, drawn in zip(scene.result["boxes"], truth()["boxes"]):
                self.assertLess(abs(sum(box[::2]) - sum(drawn[::2])) / 2, 30)

    def test_no_cubes_set_no_label(self):
        set_camera(cubes=0)
        before = controller_of().ask()
        result = wait_for_result(before)
        self.assertEqual((result["status"], result["count"]), ("no_cubes", 0))
        self.assertEqual(rospy.get_param("/label"), -1)
        set_camera(cubes=2)
        self.assertEqual(len(controller_of().sort_scene().labels), 2)

    def test_a_new_take_image_abandons_the_cubes_left(self):
        set_camera(cubes=4)
        controller = controller_of()
        before = controller.ask()
        controller.take_label()
        set_camera(cubes=2)
        scene = controller.sort_scene()
        self.assertEqual(list(scene.names), truth()["names"])
        self.assertEqual(len(scene.labels), 2)
        self.assertEqual(scene.result["request"], before + 2)
        self.node.wait_for_words(f"request {before + 1} abandoned: a new /takeImage")

    def test_parameters_of_odd_types_are_not_yet(self):
        set_camera(cubes=2)
        odd = ["True", "yes", {"a": {"b": 1}}, [1, True], 0.5, -1, 7, 1e300, "", False]
        last = result_of()["request"]
        for value in odd:
            rospy.set_param("/takeImage", value)
            rospy.sleep(0.05)  # two and a half looks of the node
            self.assertEqual(rospy.get_param("/takeImage"), value)
        self.assertEqual(result_of()["request"], last)
        rospy.set_param("/takeImage", 1)
        wait_for_result(last)
        first = wait_until(lambda: rospy.get_param("/label", -1) != -1, "a label") and (
            rospy.get_param("/label")
        )
        for value in odd:
            rospy.set_param("/RobotReady", value)
            rospy.set_param("/label", value)
            rospy.sleep(0.05)
        rospy.set_param("/label", -1)
        rospy.set_param("/RobotReady", 1)
        second = controller_of().take_label()
        self.assertEqual([first, second], result_of()["labels"])

    def test_detect_answers_without_touching_a_parameter(self):
        set_camera(cubes=3)
        names = ("/takeImage", "/RobotReady", "/label", "/inference/result/request")
        controller_of().sort_scene()
        before = {name: rospy.get_param(name) for name in names}
        answer = detect(Image())
        self.assertTrue(answer.success, answer.message)
        self.assertEqual([d.name for d in answer.detections.detections], truth()["names"])
        self.assertEqual(
            (answer.detections.image_width, answer.detections.image_height), (640, 480)
        )
        after = {name: rospy.get_param(name) for name in before}
        self.assertEqual(before, after)

    def test_detect_takes_a_picture_in_any_encoding(self):
        scene = draw_scene(11, cubes=3)
        expected = [box.name for box in scene.boxes]
        fields = to_message_fields(scene.image)
        rgb = scene.image[:, :, ::-1].tobytes()
        for change in ({}, {"encoding": "8UC3"}, {"encoding": "rgb8", "data": rgb}):
            message = Image(**{**fields, **change})
            message.header.stamp = rospy.Time(12, 34)
            answer = detect(message)
            self.assertTrue(answer.success, answer.message)
            self.assertEqual([d.name for d in answer.detections.detections], expected)
            self.assertEqual(answer.detections.header.stamp, rospy.Time(12, 34))
        answer = detect(Image(**{**fields, "encoding": "nonsense"}))
        self.assertFalse(answer.success)
        self.assertIn("nonsense", answer.message)

    def test_the_annotated_picture_is_bgr8_for_early_and_late_subscribers(self):
        set_camera(cubes=2)
        controller = controller_of(poll_hz=50.0)
        controller.sort_scene()  # nobody has subscribed yet

        def subscribed():
            received = []
            rospy.Subscriber("/inference/image_annotated", Image, received.append)
            return received

        early = subscribed()
        wait_until(lambda: early, "the picture of before the subscription")
        scene = controller.sort_scene()
        stamp = rospy.Time.from_sec(scene.result["stamp"])
        late = subscribed()
        for received in (early, late):
            wait_until(
                lambda r=received: r and abs((r[-1].header.stamp - stamp).to_sec()) < 1e-3,
                "the last picture",
            )
            self.assertEqual(received[-1].encoding, "bgr8")
            self.assertEqual(from_message(received[-1]).shape, (480, 640, 3))
        self.assertNotEqual(early[0].data, early[-1].data)

    def test_detections_are_published_left_to_right(self):
        set_camera(cubes=3)
        received = []
        subscriber = rospy.Subscriber("/inference/detections", Detections, received.append)
        wait_until(lambda: subscriber.get_num_connections(), "the node publishes")
        scene = controller_of(poll_hz=50.0).sort_scene()
        stamp = scene.result["stamp"]
        wait_until(
            lambda: received and abs(received[-1].header.stamp.to_sec() - stamp) < 1e-3,
            "the detections of this request",
        )
        self.assertEqual([d.label for d in received[-1].detections], list(scene.labels))
        self.assertEqual([d.name for d in received[-1].detections], truth()["names"])

    def test_detect_publishes_what_it_saw(self):
        set_camera(cubes=2)
        answer = detect(Image())
        self.assertTrue(answer.success, answer.message)
        late = rospy.wait_for_message("/inference/detections", Detections, PATIENCE_S)
        self.assertEqual(late.header.stamp, answer.detections.header.stamp)
        self.assertEqual(late.detections, answer.detections.detections)

    def test_reload_takes_up_the_parameters(self):
        set_camera(cubes=3)
        reload_model = rospy.ServiceProxy("/inference/reload", Trigger)
        self.addCleanup(reload_model)
        self.addCleanup(rospy.set_param, "/inference/max_objects", 4)
        rospy.set_param("/inference/max_objects", 1)
        self.assertEqual(len(detect(Image()).detections.detections), 3)
        self.assertTrue(reload_model().success)
        self.assertEqual(len(detect(Image()).detections.detections), 1)
        self.assertEqual(len(controller_of().sort_scene().labels), 1)
        rospy.set_param("/inference/max_objects", "many")
        answer = reload_model()
        self.assertFalse(answer.success)
        self.assertIn("max_objects", answer.message)
        self.assertEqual(len(detect(Image()).detections.detections), 1)

    def test_diagnostics_tell_model_camera_and_conversation(self):
        controller_of().sort_scene()  # also ends what the test before may have left open

        def is_idle():
            self.message = rospy.wait_for_message("/diagnostics", DiagnosticArray, PATIENCE_S)
            return "/takeImage" in self.message.status[2].message

        wait_until(is_idle, "the node to say that it waits for /takeImage")
        message = self.message
        names = [status.name for status in message.status]
        self.assertEqual(names, [f"inference: {n}" for n in ("model", "camera", "conversation")])
        self.assertEqual({status.level for status in message.status}, {0})


if __name__ == "__main__":
    rospy.init_node("inference_test")
    rostest.rosrun("tod_ros", "inference_test", InferenceTest)
