"""Marks that people wrote, in a folder of sheets, to be written again.

FOLDER/MARK.png    bright ink on black: squares side by side, COLUMNS in a row, each with one mark
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Dict, Sequence, overload

import cv2
import numpy as np

from tod_ros.errors import SceneError
from tod_ros.images.image_file import read_image
from tod_ros.scene.captured_marks import CapturedMark, mark_from_ink

COLUMNS = 40
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
def read_written_marks(folder: str) -> Dict[str, WrittenMarks]:
    """The marks of a folder, by their names; squares without ink are left out."""
    sheets = sorted(Path(folder).glob("*.png"))
    if not sheets:
        raise SceneError(f"{folder}: holds no sheets MARK.png of written marks")
    return {sheet.stem: WrittenMarks(_squares(sheet)) for sheet in sheets}


def sheet_of(pictures: np.ndarray) -> np.ndarray:
    """A sheet, BGR, of square pictures uint8 [N,size,size]."""
    count, size = pictures.shape[:2]
    rows = -(-count // COLUMNS)
    squares = np.zeros((rows * COLUMNS, size, size), np.uint8)
    squares[:count] = pictures
    grid = squares.reshape(rows, COLUMNS, size, size).swapaxes(1, 2)
    return cv2.cvtColor(grid.reshape(rows * size, COLUMNS * size), cv2.COLOR_GRAY2BGR)


def _squares(sheet: Path) -> np.ndarray:
    grey = read_image(sheet)[..., 0]
    height, width = grey.shape
    size = width // COLUMNS
    if not size or width % COLUMNS or height % size:
        raise SceneError(
            f"{sheet}: is {width}x{height} pixels, must be {COLUMNS} squares wide, in whole rows"
        )
    grid = grey.reshape(height // size, size, COLUMNS, size).swapaxes(1, 2)
    squares = grid.reshape(-1, size, size)
    inked = squares[(squares > INK).any(axis=(1, 2))]
    if not len(inked):
        raise SceneError(f"{sheet}: shows no ink")
    return inked
