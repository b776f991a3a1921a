"""Which pixels of a picture are an object's, as COCO's run lengths.

    Mask((4, 3), (4, 2, 6))      4x3 pixels: 4 that are not the object's, 2 that are, 6 that are not

The runs go down the columns, from left to right, and begin with pixels that are not the object's
(0 of them, where the first one is). As text a run is its difference from the one before the last,
in digits of 5 bits: pycocotools and COCO's own files call that text `counts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

if TYPE_CHECKING:  # its import takes longer than converting many pictures
    import numpy as np

MOST_TEXT = 200_000  # letters of one mask; outlines in pictures of 12 megapixels need a tenth
_FIRST_LETTER = 48
_MOST_DIGITS = 7  # of 5 bits: a picture has under 2 ** 32 pixels


@dataclass(frozen=True)
class Mask:
    """The pixels of one object; as many in all runs together as the picture has."""

    size_wh: Tuple[int, int]
    runs: Tuple[int, ...]

    @property
    def area(self) -> int:
        return sum(self.runs[1::2])

    @property
    def xyxy(self) -> Tuple[int, int, int, int]:
        """The smallest box around it; all 0 where it is empty."""
        height = self.size_wh[1]
        ends = list(accumulate(self.runs))
        spans = [(ends[n - 1], ends[n] - 1) for n in range(1, len(ends), 2) if self.runs[n]]
        if not spans:
            return (0, 0, 0, 0)
        ymin, ymax = height, 0
        for first, last in spans:
            is_one_column = first // height == last // height
            ymin = min(ymin, first % height if is_one_column else 0)
            ymax = max(ymax, last % height + 1 if is_one_column else height)
        return (spans[0][0] // height, ymin, spans[-1][1] // height + 1, ymax)

    def pixels(self) -> np.ndarray:
        """[height,width] bool."""
        import numpy as np

        width, height = self.size_wh
        values = np.arange(len(self.runs)) % 2 == 1
        return np.repeat(values, self.runs).reshape(width, height).T

    def to_text(self) -> str:
        return "".join(
            _letters(run - (self.runs[n - 2] if n > 2 else 0)) for n, run in enumerate(self.runs)
        )

    def to_json(self) -> Dict[str, Any]:
        """As COCO's files have it."""
        return {"size": [self.size_wh[1], self.size_wh[0]], "counts": self.to_text()}


def from_pixels(pixels: np.ndarray) -> Mask:
    """The mask of a picture's pixels [height,width] that are not 0."""
    return from_part(pixels, (0, 0), (pixels.shape[1], pixels.shape[0]))


def from_part(part: np.ndarray, at_xy: Tuple[int, int], size_wh: Tuple[int, int]) -> Mask:
    """The mask of a picture of which only a part is not 0, which begins at `at_xy`."""
    import numpy as np

    height = size_wh[1]
    columns = np.zeros((part.shape[1], part.shape[0] + 2), bool)  # each begins and ends outside
    columns[:, 1:-1] = np.asarray(part, bool).T
    flat = columns.ravel()
    column, row = np.divmod(np.flatnonzero(flat[1:] != flat[:-1]), columns.shape[1])
    changes = (column + at_xy[0]) * height + row + at_xy[1]
    first, last = changes[::2], changes[1::2]
    goes_on = first[1:] == last[:-1]  # from the end of a column into the next one
    first, last = (
        first[np.append(np.ones(min(len(first), 1), bool), ~goes_on)],
        last[np.append(~goes_on, np.ones(min(len(last), 1), bool))],
    )
    edges = np.stack([first, last], axis=1).ravel()
    total = size_wh[0] * height
    runs = np.diff(np.concatenate([[0], edges, [total]])).tolist()
    return Mask(size_wh, tuple(runs[:-1] if edges.size and edges[-1] == total else runs))


def from_runs(size_wh: Tuple[int, int], runs: Sequence[int]) -> Mask:
    """The mask of runs that may come from anybody; ValueError says what is wrong with them."""
    if any(type(run) is not int or run < 0 for run in runs):
        raise ValueError("a run of its mask is no number of pixels")
    if sum(runs) != size_wh[0] * size_wh[1]:
        raise ValueError(f"its mask has {sum(runs)} pixels, the picture {size_wh[0]}x{size_wh[1]}")
    return Mask(size_wh, tuple(runs))


def from_text(size_wh: Tuple[int, int], text: str) -> Mask:
    """The mask of COCO's `counts`, which may come from anybody; ValueError as from_runs."""
    if len(text) > MOST_TEXT:
        raise ValueError(f"its mask is {len(text)} letters long, {MOST_TEXT} are the most")
    runs: List[int] = []
    for value in _values(text):
        runs.append(value + runs[-2] if len(runs) > 2 else value)
    return from_runs(size_wh, runs)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two masks' pixels; 0 where both are empty."""
    import numpy as np

    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 0.0


def _letters(value: int) -> str:
    letters = []
    while True:
        digit, value = value & 31, value >> 5
        is_last = value == (-1 if digit & 16 else 0)
        letters.append(chr(_FIRST_LETTER + (digit if is_last else digit | 32)))
        if is_last:
            return "".join(letters)


def _values(text: str) -> List[int]:
    values, value, digits = [], 0, 0
    for letter in text:
        digit = ord(letter) - _FIRST_LETTER
        if not 0 <= digit < 64 or digits == _MOST_DIGITS:
            raise ValueError("its mask is no text of run lengths")
        value |= (digit & 31) << 5 * digits
        digits += 1
        if not digit & 32:
            values.append(value - (1 << 5 * digits) if digit & 16 else value)
            value = digits = 0
    if digits:
        raise ValueError("its mask is cut short")
    return values
