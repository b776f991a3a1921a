"""The TF2 Detection Model Zoo: what there is, and what of it is here."""

from __future__ import annotations

import csv
import functools
import io
import re
from dataclasses import dataclass
from typing import Optional, Tuple

from tod_ros.errors import ZooError
from tod_ros.files import read_text
from tod_ros.models.families import HEIRS
from tod_ros.shipped import shipped
from tod_ros.text import did_you_mean

BASE_URL = "https://download.tensorflow.org/models/object_detection/tf2"
TABLE = ("config", "zoo.tsv")  # as the zoo's page has it; date is the archive's
_EFFICIENTDET_SIDES = (512, 640, 768, 896, 1024, 1280, 1280, 1536)


@dataclass(frozen=True)
class ZooNetwork:
    """One network; speed, mAP and input size are None where nobody published them."""

    name: str
    speed_ms: Optional[float]
    coco_map: Optional[float]
    input_hw: Optional[Tuple[int, int]]
    url: str


@functools.lru_cache(maxsize=None)
def catalogue() -> Tuple[ZooNetwork, ...]:
    """Every network of the zoo, in the order of its page."""
    table = csv.DictReader(io.StringIO(read_text(shipped(*TABLE))), delimiter="\t")
    return tuple(_network(**row) for row in table)


def find(name: str) -> ZooNetwork:
    known = {network.name: network for network in catalogue()}
    if name in HEIRS:
        raise ZooError(
            f"{name} is of the TF1 zoo, which TensorFlow 2 cannot train;"
            f" `tod zoo get {HEIRS[name]}` gets its heir"
        )
    if name not in known:
        near = did_you_mean(name, known)
        hint = near if near.startswith(",") else ": `tod zoo list` shows all"
        raise ZooError(f"no network {name!r} in the zoo{hint}")
    return known[name]


def _network(name: str, speed_ms: str, coco_map: str, date: str) -> ZooNetwork:
    return ZooNetwork(
        name,
        None if speed_ms == "-" else float(speed_ms),
        None if coco_map == "-" else float(coco_map),
        _input_hw(name),
        f"{BASE_URL}/{date}/{name}.tar.gz",
    )


def _input_hw(name: str) -> Optional[Tuple[int, int]]:
    size = re.search(r"_(\d+)x(\d+)_", name)
    if size:
        return int(size.group(1)), int(size.group(2))
    efficientdet = re.match(r"efficientdet_d(\d)_", name)
    if efficientdet:
        side = _EFFICIENTDET_SIDES[int(efficientdet.group(1))]
        return side, side
    return None
