"""The inference node with a model, and the robot's camera with a folder of pictures."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any, List, NamedTuple

from walking import ROOT

sys.path += [str(ROOT / "test/rostest"), str(ROOT / "test/simulated_ergo_jr/src")]

from master_running import another_master
from running import running

from simulated_ergo_jr import views
from tod_ros.controller import Controller
from tod_ros.images import read_image, write_image
from tod_ros.robot import RosParams

SEED = 1


class Look(NamedTuple):
    """One picture as the controller got it: the labels it took, and what the node told of them."""

    source: str
    number: int  # of the camera's answer
    true_names: List[str]
    names: List[str]
    labels: List[int]
    boxes: List[Any]


def looks(images: Path, model: Path, count: int, **parameters: Any) -> List[Look]:
    """Sort `count` scenes, as the lesson's controller does."""
    with another_master() as start_master, contextlib.ExitStack() as nodes:
        start_master()
        shows = {"images": str(images), "seed": SEED}
        camera = running("simulated_ergo_jr", "simulated_camera", "simulated_camera", **shows)
        nodes.enter_context(camera)
        parameters = {"model": str(model), "ready_hold_s": 0.0, **parameters}
        node = nodes.enter_context(running("tod_ros", "inference", "inference", **parameters))
        node.wait_for_words("is there")
        params = RosParams()
        controller = Controller(params, poll_hz=50.0, drive_s=0.0)
        return [_look(controller, params) for _ in range(count)]


def _look(controller: Controller, params: RosParams) -> Look:
    scene = controller.sort_scene()
    shown = params["/simulated_camera/truth"]
    boxes = scene.result["boxes"]
    names, labels = list(scene.names), list(scene.labels)
    return Look(shown["source"], shown["count"], shown["names"], names, labels, boxes)


def write_answer(look: Look, images: Path, to: Path) -> None:
    """The very picture that the camera answered with: the noise is of its seed and number."""
    write_image(to, views.with_noise(read_image(images / look.source), SEED, look.number))
