"""Small pictures for the strip, made when they come into sight."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Tuple

import cv2

from tod_ros.annotate.store import Picture, Stamp
from tod_ros.images import encode, read_image

HEIGHT = 80
MOST_KEPT = 1500  # some 4 kB each


class Thumbnails:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Tuple[str, Stamp], bytes] = OrderedDict()

    def jpeg(self, picture: Picture) -> bytes:
        wanted = (picture.key, picture.stamp)
        with self._lock:
            if wanted in self._kept:
                self._kept.move_to_end(wanted)
                return self._kept[wanted]
        bgr = read_image(picture.path)
        height, width = bgr.shape[:2]
        size_wh = (max(1, min(4 * HEIGHT, round(width * HEIGHT / height))), HEIGHT)
        content = encode(cv2.resize(bgr, size_wh, interpolation=cv2.INTER_AREA), "jpg")
        with self._lock:
            self._kept[wanted] = content
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return content
