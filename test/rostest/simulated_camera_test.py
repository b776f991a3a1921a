#!/usr/bin/env python3
"""The simulated Ergo Jr has the robot's habits, and its faults on request."""

from __future__ import annotations

import hashlib
import json
import signal
import tempfile
import threading
import time
import unittest
from pathlib import Path

import numpy as np
import rospy
import rostest
from robot_service import GetImage
from running import PATIENCE_S, Node, running, wait_until
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.detection import Place
from tod_ros.errors import BlindImageError, ImageError
from tod_ros.images.image_file import write_image
from tod_ros.images.message import check_not_blind, from_message
from tod_ros.place.cube_pose import box_of
from tod_ros.place.desk_camera import look_at


def set_fault(fault, camera="/simulated_camera"):
    rospy.set_param(f"{camera}/fault", fault)


def truth(camera="/simulated_camera"):
    return rospy.get_param(f"{camera}/truth")


def ask(service="/get_image"):
    rospy.wait_for_service(service, PATIENCE_S)
    return rospy.ServiceProxy(service, GetImage)().image


def camera(name, **parameters):
    """A second camera, whose service is /NAME/get_image."""
    remap = {"/get_image": f"/{name}/get_image"}
    return running("tod_ros", "simulated_camera", name, remap=remap, **parameters)


class SimulatedCameraTest(unittest.TestCase):
    def setUp(self):
        set_fault("")
        rospy.set_param("/simulated_camera/cubes", -1)

    def test_a_picture_is_8uc3_that_holds_bgr_without_stamp_and_frame(self):
        image = ask()
        self.assertEqual((image.encoding, image.width, image.height), ("8UC3", 640, 480))
        self.assertEqual(
            (image.header.stamp.to_sec(), image.header.frame_id), (0.0, Header().frame_id)
        )
        self.assertEqual(len(image.data), 640 * 480 * 3)

    def test_no_two_answers_have_the_same_bytes_with_and_without_the_cap_on(self):
        for fault in ("", "black"):
            set_fault(fault)
            self.assertEqual(len({ask().data for _ in range(8)}), 8, fault)

    def test_frozen_is_the_last_picture_byte_for_byte_until_it_ends(self):
        last = ask().data
        set_fault("frozen")
        self.assertEqual([ask().data == last for _ in range(3)], [True] * 3)
        set_fault("")
        self.assertNotEqual(ask().data, last)

    def test_off_is_an_empty_picture(self):
        set_fault("off")
        image = ask()
        self.assertEqual((image.width, image.height, image.encoding, image.data), (0, 0, "", b""))

    def test_black_is_blind_and_other_encoding_shows_the_same_colours(self):
        set_fault("black")
        with self.assertRaisesRegex(BlindImageError, "black"):
            check_not_blind(from_message(ask()))
        # noise apart, the folder's camera below shows the same picture in both encodings
        with tempfile.TemporaryDirectory() as folder:
            write_image(Path(folder, "a.png"), wide(40, 90, 200))
            with camera("coloured", images=folder):
                plain = from_message(ask("/coloured/get_image")).astype(int)
                set_fault("other_encoding", "/coloured")
                other = ask("/coloured/get_image")
                self.assertEqual(other.encoding, "rgb8")
                self.assertLessEqual(np.abs(from_message(other) - plain).max(), 2)

    def test_padded_rows_show_the_same_picture_and_a_huge_one_has_more_of_each_pixel(self):
        with tempfile.TemporaryDirectory() as folder:
            write_image(Path(folder, "a.png"), wide(40, 90, 200))
            with camera("shaped", images=folder):
                plain = from_message(ask("/shaped/get_image")).astype(int)
                for fault, scale in [("padded", 1), ("huge", 8)]:
                    set_fault(fault, "/shaped")
                    shaped = from_message(ask("/shaped/get_image"))[::scale, ::scale]
                    self.assertLessEqual(np.abs(shaped - plain).max(), 2, fault)

    def test_every_answer_that_shows_something_is_written_to_the_log(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "answers")
            with camera("noted", log=str(log), fault=["", "off", "padded"], cubes=2):
                shown = [ask("/noted/get_image") for _ in range(3)]
                lines = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual([(n["count"], n["fault"]) for n in lines], [(1, ""), (2, "padded")])
        self.assertEqual(lines[0]["sha1"], hashlib.sha1(shown[0].data).hexdigest())
        self.assertEqual([len(note["names"]) for note in lines], [2, 2])

    def test_what_cannot_be_understood_is_no_picture(self):
        for fault, reason in [
            ("truncated", "cut short"),
            ("garbage", "unknown encoding"),
            ("wrong_encoding", "its step is 1920"),
        ]:
            set_fault(fault)
            with self.assertRaisesRegex(ImageError, reason):
                from_message(ask())

    def test_slow_answers_late_and_well(self):
        rospy.set_param("/simulated_camera/slow_s", 0.6)
        set_fault("slow")
        started = time.monotonic()
        check_not_blind(from_message(ask()))
        self.assertGreaterEqual(time.monotonic() - started, 0.6)

    def test_error_and_an_unknown_fault_are_answers_with_a_reason(self):
        for fault, reason in [("error", "camera failed"), ("frosen", "did you mean 'frozen'")]:
            set_fault(fault)
            with self.assertRaisesRegex(rospy.ServiceException, reason):
                ask()

    def test_hung_never_answers_until_the_fault_is_taken_away(self):
        set_fault("hung")
        caller = threading.Thread(target=lambda: self.assertRaises(rospy.ServiceException, ask))
        caller.start()
        caller.join(timeout=1.0)
        self.assertTrue(caller.is_alive())
        set_fault("")
        caller.join(timeout=PATIENCE_S)
        self.assertFalse(caller.is_alive())

    def test_dying_ends_the_process_in_the_call_and_the_launch_file_starts_it_again(self):
        set_fault("dying")
        with self.assertRaises(rospy.ServiceException):
            ask()
        set_fault("")

        def answers():
            try:
                return ask()
            except rospy.ServiceException:
                return None

        check_not_blind(from_message(wait_until(answers, "the camera is back")))

    def test_a_list_has_one_fault_for_each_call(self):
        set_fault(["off", "", "truncated"])
        lengths = [len(ask().data) for _ in range(4)]
        whole = 640 * 480 * 3
        self.assertEqual(lengths, [0, whole, whole // 2, whole])

    def test_the_truth_tells_what_was_shown_and_a_fault_shows_nothing(self):
        for cubes in (0, 3, 1):
            rospy.set_param("/simulated_camera/cubes", cubes)
            before = ask() and truth()["count"]
            set_fault("off")
            ask()
            set_fault("")
            ask()
            told = truth()
            self.assertEqual((len(told["names"]), told["count"]), (cubes, before + 1))
            centres = [box[0] + box[2] for box in told["boxes"]]
            self.assertEqual(centres, sorted(centres))

    def test_the_same_seed_shows_the_same_pictures_and_another_seed_others(self):
        shown = {}
        for name, seed in [("first", 7), ("second", 7), ("third", 8)]:
            with camera(name, seed=seed):
                shown[name] = [ask(f"/{name}/get_image").data for _ in range(2)]
        self.assertEqual(shown["first"], shown["second"])
        self.assertFalse(set(shown["first"]) & set(shown["third"]))

    def test_a_folders_pictures_come_in_turn_by_name_with_their_truth(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, bgr in [("b", (200, 0, 0)), ("a", (0, 0, 200)), ("c", (0, 200, 0))]:
                write_image(Path(folder, f"{name}.png"), wide(*bgr))
            boxes = (Box("two", 60, 10, 80, 30), Box("one", 5, 10, 25, 30))
            write_voc(Path(folder, "a.xml"), Annotation("a.png", (96, 48), boxes))
            with camera("folder", images=folder):
                seen = []
                for _ in range(4):
                    bgr = from_message(ask("/folder/get_image"))
                    told = truth("/folder")
                    self.assertEqual(bgr.shape, (48, 96, 3))
                    seen.append((told["source"], told["names"], int(bgr[0, 0].argmax())))
        self.assertEqual(
            seen,
            [("a.png", ["one", "two"], 2), ("b.png", [], 0), ("c.png", [], 1)]
            + [("a.png", ["one", "two"], 2)],
        )

    def test_a_desks_camera_tells_itself_and_where_each_cube_stands(self):
        with camera("desk_camera", images="desk", seed=2, cubes=2):
            info = rospy.wait_for_message("/camera_info", CameraInfo, PATIENCE_S)
            image = ask("/desk_camera/get_image")
            told, desk = truth("/desk_camera"), rospy.get_param("/desk_camera/desk")
        self.assertEqual((info.width, info.height), (image.width, image.height))
        self.assertEqual((info.K[0], info.K[4]), (desk["focal_px"], desk["focal_px"]))
        seen = look_at(desk["focal_px"], (640, 480), *map(np.array, desk_pose(desk)))
        for place, box in zip(told["places"], told["boxes"]):
            drawn = box_of(seen, Place(*place), desk["cube_edge_m"])
            self.assertLessEqual(np.abs(drawn - box).max(), 1.0)
        self.assertEqual(len(told["places"]), 2)

    def test_a_bad_start_is_one_line_and_exit_status_1(self):
        with tempfile.TemporaryDirectory() as empty:
            for parameters, words in [
                ({"images": empty}, "holds no pictures"),
                ({"fault": "frosen"}, "did you mean 'frozen'"),
                ({"cubes": 99}, "must be from -1 to 8"),
                ({"sed": 1}, "unknown parameter 'sed', did you mean 'seed'"),
            ]:
                name = "bad_" + next(iter(parameters))
                node = Node("tod_ros", "simulated_camera", name, **parameters)
                self.assertEqual(node.exit_status(), 1, node.output())
                self.assertIn(words, node.output())
                self.assertNotIn("Traceback", node.output())

    def test_it_ends_within_two_seconds_also_while_a_call_hangs(self):
        for by in (signal.SIGINT, signal.SIGTERM):
            for fault in ("", "hung", "slow"):
                name = f"ending_{by.name.lower()}_{fault}"
                with camera(name, fault=[fault, ""], slow_s=30.0) as node:
                    node.wait_for_words("is ready")
                    if fault:
                        call = threading.Thread(target=self._ask_in_vain, args=(name,))
                        call.start()
                        wait_until(lambda n=name: rospy.get_param(f"/{n}/fault") == [""], "asked")
                    self.assertLess(node.end(by), 2.0, f"{by.name} {fault}")
                if fault:
                    call.join(timeout=PATIENCE_S)
                    self.assertFalse(call.is_alive())

    def _ask_in_vain(self, name):
        with self.assertRaises(rospy.ServiceException):
            ask(f"/{name}/get_image")


def desk_pose(desk):
    return desk["rotation"], desk["position_m"]


def wide(*bgr):
    """A wide picture of that colour, with two light cubes that are not in the middle."""
    picture = np.full((48, 96, 3), bgr, np.uint8)
    picture[10:30, 5:25] = 230
    picture[10:30, 60:80] = 240
    return picture


if __name__ == "__main__":
    rospy.init_node("simulated_camera_test")
    rostest.rosrun("tod_ros", "simulated_camera_test", SimulatedCameraTest)
