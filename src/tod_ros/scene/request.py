"""What a scene shall show: asked for in one value that refuses what cannot be drawn."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros.errors import SceneError
from tod_ros.scene.captured_marks import CapturedMark
from tod_ros.scene.handwriting import can_be_drawn, mark_of_class
from tod_ros.scene.mark_styles import MARKS, lookalikes
from tod_ros.text import did_you_mean

DIFFICULTIES = ("plain", "full", "harsh")
FAMILIES = ("painted", "lit")
SMALLEST_PX, LARGEST_PX = 64, 4096  # a side of a scene
MOST_CUBES = 8
Photos = Mapping[str, Sequence[np.ndarray]]
CapturedMarks = Mapping[str, Sequence[CapturedMark]]


@dataclass(frozen=True)
class SceneRequest:
    """What `draw_scene` draws.

    `cubes` is how many bear a class (None: 1 to 4), at most `others` are blank or wrongly marked
    (None: few, and only at full difficulty), blank with the chance `blank`. Difficulty `full` is
    whatever a robot may meet and a person could still read; `harsh` goes on to what a person must
    look twice at: 20 grey levels, faces turned 45 degrees or 28 pixels small. `photos` holds square
    BGR pictures of faces per class, pasted instead of a written mark; `marks` holds captured marks
    per class or per mark (also a wrong one), written again with any pen. Where a mark can be drawn
    as well, `captured_share` of its faces bear a captured one.
    Wrong marks are any that look like no class, or those of `wrong_marks` that do not; in their
    place stand, with the chance `scribbles`, strokes at random.
    Scenes of the same `place` share room, light, paper and camera, scenes of the same `writer`
    the handwriting; None draws both from the seed.
    The family is how a scene is made: `painted`, colours laid on; or `lit`, light computed and
    counted by a sensor, with strokes, papers and rooms of its own (no photographs, places or
    writers). With `masks` each box knows which pixels of its face are seen.
    """

    classes: Tuple[str, ...] = ("one", "two")
    size_wh: Tuple[int, int] = (640, 480)
    cubes: Optional[int] = None
    difficulty: str = "plain"
    photos: Photos = field(default_factory=dict)
    others: Optional[int] = None
    blank: float = 0.35
    marks: CapturedMarks = field(default_factory=dict)
    wrong_marks: Optional[Sequence[str]] = None
    place: Optional[int] = None
    writer: Optional[int] = None
    family: str = "painted"
    masks: bool = False
    captured_share: float = 0.3
    scribbles: float = 0.0

    def __post_init__(self) -> None:
        for what, value, known in (
            ("difficulty", self.difficulty, DIFFICULTIES),
            ("family", self.family, FAMILIES),
        ):
            if value not in known:
                raise SceneError(f"{what} {value!r} is unknown{did_you_mean(value, known)}")
        if min(self.size_wh) < SMALLEST_PX or max(self.size_wh) > LARGEST_PX:
            raise SceneError(
                f"a scene of {self.size_wh[0]}x{self.size_wh[1]} pixels: each side must be"
                f" {SMALLEST_PX} to {LARGEST_PX}"
            )
        if self.cubes is not None and not 0 <= self.cubes <= MOST_CUBES:
            raise SceneError(f"cubes is {self.cubes}, must be 0 to {MOST_CUBES}")
        if not self.classes:
            raise SceneError("no classes to draw: name at least one, such as 'one'")
        self._check_family()
        _ = self.wrong  # every class and wrong mark has a mark that can be drawn

    def _check_family(self) -> None:
        if self.family == "painted":
            return
        for name in ("photos", "place", "writer"):
            if getattr(self, name) not in (None, {}):
                raise SceneError(f"{name}: no part of the family 'lit'; draw 'painted' scenes")

    @property
    def calm(self) -> bool:
        return self.difficulty == "plain"

    @property
    def harsh(self) -> bool:
        return self.difficulty == "harsh"

    @functools.cached_property
    def mark_of(self) -> Dict[str, str]:
        """The mark of each class, "" where photographs or captured marks stand for it."""
        return {
            name: ""
            if name in self.photos or (name in self.marks and not can_be_drawn(name))
            else mark_of_class(name)
            for name in self.classes
        }

    @functools.cached_property
    def wrong(self) -> Tuple[str, ...]:
        """The marks that are no class and look like none."""
        taken = {alike for mark in self.mark_of.values() if mark for alike in lookalikes(mark)}
        given = self.wrong_marks
        candidates = MARKS if given is None else [mark_of_class(name) for name in given]
        return tuple(mark for mark in candidates if mark not in taken)

    @functools.cached_property
    def side_marks(self) -> Tuple[str, ...]:
        """What sides and tops may bear."""
        return (*(mark for mark in self.mark_of.values() if mark), *self.wrong[:10])
