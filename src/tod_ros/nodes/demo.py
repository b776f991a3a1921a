"""Node `demo`: has the simulated robot sort scenes, and compares with what was really there.

It plays the lesson's manipulation and navigation nodes; ends by itself, with exit status 0 when the
labels of every scene came as the cubes stood, left to right, and 1 when not.

Reads and sets
    takeImage, label, RobotReady, inference/result   the protocol with the inference node
    simulated_camera/truth                           what the last picture really shows
Subscribes
    inference/image_annotated (sensor_msgs/Image)    stored in the folder `output`

Private parameters
    scenes (whole number, 4)    how many scenes are sorted
    drive_s (number, 0.5)       how long the robot drives with a cube
    patience_s (number, 60.0)   how long anything is waited for
    output (text)               folder for the annotated pictures; empty: they are not stored
    take_image_param, robot_ready_param, label_param   as of the inference node
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Optional, Tuple

import rospy
from sensor_msgs.msg import Image

from tod_ros.errors import ConversationError, ProjectError, TodError
from tod_ros.files import make_folder
from tod_ros.images.image_file import write_image
from tod_ros.images.message import from_message
from tod_ros.nodes.ending import leave
from tod_ros.nodes.life import NodeLife, sleep
from tod_ros.protocol.controller import Controller
from tod_ros.robot.parameters import RosParams
from tod_ros.settings import InferenceSettings, setting

RESULT = "inference/result"
TRUTH = "simulated_camera/truth"
ANNOTATED = "inference/image_annotated"
DETECT = "inference/detect"
FAILED = "camera_failed"  # the one status without a picture


@dataclass(frozen=True)
class DemoSettings:
    """Private parameters of the demo."""

    scenes: int = setting(4, least=1, most=1000)
    drive_s: float = setting(0.5, least=0.0, most=60.0)
    patience_s: float = setting(60.0, least=1.0, most=3600.0)
    output: str = ""
    take_image_param: str = setting("takeImage", is_name=True)
    robot_ready_param: str = setting("RobotReady", is_name=True)
    label_param: str = setting("label", is_name=True)

    def names(self) -> InferenceSettings:
        return InferenceSettings(
            take_image_param=self.take_image_param,
            robot_ready_param=self.robot_ready_param,
            label_param=self.label_param,
        )


@dataclass(frozen=True)
class SortedScene:
    """What a scene really held, what was passed on, and where its picture is."""

    drawn: Tuple[str, ...]
    passed_on: Tuple[str, ...]
    status: str
    picture: Optional[Path]

    @property
    def is_right(self) -> bool:
        return self.drawn == self.passed_on and self.status in ("ok", "no_cubes")


def main() -> None:
    life = NodeLife("demo")
    life.begin()
    scenes: List[SortedScene] = []
    try:
        settings = life.read_settings(DemoSettings)
        pictures = AnnotatedPictures(settings)
        life.work_until_shutdown(lambda: _sort(life, settings, pictures, scenes))
    except TodError as error:
        life.give_up(error)
    leave(_status(scenes, settings))


def _status(scenes: List[SortedScene], settings: DemoSettings) -> int:
    return 0 if len(scenes) == settings.scenes and all(s.is_right for s in scenes) else 1


def _sort(
    life: NodeLife, settings: DemoSettings, pictures: AnnotatedPictures, scenes: List[SortedScene]
) -> None:
    rospy.loginfo("waiting for the inference node: service %s", DETECT)
    try:
        rospy.wait_for_service(DETECT, settings.patience_s)
    except rospy.ROSException:
        sleep(0.0)  # an interruption, and no time-out, if the node is to end
        raise ConversationError(f"no {DETECT} within {settings.patience_s:g} s") from None
    params = RosParams(sleep)
    controller = Controller(
        params,
        names=settings.names(),
        result_param=RESULT,
        drive_s=settings.drive_s,
        patience_s=settings.patience_s,
        sleep=sleep,
    )
    for number in range(1, settings.scenes + 1):
        sorted_scene = controller.sort_scene()
        status = sorted_scene.result["status"]
        drawn, picture = (), None
        if status != FAILED:
            drawn = tuple(params.get(TRUTH, {}).get("names", ()))
            picture = pictures.keep(number, sorted_scene.result["stamp"])
        scenes.append(SortedScene(drawn, sorted_scene.names, status, picture))
        rospy.loginfo("scene %d of %d sorted", number, settings.scenes)
    rospy.loginfo("%s", in_words(scenes))
    life.end(_status(scenes, settings), "all scenes are sorted")


class AnnotatedPictures:
    """Stores the annotated pictures."""

    def __init__(self, settings: DemoSettings):
        self._folder = Path(os.path.expanduser(settings.output)) if settings.output else None
        self._patience_s = settings.patience_s
        self._last: Optional[Image] = None
        if self._folder is None:
            return
        try:
            make_folder(self._folder)
        except OSError as error:
            raise ProjectError(
                f"{self._folder}: cannot be made ({error.strerror}); name another output"
            ) from None
        rospy.Subscriber(ANNOTATED, Image, self._receive, queue_size=1)

    def keep(self, number: int, stamp: float) -> Optional[Path]:
        """Store the picture of that stamp as scene<number>.png; its path."""
        if self._folder is None:
            return None
        waited_s = 0.0
        while self._last is None or abs(self._last.header.stamp.to_sec() - stamp) > 1e-3:
            if waited_s > self._patience_s:
                raise ConversationError(f"no {ANNOTATED} within {self._patience_s:g} s")
            sleep(0.05)
            waited_s += 0.05
        path = self._folder / f"scene{number}.png"
        write_image(path, from_message(self._last))
        return path

    def _receive(self, message: Any) -> None:
        self._last = message


def in_words(scenes: List[SortedScene]) -> str:
    """A table, one line for each scene, and the sum."""
    head = ("scene", "drawn", "passed on, left to right", "")
    rows = [
        (str(number), _listed(s.drawn), _listed(s.passed_on), _verdict(s))
        for number, s in enumerate(scenes, start=1)
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]).rstrip()
        for row in [head, *rows]
    ]
    right = sum(s.is_right for s in scenes)
    lines.append(f"{right} of {len(scenes)} scenes right")
    folders = sorted({str(s.picture.parent) for s in scenes if s.picture})
    lines += [f"annotated pictures: {folder}" for folder in folders]
    return "\n" + "\n".join(lines)


def _verdict(scene: SortedScene) -> str:
    if scene.is_right:
        return "right"
    return "WRONG" if scene.status in ("ok", "no_cubes") else f"WRONG: {scene.status}"


def _listed(names: Tuple[str, ...]) -> str:
    return " ".join(names) or "(no cubes)"
