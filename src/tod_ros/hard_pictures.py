"""Which drawn pictures a network gets wrong, or nearly: they teach it more than those it reads."""

from __future__ import annotations

from tod_ros.detector import Detector, load_detector
from tod_ros.files import PathLike
from tod_ros.scene import Scene
from tod_ros.verdicts import Limits, judge_picture

# A picture is read surely when nothing is wrong with it at either of these thresholds: a false box
# may not come near 0.5 from below, nor a right one from above.
LOW, HIGH = 0.2, 0.6


class Examiner:
    """Tells of scenes whether the network of a model folder finds them hard."""

    def __init__(self, model: PathLike):
        self._detector: Detector = load_detector(model, threads=1)

    def finds_hard(self, scene: Scene) -> bool:
        found = self._detector.detect(scene.image, LOW)
        return any(
            judge_picture("", scene.boxes, found, Limits(min_score)).faults > 0
            for min_score in (LOW, HIGH)
        )
