"""Boxes, names and scores on a picture."""

from __future__ import annotations

from typing import Iterable, Tuple

import cv2
import numpy as np

from tod_ros.detection import Detection

# blue first; far apart for eyes that cannot tell red from green
COLOURS_BGR = (
    (0, 114, 213),
    (178, 114, 0),
    (115, 158, 0),
    (167, 121, 204),
    (66, 228, 240),
    (233, 180, 86),
)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_detections(bgr: np.ndarray, detections: Iterable[Detection]) -> np.ndarray:
    """A new picture with each detection's box, name and score on it."""
    drawn = bgr.copy()
    width = max(2, round(drawn.shape[1] / 320))
    for detection in detections:
        colour = COLOURS_BGR[(detection.label - 1) % len(COLOURS_BGR)]
        xmin, ymin, xmax, ymax = (int(round(v)) for v in detection.xyxy)
        cv2.rectangle(drawn, (xmin, ymin), (xmax, ymax), colour, width)
        _write(drawn, f"{detection.name} {detection.score:.2f}", (xmin, ymin), colour)
    return drawn


def _write(
    drawn: np.ndarray, text: str, at_xy: Tuple[int, int], colour: Tuple[int, int, int]
) -> None:
    """Text on a bar of the box's colour, above the box, or inside where there is no room."""
    height, width = drawn.shape[:2]
    scale = max(0.4, width / 1100)
    thickness = max(1, round(scale * 1.6))
    text = text.encode("ascii", "replace").decode()  # OpenCV's fonts know nothing else
    (text_width, text_height), below = cv2.getTextSize(text, FONT, scale, thickness)
    bar = text_height + below + 2
    x = min(max(at_xy[0], 0), max(width - text_width - 4, 0))
    y = min(at_xy[1] - bar if at_xy[1] >= bar else max(at_xy[1], 0), max(height - bar, 0))
    cv2.rectangle(drawn, (x, y), (x + text_width + 4, y + bar), colour, cv2.FILLED)
    dark = sum(colour) < 380
    ink = (255, 255, 255) if dark else (0, 0, 0)
    place = (x + 2, y + text_height + 1)
    cv2.putText(drawn, text, place, FONT, scale, ink, thickness, cv2.LINE_AA)
