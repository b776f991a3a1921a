"""What became of one request, as the node tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from tod_ros.detection import Detection
from tod_ros.frame import Frame

OK = "ok"
NO_CUBES = "no_cubes"
CAMERA_FAILED = "camera_failed"
MODEL_FAILED = "model_failed"
ASK = -2  # in place of an unsure cube's class: turn the cube, and ask again
MOST_REQUESTS = 2**31 - 1  # the parameter server's whole numbers end there


@dataclass(frozen=True)
class Answer:
    """What became of one request; `detections` are left to right, `failed_at` is a stamp in s."""

    request: int
    status: str
    frame: Optional[Frame] = field(default=None, repr=False, compare=False)
    detections: Tuple[Detection, ...] = ()
    reason: str = ""
    asks: bool = False  # for unsure cubes, in place of telling their best class
    failed_at: float = 0.0

    @property
    def stamp(self) -> float:
        """When the picture was taken; when there is none, when the camera was given up."""
        return self.failed_at if self.frame is None else self.frame.stamp_s

    @property
    def labels(self) -> Tuple[int, ...]:
        return tuple(ASK if self.asks and d.unsure else d.label for d in self.detections)

    def as_parameter(self) -> Dict[str, Any]:
        """`places` only where the camera is calibrated: x and y in metres, the turn in degrees."""
        return {
            **({"places": self._places()} if any(d.place for d in self.detections) else {}),
            "stamp": self.stamp,
            "frame_id": "" if self.frame is None else self.frame.frame_id,
            "request": self.request,
            "status": self.status,
            "count": len(self.detections),
            "labels": list(self.labels),
            "names": [d.name for d in self.detections],
            "scores": [round(d.score, 4) for d in self.detections],
            "unsure": [d.unsure for d in self.detections],
            "boxes": [[round(v, 1) for v in d.xyxy] for d in self.detections],
        }

    def _places(self) -> List[List[float]]:
        """[] where a cube has none."""
        return [
            [round(d.place.x_m, 4), round(d.place.y_m, 4), round(d.place.turn_deg, 1)]
            if d.place
            else []
            for d in self.detections
        ]

    def in_words(self) -> str:
        if self.reason:
            return f"{self.status}: {self.reason}"
        if not self.detections:
            return "no cubes seen"
        return ", ".join(f"{d.name} ({d.score:.2f})" for d in self.detections) + " left to right"


def is_request_number(value: Any) -> bool:
    return type(value) is int and 0 < value < MOST_REQUESTS


def _is_label(value: Any) -> bool:
    return type(value) is int and (value > 0 or value == ASK)


def labels_told(value: Any, request: int) -> Optional[Tuple[int, ...]]:
    """The labels in a result parameter, if it is whole and of that request."""
    if not isinstance(value, dict) or value.get("request") != request:
        return None
    labels = value.get("labels")
    if not isinstance(labels, list) or not all(_is_label(v) for v in labels):
        return None
    return tuple(labels) if value.get("count") == len(labels) else None
