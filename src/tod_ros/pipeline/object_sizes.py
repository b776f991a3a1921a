"""How large and how wide a project's objects are, as parts of their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

import numpy as np

from tod_ros.annotation import Annotation


@dataclass(frozen=True)
class ObjectSizes:
    """Width and height of each object in pixels of its picture, and the pictures' usual size."""

    sizes_wh: Tuple[Tuple[float, float], ...]
    picture_wh: Tuple[int, int]

    def at(self, input_hw: Tuple[int, int]) -> np.ndarray:
        """Width and height of each object [N,2] where the pictures are shown in `input_hw`."""
        scale = np.array([input_hw[1] / self.picture_wh[0], input_hw[0] / self.picture_wh[1]])
        return np.array(self.sizes_wh, float).reshape(-1, 2) * scale

    def share_under(self, pixels: float, input_hw: Tuple[int, int]) -> float:
        """The share of the objects whose shorter side is under so many pixels of the input."""
        return float(np.mean(self.at(input_hw).min(axis=1) < pixels))


def sizes_in(annotations: Iterable[Annotation]) -> ObjectSizes:
    """The sizes in annotated pictures; each box is measured against its own picture.

    Pictures of several sizes are all taken for the first one's size: a network shows them alike.
    """
    found, usual = [], (0, 0)
    for annotation in annotations:
        width, height = annotation.size_wh
        if not width or not height:
            continue
        usual = usual if all(usual) else (width, height)
        across, down = usual[0] / width, usual[1] / height
        found += [
            ((box.xmax - box.xmin) * across, (box.ymax - box.ymin) * down)
            for box in annotation.boxes
            if box.xmax > box.xmin and box.ymax > box.ymin
        ]
    return ObjectSizes(tuple(found), usual)
