"""The window of the lesson: any key takes the next picture, Q ends."""

from __future__ import annotations

from typing import Callable, Tuple

import cv2
import numpy as np

TITLE = "tod_ros capture"
HINT = "any key: take a picture    Q: end"
MODIFIERS = range(0xFFE1, 0xFFEF)  # Shift, Ctrl, ...: pressed on the way to another key
STRIP_PX = 28


def run_window(take: Callable[[], Tuple[np.ndarray, str]], is_over: Callable[[], bool]) -> None:
    """Show the window until Q, or until it is closed, or `is_over`.

    `take` gives the picture to show and a line about it.
    """
    cv2.namedWindow(TITLE, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
    picture, line = np.full((480, 640, 3), 60, np.uint8), ""
    while not is_over():
        cv2.imshow(TITLE, with_lines(picture, line))
        if not wants_picture(_next_key(is_over)):
            break
        picture, line = take()
    cv2.destroyAllWindows()


def wants_picture(key: int) -> bool:
    """Whether a key asks for a picture; -1 and Q, large or small, end."""
    # the low 16 bits: the ones above are Num Lock and the like, and 8 would make Left a Q
    return key != -1 and key & 0xFFFF not in (ord("q"), ord("Q"))


def _next_key(is_over: Callable[[], bool]) -> int:
    """The key pressed, -1 when the window was closed or it `is_over`."""
    while not is_over():
        key = cv2.waitKeyEx(50)
        if key != -1 and key & 0xFFFF not in MODIFIERS:
            return key
        if cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1:
            break
    return -1


def with_lines(picture: np.ndarray, line: str) -> np.ndarray:
    """The picture with strips below it: the line in pieces that fit, and the keys."""
    width = picture.shape[1]
    letters = max(1, width // 9)
    pieces = [line[start : start + letters] for start in range(0, len(line), letters)]
    strips = [picture]
    for text in (*pieces, HINT):
        strip = np.zeros((STRIP_PX, width, 3), np.uint8)
        cv2.putText(strip, text, (6, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1)
        strips.append(strip)
    return np.vstack(strips)
