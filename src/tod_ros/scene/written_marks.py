"""Marks that people wrote, in a file of pictures of ink, to be written again.

FILE.npz    the mark's name, such as 1 or A -> uint8 [N,height,width], ink is bright
"""

from __future__ import annotations

import functools
import zipfile
from typing import Dict, Sequence, overload

import cv2
import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene.captured_marks import CapturedMark, mark_from_ink

FINER = 4  # so many times as many pixels, before ink is told from paper
INK = 110  # from here on


class WrittenMarks(Sequence[CapturedMark]):
    """The marks of a stack of pictures; each is made when it is asked for, as it takes 50 kB."""

    def __init__(self, pictures: np.ndarray):
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self._pictures)

    @overload
    def __getitem__(self, index: int) -> CapturedMark: ...
    @overload
    def __getitem__(self, index: slice) -> WrittenMarks: ...
    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return WrittenMarks(self._pictures[index])
        picture = self._pictures[index]
        size_wh = (FINER * picture.shape[1], FINER * picture.shape[0])
        finer = cv2.resize(picture, size_wh, interpolation=cv2.INTER_CUBIC)
        return mark_from_ink((finer > INK).astype(np.uint8) * np.uint8(255))


@functools.lru_cache(maxsize=4)
def read_written_marks(path: str) -> Dict[str, WrittenMarks]:
    """The marks of a file, by their names."""
    try:
        with np.load(path) as stored:
            return {name: WrittenMarks(stored[name]) for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise SceneError(f"{path}: no file of written marks ({error})") from None
