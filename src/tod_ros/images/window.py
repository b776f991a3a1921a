"""A picture in a window: whether one can open, and where a person clicks in it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import List, Sequence, Tuple

import cv2
import numpy as np

TITLE = "tod_ros"
PROBE_S = 10
CLICK_COLOUR_BGR = (60, 60, 230)
LOOK_MS = 50


def can_open_window() -> bool:
    """Whether there is a display that a window can open on.

    Asked in a process of its own: on a display that does not answer some of OpenCV's window
    toolkits end the process.
    """
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    probe = "import cv2; cv2.namedWindow('probe', cv2.WINDOW_AUTOSIZE); cv2.destroyAllWindows()"
    try:
        ended = subprocess.run(
            [sys.executable, "-c", probe], capture_output=True, timeout=PROBE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def clicks(image: np.ndarray, questions: Sequence[str]) -> List[Tuple[float, float]]:
    """A click for each question, in pixels of the picture; fewer where the window was closed."""
    found: List[Tuple[float, float]] = []

    def clicked(event: int, x: int, y: int, _flags: int, _data: object) -> None:
        if event == cv2.EVENT_LBUTTONDOWN and len(found) < len(questions):
            found.append((float(x), float(y)))

    cv2.namedWindow(TITLE, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
    cv2.setMouseCallback(TITLE, clicked)
    while len(found) < len(questions):
        shown = image.copy()
        for x, y in found:
            cv2.drawMarker(shown, (int(x), int(y)), CLICK_COLOUR_BGR, cv2.MARKER_CROSS, 14, 2)
        question = questions[len(found)]
        cv2.putText(shown, question, (9, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 3)
        cv2.putText(shown, question, (9, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1)
        cv2.imshow(TITLE, shown)
        cv2.waitKey(LOOK_MS)
        if cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1:
            break
    cv2.destroyAllWindows()
    return found
