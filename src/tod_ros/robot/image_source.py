"""Where a node's pictures come from: the robot's camera service, or a topic."""

from __future__ import annotations

import logging
import time
from typing import Any, Callable, Protocol

from tod_ros.robot.camera_search import others_in_words
from tod_ros.robot.image_client import ImageClient
from tod_ros.robot.image_topic import ImageTopic
from tod_ros.robot.parameters import REPEAT_S
from tod_ros.settings import ImageSettings

NO_TOPIC = ("", "none")

log = logging.getLogger("rosout." + __name__)


class ImageSource(Protocol):
    """A call gives a message with a picture, or raises CameraError."""

    name: str

    def __call__(self) -> Any: ...

    def missing(self) -> str: ...


def open_source(settings: ImageSettings) -> ImageSource:
    """The topic where one is named, otherwise the service."""
    if settings.image_topic in NO_TOPIC:
        return ImageClient(settings.image_service, settings.image_timeout_s)
    return ImageTopic(settings.image_topic, settings.image_timeout_s, settings.accept_latest)


def wait_for_source(source: ImageSource, sleep: Callable[[float], None]) -> None:
    """Wait until the camera is there; a warning every 30 s says what is missing."""
    spoken_at, spoken = 0.0, ""
    while True:
        missing = source.missing()
        if not missing:
            return
        is_news = missing != spoken or time.monotonic() - spoken_at >= REPEAT_S
        if is_news:
            log.warning("waiting for the robot: %s%s", missing, others_in_words(source.name))
            spoken_at, spoken = time.monotonic(), missing
        sleep(0.2)
