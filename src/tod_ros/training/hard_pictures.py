"""Which drawn pictures a network gets wrong or almost wrong; it learns more from these."""

from __future__ import annotations

from typing import List, Tuple

from tod_ros.annotation import Box
from tod_ros.detection import Detection, iou
from tod_ros.evaluation.verdict import Limits, judge_picture
from tod_ros.files import PathLike
from tod_ros.inference.detector import Detector, load_detector
from tod_ros.scene.scene import Scene

# A picture is read surely when nothing is wrong with it at either of these thresholds: a false box
# may not come near 0.5 from below, nor a right one from above.
LOW, HIGH = 0.2, 0.6
SAME_SPOT = 0.5  # IoU of two faults


class Examiner:
    """Tells where in a scene the network of a model folder is wrong, or nearly."""

    def __init__(self, model: PathLike):
        self._detector: Detector = load_detector(model, threads=1)

    def hard_spots(self, scene: Scene) -> Tuple[Box, ...]:
        """The boxes of what is missed, confused or seen where nothing is; none if all is read."""
        found = self._detector.detect(scene.image, LOW)
        spots: List[Box] = []
        for min_score in (LOW, HIGH):
            verdict = judge_picture("", scene.boxes, found, Limits(min_score))
            faults = [*verdict.missed, *(box for box, _ in verdict.confused)]
            faults += [_box_of(false) for false in verdict.false]
            for fault in faults:
                if all(iou(fault.xyxy, spot.xyxy) < SAME_SPOT for spot in spots):
                    spots.append(fault)
        return tuple(spots)


def _box_of(found: Detection) -> Box:
    xmin, ymin, xmax, ymax = (round(side) for side in found.xyxy)
    return Box("", xmin, ymin, xmax, ymax)
