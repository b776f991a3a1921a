"""The settings of a training with few pictures: training/<network>/transfer.yaml.

`tod configure` writes the file beside pipeline.config if the network knows how cubes look. `tod
train` reads it. Without the file a network is trained on the project's records alone.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Optional, Type, Union

from tod_ros.errors import SettingError
from tod_ros.files import PathLike, make_folder, read_text, write_text
from tod_ros.plain_yaml import load_plain_yaml
from tod_ros.settings import from_mapping, setting
from tod_ros.text import one_line

FILE = "transfer.yaml"
SIZE_WH = (320, 240)  # of drawn cubes, and of a project's pictures of them as they are shown anew
MAX_BYTES = 100_000


@dataclass(frozen=True)
class TransferSettings:
    """For marks on cubes: numbers of pictures to draw, and how the start of the learning goes."""

    captures: int = setting(450, least=0, most=100_000)
    composites: int = setting(800, least=0, most=1_000_000)
    mosaics: int = setting(150, least=0, most=1_000_000)
    replay: int = setting(330, least=0, most=1_000_000)
    head_steps: int = setting(40, least=0, most=1_000_000)
    tell_apart: float = setting(0.5, least=0.0, most=100.0)
    seed: int = setting(0, least=0, most=2**31)


@dataclass(frozen=True)
class ObjectSettings:
    """For objects of any kind: numbers of pictures to make, and how the learning starts."""

    captures: int = setting(240, least=0, most=100_000)
    pasted: int = setting(400, least=0, most=1_000_000)
    mosaics: int = setting(120, least=0, most=1_000_000)
    head_steps: int = setting(40, least=0, most=1_000_000)
    tell_apart: float = setting(0.5, least=0.0, most=100.0)
    seed: int = setting(0, least=0, most=2**31)


FewPictures = Union[TransferSettings, ObjectSettings]
SHOWS: Dict[str, Type[FewPictures]] = {"cubes": TransferSettings, "objects": ObjectSettings}
MEANINGS = {
    "captures": "the project's own pictures, shown so many times anew: shifted, scaled, relit",
    "pasted": "such pictures with more of the project's objects, cut out and pasted elsewhere",
    "composites": "drawn scenes with the marks of the project's own pictures, written again",
    "mosaics": "pictures of many such faces or objects side by side",
    "replay": "drawn scenes of the classes that can be drawn, so that they are not forgotten",
    "head_steps": "steps at the start in which only the network's last layers learn",
    "tell_apart": "weight of a loss that compares the classes on each object with one another",
    "seed": "of all that is drawn",
}


def shows(settings: FewPictures) -> str:
    return next(word for word, kind in SHOWS.items() if isinstance(settings, kind))


def write_transfer(path: PathLike, settings: FewPictures) -> None:
    lines = ["# How `tod train` helps a network that learns from few pictures; 0 leaves one out.\n"]
    lines.append(f"shows: {shows(settings)}  # cubes are drawn, objects are cut out and pasted\n")
    for field in dataclasses.fields(settings):
        name = field.name
        lines.append(f"{name}: {getattr(settings, name)}  # {MEANINGS[name]}\n")
    make_folder(Path(path).parent)
    write_text(path, "".join(lines))


def read_transfer(network_dir: PathLike) -> Optional[FewPictures]:
    """The settings beside a pipeline.config; None where the file is not there."""
    path = Path(network_dir) / FILE
    try:
        values = load_plain_yaml(read_text(path, MAX_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingError(
            f"{path}: cannot be read ({one_line(error)}); `tod configure` writes it anew"
        ) from None
    if not isinstance(values, dict):
        raise SettingError(f"{path}: holds no settings; `tod configure` writes it anew")
    kind = SHOWS.get(str(values.pop("shows", "cubes")))
    if kind is None:
        raise SettingError(f"{path}: 'shows' must be one of {', '.join(SHOWS)}", "shows")
    try:
        return from_mapping(kind, values)
    except SettingError as error:
        raise SettingError(f"{path}: {error}", error.parameter) from None
