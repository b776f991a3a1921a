"""How a network finds its objects: in one stage or in two.

A one-stage network (SSD, EfficientDet, CenterNet) tells boxes and classes in one pass. A two-stage
network (Faster R-CNN, Mask R-CNN) proposes regions first and then classifies each. docs/networks.md
says what that means for a robot.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

from tod_ros.errors import ZooError
from tod_ros.files import read_bounded

ONE_STAGE, TWO_STAGE = "one-stage", "two-stage"
_BY_PREFIX = {
    "centernet": ONE_STAGE,
    "efficientdet": ONE_STAGE,
    "ssd": ONE_STAGE,
    "extremenet": ONE_STAGE,
    "faster_rcnn": TWO_STAGE,
    "mask_rcnn": TWO_STAGE,
}
_BY_FIELD = {"ssd": ONE_STAGE, "center_net": ONE_STAGE, "faster_rcnn": TWO_STAGE}
_MOST_CONFIG_BYTES = 1 << 20
# Networks of the TF1 zoo that the course names, and what stands in their place in the TF2 zoo.
HEIRS = {
    "ssd_mobilenet_v1_coco_2017_11_17": "ssd_mobilenet_v1_fpn_640x640_coco17_tpu-8",
    "mask_rcnn_inception_resnet_v2_atrous_coco_2018_01_28": (
        "mask_rcnn_inception_resnet_v2_1024x1024_coco17_gpu-8"
    ),
}


def stages(name: str) -> Optional[str]:
    """By the name of a network of the zoo; None if the name does not tell."""
    for prefix, kind in _BY_PREFIX.items():
        if re.match(rf"{prefix}(_|$)", name):
            return kind
    return None


def stages_of_folder(folder: Path) -> Optional[str]:
    """By the pipeline.config of a network; None if it cannot be read."""
    try:
        config = read_bounded(folder / "pipeline.config", _MOST_CONFIG_BYTES, ZooError, "1 MB")
        text = config.decode("utf-8")
    except (UnicodeDecodeError, ZooError):
        return None
    field = re.search(r"^\s*(ssd|faster_rcnn|center_net)\s*:?\s*\{", text, re.M)
    return _BY_FIELD[field.group(1)] if field else None
