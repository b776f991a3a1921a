"""Whether what was exported finds what the network it was made of finds, picture by picture."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros.evaluation.comparing import Difference, compare
from tod_ros.inference import litert_runtime
from tod_ros.inference.detector import load_detector
from tod_ros.inference.network import Network, Raw
from tod_ros.models.folder import TFLITE

MOST_PIXELS, MOST_SCORE = 1.0, 0.01  # that two runtimes may differ by
LEAST_SCORE = 0.05  # of detections that are compared
CAMERA_SIZE_WH = (640, 480)  # of pictures, where none tells their size


@dataclass(frozen=True)
class Exported:
    """What was written, how far it is from the original, and what it found on the pictures."""

    folder: Path
    differences: Mapping[str, Difference]
    pictures: int
    found: int
    without: Mapping[str, str] = field(default_factory=dict)  # runtime -> why it was left out
    # objects found on the same training pictures in training and in inference mode, where few of
    # the test pictures show any
    found_in_modes: Optional[Tuple[int, int]] = None

    @property
    def doubt(self) -> str:
        """Which runtime to trust, where the fastest does not give the original's boxes."""
        litert = self.differences.get("litert")
        if litert is None or (
            litert.pixels <= MOST_PIXELS and litert.score <= MOST_SCORE and not litert.other
        ):
            return ""
        return (
            f"LiteRT differs by more than {MOST_PIXELS:g} pixel or {MOST_SCORE:g}: trust"
            " tensorflow, which runs the network's own graph (runtime: tensorflow)"
        )


def judge_export(
    original: Callable[[np.ndarray], Raw],
    draft: Path,
    images: Sequence[np.ndarray],
    min_score: float,
) -> Tuple[Dict[str, Difference], int]:
    """How far each runtime is from the original on the pictures; on how many anything is found.

    Both sides look once, and decode and suppress overlaps alike; without pictures, at a grey one.
    """
    has_twin = (draft / TFLITE).is_file() and litert_runtime.is_installed()
    runtimes = ["tensorflow", "litert"] if has_twin else ["tensorflow"]
    detectors = {runtime: load_detector(draft, runtime=runtime) for runtime in runtimes}
    least = min(min_score, LEAST_SCORE)
    unfrozen = dataclasses.replace(
        detectors["tensorflow"], runtime="original", network=Network(original)
    )
    looks = images or [np.full((CAMERA_SIZE_WH[1], CAMERA_SIZE_WH[0], 3), 127, np.uint8)]
    expected = [unfrozen.look(image, least) for image in looks]
    differences = {
        runtime: compare(expected, [detector.look(image, least) for image in looks])
        for runtime, detector in detectors.items()
    }
    found = sum(
        1
        for detections in expected[: len(images)]
        if any(detection.score >= min_score for detection in detections)
    )
    return differences, found
