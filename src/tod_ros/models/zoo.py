"""The TF2 Detection Model Zoo: what there is, and what of it is here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, List, Optional, Tuple

from tod_ros.errors import ZooError
from tod_ros.models.families import HEIRS
from tod_ros.text import did_you_mean

BASE_URL = "https://download.tensorflow.org/models/object_detection/tf2"
# name, speed in ms, COCO mAP, date of the archive: as the zoo's page has them
_CATALOGUE = """
centernet_hg104_512x512_coco17_tpu-8                     70 41.9 20200713
centernet_hg104_512x512_kpts_coco17_tpu-32               76 40.0 20200711
centernet_hg104_1024x1024_coco17_tpu-32                 197 44.5 20200713
centernet_hg104_1024x1024_kpts_coco17_tpu-32            211 42.8 20200711
centernet_resnet50_v1_fpn_512x512_coco17_tpu-8           27 31.2 20200711
centernet_resnet50_v1_fpn_512x512_kpts_coco17_tpu-8      30 29.3 20200711
centernet_resnet101_v1_fpn_512x512_coco17_tpu-8          34 34.2 20200711
centernet_resnet50_v2_512x512_coco17_tpu-8               27 29.5 20200711
centernet_resnet50_v2_512x512_kpts_coco17_tpu-8          30 27.6 20200711
centernet_mobilenetv2fpn_512x512_coco17_od                6 23.4 20210210
centernet_mobilenetv2fpn_512x512_coco17_kpts              6 41.7 20210210
efficientdet_d0_coco17_tpu-32                            39 33.6 20200711
efficientdet_d1_coco17_tpu-32                            54 38.4 20200711
efficientdet_d2_coco17_tpu-32                            67 41.8 20200711
efficientdet_d3_coco17_tpu-32                            95 45.4 20200711
efficientdet_d4_coco17_tpu-32                           133 48.5 20200711
efficientdet_d5_coco17_tpu-32                           222 49.7 20200711
efficientdet_d6_coco17_tpu-32                           268 50.5 20200711
efficientdet_d7_coco17_tpu-32                           325 51.2 20200711
ssd_mobilenet_v2_320x320_coco17_tpu-8                    19 20.2 20200711
ssd_mobilenet_v1_fpn_640x640_coco17_tpu-8                48 29.1 20200711
ssd_mobilenet_v2_fpnlite_320x320_coco17_tpu-8            22 22.2 20200711
ssd_mobilenet_v2_fpnlite_640x640_coco17_tpu-8            39 28.2 20200711
ssd_resnet50_v1_fpn_640x640_coco17_tpu-8                 46 34.3 20200711
ssd_resnet50_v1_fpn_1024x1024_coco17_tpu-8               87 38.3 20200711
ssd_resnet101_v1_fpn_640x640_coco17_tpu-8                57 35.6 20200711
ssd_resnet101_v1_fpn_1024x1024_coco17_tpu-8             104 39.5 20200711
ssd_resnet152_v1_fpn_640x640_coco17_tpu-8                80 35.4 20200711
ssd_resnet152_v1_fpn_1024x1024_coco17_tpu-8             111 39.6 20200711
faster_rcnn_resnet50_v1_640x640_coco17_tpu-8             53 29.3 20200711
faster_rcnn_resnet50_v1_1024x1024_coco17_tpu-8           65 31.0 20200711
faster_rcnn_resnet50_v1_800x1333_coco17_gpu-8            65 31.6 20200711
faster_rcnn_resnet101_v1_640x640_coco17_tpu-8            55 31.8 20200711
faster_rcnn_resnet101_v1_1024x1024_coco17_tpu-8          72 37.1 20200711
faster_rcnn_resnet101_v1_800x1333_coco17_gpu-8           77 36.6 20200711
faster_rcnn_resnet152_v1_640x640_coco17_tpu-8            64 32.4 20200711
faster_rcnn_resnet152_v1_1024x1024_coco17_tpu-8          85 37.6 20200711
faster_rcnn_resnet152_v1_800x1333_coco17_gpu-8          101 37.4 20200711
faster_rcnn_inception_resnet_v2_640x640_coco17_tpu-8    206 37.7 20200711
faster_rcnn_inception_resnet_v2_1024x1024_coco17_tpu-8  236 38.7 20200711
mask_rcnn_inception_resnet_v2_1024x1024_coco17_gpu-8    301 39.0 20200711
extremenet                                                -    - 20210507
"""
_EFFICIENTDET_SIDES = (512, 640, 768, 896, 1024, 1280, 1280, 1536)


@dataclass(frozen=True)
class ZooNetwork:
    """One network; speed, mAP and input size are None where nobody published them."""

    name: str
    speed_ms: Optional[float]
    coco_map: Optional[float]
    input_hw: Optional[Tuple[int, int]]
    url: str


def catalogue() -> List[ZooNetwork]:
    """Every network of the zoo, in the order of its page."""
    return list(_read_catalogue())


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


def _read_catalogue() -> Iterator[ZooNetwork]:
    for line in _CATALOGUE.split("\n"):
        if line:
            name, speed, coco_map, date = line.split()
            yield ZooNetwork(
                name,
                None if speed == "-" else float(speed),
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
