"""The project's own pictures, each read once, and kept no larger than it is going to be shown."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Tuple

import cv2

from tod_ros.dataset.samples import Sample
from tod_ros.images.image_file import read_image
from tod_ros.training.transfer.pasted_objects import Picture

PICTURES_KEPT = 64  # in the memory of each process that draws


@functools.lru_cache(maxsize=PICTURES_KEPT)
def read_reduced(sample: Sample, size_wh: Tuple[int, int], enlarged: float) -> Picture:
    """A picture and its boxes, no larger than `enlarged` times what `size_wh` shows of it."""
    image, boxes = read_image(sample.picture), sample.annotation.boxes
    height, width = image.shape[:2]
    scale = enlarged * max(size_wh[0] / width, size_wh[1] / height)
    if scale >= 1:
        return image, boxes
    reduced_wh = max(round(width * scale), 1), max(round(height * scale), 1)
    image = cv2.resize(image, reduced_wh, interpolation=cv2.INTER_AREA)
    across, down = reduced_wh[0] / width, reduced_wh[1] / height
    return image, tuple(
        replace(
            box,
            xmin=box.xmin * across,
            xmax=box.xmax * across,
            ymin=box.ymin * down,
            ymax=box.ymax * down,
        )
        for box in boxes
    )
