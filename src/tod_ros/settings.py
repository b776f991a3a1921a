"""The settings of the nodes: defaults and ranges in one place, everything else refused by name."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Any, Mapping, Type, TypeVar

from tod_ros.errors import SettingError
from tod_ros.text import MOST_LETTERS, did_you_mean, shown, shown_value

Settings = TypeVar("Settings")


def setting(default: Any, **limits: Any) -> Any:
    """A field with limits: `least` and `most` (inclusive), or `among` (the values allowed).

    `is_name`: the text is a name in ROS's graph.
    """
    return dataclasses.field(default=default, metadata=limits)


@dataclass(frozen=True)
class ImageSettings:
    """Private parameters of every node that takes pictures."""

    image_service: str = setting("get_image", is_name=True)
    image_topic: str = setting("none", is_name=True)
    accept_latest: bool = False
    check_frozen: bool = True
    image_timeout_s: float = setting(3.0, least=0.05, most=3600.0)
    image_attempts: int = setting(3, least=1, most=100)


@dataclass(frozen=True)
class InferenceSettings(ImageSettings):
    """Private parameters of the inference node."""

    model: str = ""
    label_map: str = "auto"
    runtime: str = setting("auto", among=("auto", "tensorflow", "litert"))
    threads: int = setting(0, least=0, most=256)
    trust_model: bool = False
    min_score: float = setting(0.5, least=0.0, most=1.0)
    max_overlap: float = setting(0.5, least=0.0, most=1.0)
    max_objects: int = setting(4, least=1, most=1000)
    looks: int = setting(1, least=1, most=5)
    sure_margin: float = setting(0.0, least=0.0, most=1.0)
    unsure: str = setting("tell", among=("tell", "skip", "ask"))
    place: str = "none"
    continuous_hz: float = setting(0.0, least=0.0, most=100.0)
    poll_hz: float = setting(50.0, least=0.1, most=1000.0)
    ready_hold_s: float = setting(1.5, least=0.0, most=60.0)
    ready_timeout_s: float = setting(0.0, least=0.0, most=86400.0)
    take_image_param: str = setting("takeImage", is_name=True)
    robot_ready_param: str = setting("RobotReady", is_name=True)
    label_param: str = setting("label", is_name=True)


@dataclass(frozen=True)
class CaptureSettings(ImageSettings):
    """Private parameters of the capture node."""

    project: str = ""
    split: str = setting("auto", among=("auto", "train", "test"))
    prefix: str = "image"
    digits: int = setting(3, least=1, most=9)
    extension: str = setting("png", among=("png", "jpg"))
    interactive: bool = False


def from_mapping(kind: Type[Settings], values: Mapping[str, Any]) -> Settings:
    """`kind` with `values`; SettingError for an unknown name or a value that does not fit."""
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise SettingError(
                f"unknown parameter {shown(str(name))}{did_you_mean(name, fields)}", name
            )
    return kind(**{name: _checked(fields[name], value) for name, value in values.items()})


def _checked(field: Any, value: Any) -> Any:
    value = _as_type(field.name, type(field.default), value)
    limits = field.metadata
    if "among" in limits and value not in limits["among"]:
        raise SettingError(
            f"parameter {field.name!r} is {shown_value(value)}, must be one of"
            f" {', '.join(limits['among'])}",
            field.name,
        )
    if "least" in limits and not limits["least"] <= value <= limits["most"]:
        raise SettingError(
            f"parameter {field.name!r} is {shown_value(value)}, must be from {limits['least']}"
            f" to {limits['most']}",
            field.name,
        )
    if limits.get("is_name") and not _is_graph_name(value):
        raise SettingError(
            f"parameter {field.name!r} is {shown_value(value)}, must be a name of ROS: letters,"
            " digits and _, with / between its parts",
            field.name,
        )
    return value


def _is_graph_name(text: str) -> bool:
    legal = re.fullmatch(r"(~/?|/)?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z0-9_]+)*", text)
    return bool(legal) and len(text) <= MOST_LETTERS


def _as_type(name: str, wanted: type, value: Any) -> Any:
    """`value` if it is of the type wanted; a whole number also where a float is."""
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**1000 else math.inf
    if type(value) is not wanted or (isinstance(value, float) and not math.isfinite(value)):
        kind = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        raise SettingError(
            f"parameter {name!r} is {shown_value(value)}, must be {kind[wanted]}", name
        )
    return value
