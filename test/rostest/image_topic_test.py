#!/usr/bin/env python3
"""The nodes take their pictures from a topic, as a USB camera's driver publishes them."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import rospy
import rostest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from inference_running import (
    clear_conversation,
    controller_of,
    detect,
    inference,
    result_of,
    wait_for_result,
)
from running import PATIENCE_S, running, wait_until
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger, TriggerResponse
from topic_camera import FRAME, TopicCamera

from tod_ros.msg import Detections
from tod_ros.scene.compose import draw_scene
from tod_ros.srv import Capture

TOPIC = "/usb_cam/image_raw"
SCENES = [draw_scene(seed, cubes=count) for seed, count in ((11, 3), (12, 2))]
NAMES = [[box.name for box in scene.boxes] for scene in SCENES]


class ImageTopicTest(unittest.TestCase):
    def setUp(self):
        clear_conversation()

    def camera(self, topic=TOPIC, **options):
        camera = TopicCamera(topic, SCENES[0].image, **options)
        self.addCleanup(camera.stop)
        return camera

    def test_a_picture_taken_after_the_request_with_its_header_on_every_output(self):
        camera = self.camera()
        messages = {}
        with inference("inference", image_topic=TOPIC):
            for topic, kind in (("detections", Detections), ("image_annotated", Image)):
                subscriber = rospy.Subscriber(
                    f"/inference/{topic}", kind, lambda m, t=topic: messages.update({t: m})
                )
                self.addCleanup(subscriber.unregister)
            self.assertEqual(list(controller_of().sort_scene().names), NAMES[0])
            camera.show(SCENES[1].image)
            asked = rospy.Time.now().to_sec()
            scene = controller_of().sort_scene()
            self.assertEqual(list(scene.names), NAMES[1])
            self.assertEqual(scene.result["frame_id"], FRAME)
            self.assertGreaterEqual(scene.result["stamp"], asked)
            for topic in ("detections", "image_annotated"):
                wait_until(
                    lambda t=topic: (
                        t in messages
                        and abs(messages[t].header.stamp.to_sec() - scene.result["stamp"]) < 1e-5
                    ),
                    f"~{topic} with the stamp of the result",
                )
                self.assertEqual(messages[topic].header.frame_id, FRAME)
            # the very same bytes again: a still picture whose stamp moves is alive
            self.assertEqual(list(controller_of().sort_scene().names), NAMES[1])

    def test_compressed_pictures(self):
        self.camera(f"{TOPIC}/compressed", is_compressed=True)
        with inference("inference", image_topic=f"{TOPIC}/compressed"):
            self.assertEqual(list(controller_of().sort_scene().names), NAMES[0])

    def test_a_topic_that_dies_and_comes_back(self):
        camera = self.camera()
        with inference("inference", image_topic=TOPIC, image_timeout_s=0.5):
            self.assertEqual(list(controller_of().sort_scene().names), NAMES[0])
            camera.stop()
            before = controller_of().ask() or result_of()["request"]
            self.assertEqual(wait_for_result(before)["status"], "camera_failed")

            def level():
                message = rospy.wait_for_message("/diagnostics", DiagnosticArray, PATIENCE_S)
                return message.status[1].level, message.status[1].message

            wait_until(lambda: level()[0] == DiagnosticStatus.WARN, "a warning about the camera")
            self.assertIn(TOPIC, level()[1])
            self.camera()
            wait_until(
                lambda: list(controller_of().sort_scene().names) == NAMES[0], "the topic is back"
            )

    def test_continuous_detections_come_without_a_request(self):
        self.camera()
        received = []
        subscriber = rospy.Subscriber("/inference/detections", Detections, received.append)
        self.addCleanup(subscriber.unregister)
        before = result_of()
        with inference("inference", image_topic=TOPIC, continuous_hz=10.0):
            wait_until(lambda: len(received) > 5, "six messages")
            self.assertEqual([d.name for d in received[-1].detections], NAMES[0])
            stamps = [message.header.stamp for message in received]
            self.assertEqual(stamps, sorted(set(stamps)))
            self.assertEqual(result_of(), before)

    def test_capture_takes_from_a_topic_and_keeps_the_header(self):
        self.camera()
        folder = tempfile.mkdtemp()
        with running("tod_ros", "capture", "capture", project=folder, image_topic=TOPIC):
            rospy.wait_for_service("/capture/capture", PATIENCE_S)
            answer = rospy.ServiceProxy("/capture/capture", Capture)()
            self.assertTrue(answer.success and Path(answer.path).is_file(), answer.message)
            message = rospy.wait_for_message("/capture/image", Image, PATIENCE_S)
            self.assertEqual(message.header.frame_id, FRAME)
            self.assertLess(abs((rospy.Time.now() - message.header.stamp).to_sec()), PATIENCE_S)

    def test_a_service_of_another_type_is_told_in_words_and_other_cameras_are_named(self):
        service = rospy.Service("/trigger/get_image", Trigger, lambda _: TriggerResponse())
        self.addCleanup(service.shutdown)
        self.camera()
        wrong = "/trigger/get_image is a std_srvs/Trigger; needed: poppy_controllers/GetImage"
        with inference("wrong", image_service="/trigger/get_image") as node:
            node.wait_for_words(wrong)
            self.assertFalse(detect(Image(), "wrong").success)
            self.assertEqual(node.output().count("md5sum"), 0)
        with inference("absent", image_service="/absent/get_image") as node:
            node.wait_for_words("service /absent/get_image is not there; there is: ")
            node.wait_for_words("image_service:=/trigger/get_image")
            node.wait_for_words(f"image_topic:={TOPIC}")


if __name__ == "__main__":
    rospy.init_node("image_topic_test")
    rostest.rosrun("tod_ros", "image_topic_test", ImageTopicTest)
