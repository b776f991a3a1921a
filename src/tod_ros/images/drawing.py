"""Boxes, masks, names and scores on a picture."""

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
DASH_IN_WIDTHS = 4  # length of a dash, and of the gap after it
GLASS = 0.45  # of a mask's colour over the picture
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_detections(bgr: np.ndarray, detections: Iterable[Detection]) -> np.ndarray:
    """A new picture with each detection's box, mask, name and score on it."""
    drawn = bgr.copy()
    width = max(2, round(drawn.shape[1] / 320))
    detections = list(detections)
    for detection in detections:  # no mask covers another one's box or name
        _tint(drawn, detection)
    for detection in detections:
        colour = _colour(detection)
        xmin, ymin, xmax, ymax = (int(round(v)) for v in detection.xyxy)
        draw_box = _dashed_box if detection.unsure else _box
        draw_box(drawn, (xmin, ymin, xmax, ymax), colour, width)
        _write(drawn, _caption(detection), (xmin, ymin), colour)
    return drawn


def _colour(detection: Detection) -> Tuple[int, int, int]:
    return COLOURS_BGR[(detection.label - 1) % len(COLOURS_BGR)]


def _tint(drawn: np.ndarray, detection: Detection) -> None:
    """The pixels of the detection's mask in its colour, as through glass."""
    mask = detection.mask
    if mask is None or mask.size_wh != (drawn.shape[1], drawn.shape[0]):
        return
    xmin, ymin, xmax, ymax = mask.xyxy
    inside, part = mask.pixels()[ymin:ymax, xmin:xmax], drawn[ymin:ymax, xmin:xmax]
    glass = np.array(_colour(detection)) * GLASS
    part[inside] = np.rint(part[inside] * (1 - GLASS) + glass).astype(np.uint8)


def _caption(detection: Detection) -> str:
    if not detection.unsure:
        return f"{detection.name} {detection.score:.2f}"
    return f"{detection.name} or {detection.rival}?" if detection.rival else f"{detection.name}?"


def _box(
    drawn: np.ndarray, xyxy: Tuple[int, int, int, int], colour: Tuple[int, int, int], width: int
) -> None:
    cv2.rectangle(drawn, xyxy[:2], xyxy[2:], colour, width)


def _dashed_box(
    drawn: np.ndarray, xyxy: Tuple[int, int, int, int], colour: Tuple[int, int, int], width: int
) -> None:
    xmin, ymin, xmax, ymax = xyxy
    dash = DASH_IN_WIDTHS * width
    for x in range(xmin, xmax, 2 * dash):
        for y in (ymin, ymax):
            cv2.line(drawn, (x, y), (min(x + dash, xmax), y), colour, width)
    for y in range(ymin, ymax, 2 * dash):
        for x in (xmin, xmax):
            cv2.line(drawn, (x, y), (x, min(y + dash, ymax)), colour, width)


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
