"""Small pictures for the strip, made when they come into sight."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Tuple

from tod_ros.annotate.store import Picture, Stamp
from tod_ros.images.pillow_reader import thumbnail_jpeg

HEIGHT = 80
MOST_KEPT = 1500  # some 4 kB each


class Thumbnails:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._kept: OrderedDict[Tuple[str, Stamp], bytes] = OrderedDict()

    def jpeg(self, picture: Picture) -> bytes:
        wanted = (picture.key, picture.stamp)
        with self._lock:
            if wanted in self._kept:
                self._kept.move_to_end(wanted)
                return self._kept[wanted]
        with self._making:  # a large picture takes 400 MB, and a browser asks for six at a time
            content = thumbnail_jpeg(picture.path, HEIGHT)
        with self._lock:
            self._kept[wanted] = content
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return content
