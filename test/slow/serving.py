"""The inference node with a model, and the robot's camera with a folder of pictures."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any, List, NamedTuple

from walking import ROOT

sys.path += [str(ROOT / "test/rostest")]

from master_running import another_master
from running import running

from tod_ros.images.image_file import read_image, write_image
from tod_ros.protocol.controller import Controller
from tod_ros.robot.parameters import RosParams
from tod_ros.simulation import views

SEED = 1


class PictureResult(NamedTuple):
    """One picture as the controller got it: the labels it took, and what the node told of them."""

    source: str
    number: int  # of the camera's answer
    true_names: List[str]
    names: List[str]
    labels: List[int]
    boxes: List[Any]


def looks(images: Path, model: Path, count: int, **parameters: Any) -> List[PictureResult]:
    """Sort `count` scenes, as the lesson's controller does."""
    with another_master() as start_master, contextlib.ExitStack() as nodes:
        start_master()
        shows = {"images": str(images), "seed": SEED}
        camera = running("tod_ros", "simulated_camera", "simulated_camera", **shows)
        nodes.enter_context(camera)
        parameters = {"model": str(model), "ready_hold_s": 0.0, **parameters}
        node = nodes.enter_context(running("tod_ros", "inference", "inference", **parameters))
        node.wait_for_words("is there")
        params = RosParams()
        controller = Controller(params, poll_hz=50.0, drive_s=0.0)
        return [_look(controller, params) for _ in range(count)]


def _look(controller: Controller, params: RosParams) -> PictureResult:
    scene = controller.sort_scene()
    shown = params["/simulated_camera/truth"]
    boxes = scene.result["boxes"]
    names, labels = list(scene.names), list(scene.labels)
    return PictureResult(shown["source"], shown["count"], shown["names"], names, labels, boxes)


def write_answer(look: PictureResult, images: Path, to: Path) -> None:
    """The very picture that the camera answered with: the noise is of its seed and number."""
    write_image(to, views.with_noise(read_image(images / look.source), SEED, look.number))
