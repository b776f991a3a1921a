"""What the rostests of the inference node share: the node, and the controller that talks to it."""

from __future__ import annotations

import contextlib
import unittest
from typing import Any, ClassVar, Dict, Iterator

import rospy
from running import PATIENCE_S, Node, running, wait_until

from tod_ros.protocol.controller import Controller
from tod_ros.robot.parameters import RosParams
from tod_ros.shipped import shipped
from tod_ros.srv import Detect

TRUTH = "/simulated_camera/truth"


def model_folder() -> str:
    return str(shipped("models", "cube_faces"))


@contextlib.contextmanager
def inference(name: str, **parameters: Any) -> Iterator[Node]:
    """An inference node that is ready; its camera calls are given up early."""
    parameters = {
        "model": model_folder(),
        "image_timeout_s": 2.0,
        "image_attempts": 2,
        "ready_hold_s": 0.2,
        **parameters,
    }
    with running("tod_ros", "inference", name, **parameters) as node:
        node.wait_for_words("is there")
        yield node


class InferenceTest(unittest.TestCase):
    """Tests of one inference node, which runs with `parameters` through all of them."""

    parameters: ClassVar[Dict[str, Any]] = {}

    @classmethod
    def setUpClass(cls):
        cls.nodes = contextlib.ExitStack()
        cls.addClassCleanup(cls.nodes.close)
        cls.node = cls.nodes.enter_context(inference("inference", **cls.parameters))

    def setUp(self):
        clear_conversation()
        set_camera()
        self.addCleanup(set_camera)


def controller_of(name: str = "inference", **options: Any) -> Controller:
    return Controller(RosParams(), result_param=f"/{name}/result", **{"drive_s": 0.0, **options})


def result_of(name: str = "inference") -> Any:
    return rospy.get_param(f"/{name}/result", {"request": 0})


def wait_for_result(after: int, name: str = "inference") -> Any:
    return wait_until(
        lambda: result_of(name)["request"] > after and result_of(name), f"a result of {name}"
    )


def detect(image: Any, name: str = "inference") -> Any:
    rospy.wait_for_service(f"/{name}/detect", PATIENCE_S)
    return rospy.ServiceProxy(f"/{name}/detect", Detect)(image)


def set_camera(fault: Any = "", cubes: int = -1) -> None:
    rospy.set_param("/simulated_camera/fault", fault)
    rospy.set_param("/simulated_camera/cubes", cubes)
    rospy.wait_for_service("/get_image", PATIENCE_S)


def truth() -> Any:
    return rospy.get_param(TRUTH)


def clear_conversation() -> None:
    for name in ("/takeImage", "/RobotReady", "/label"):
        rospy.set_param(name, -1)
