"""What every runtime makes of a network: a function from a picture to arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Tuple

import numpy as np


@dataclass(frozen=True)
class Raw:
    """A network's answer: boxes [N,4] as ymin,xmin,ymax,xmax in 0..1, labels from 1, scores."""

    boxes_yxyx: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    # how many classes it knows, at least and at most, where its arrays tell it
    class_count: Optional[Tuple[int, int]] = None
    masks: Optional[np.ndarray] = None  # [N,h,w], how likely each point of a box is the object's


@dataclass(frozen=True)
class Network:
    """`run` takes a picture [H,W,3] uint8, blue first, of any size; threads may share it."""

    run: Callable[[np.ndarray], Raw]
    input_size_wh: Optional[Tuple[int, int]] = None
