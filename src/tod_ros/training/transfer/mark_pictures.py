"""The kinds of drawn pictures for a project with few of its own, and how each is made.

captures    the project's pictures, augmented
composites  drawn scenes with its faces and marks; mosaics: many of those in one picture
replay      drawn scenes of the classes that can be drawn
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Dict, Mapping, Sequence, Tuple

from tod_ros.dataset.samples import Sample
from tod_ros.dataset.synthetic_records import CROWDS, scene_seed
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.mosaic import draw_mosaic
from tod_ros.scene.scene import Scene
from tod_ros.training.transfer.augmentation import augmented
from tod_ros.training.transfer.kept_pictures import read_reduced
from tod_ros.training.transfer.plan import Plan
from tod_ros.training.transfer.settings import SIZE_WH, TransferSettings

# of a batch, where all kinds are there
SHARES = {"captures": 0.28, "composites": 0.36, "mosaics": 0.13, "replay": 0.23}
KINDS = tuple(SHARES)
KEPT_LARGER = 2.0  # than SIZE_WH: the 640x480 pixels of the robot's camera are kept


@dataclass(frozen=True)
class MarkPictures:
    """The pictures of a project whose classes are marks on cubes; a Pictures."""

    plan: Plan
    samples: Tuple[Sample, ...]
    settings: TransferSettings

    @property
    def classes(self) -> Tuple[str, ...]:
        return self.plan.classes

    @property
    def shares(self) -> Mapping[str, float]:
        return SHARES

    def counts(self) -> Dict[str, int]:
        wanted = {kind: int(getattr(self.settings, kind)) for kind in KINDS}
        if not self.samples:
            wanted["captures"] = 0
        if not self.plan.drawn:
            wanted["replay"] = 0
        faces = self.plan.captured.faces
        if not self.plan.shown or not any(faces.get(name) for name in self.plan.classes):
            wanted["composites"] = wanted["mosaics"] = 0
        return {kind: count for kind, count in wanted.items() if count}

    def told(self) -> str:
        """Of the start the weights do not matter, only what is shown."""
        values = asdict(self.settings)
        drawing = {name: value for name, value in values.items() if name in (*KINDS, "seed")}
        plan = self.plan
        return json.dumps([plan.classes, plan.drawn, plan.wrong_marks, drawing])

    def draw(self, kind: str, number: int) -> Scene:
        plan = self.plan
        seed = scene_seed(self.settings.seed, number) + (KINDS.index(kind) + 1) * 10**10
        if kind == "captures":
            sample = self.samples[number % len(self.samples)]
            return augmented(*read_reduced(sample, SIZE_WH, KEPT_LARGER), SIZE_WH, seed)
        if kind == "replay":
            return _scene(seed, number, plan.drawn, {"wrong_marks": plan.wrong_marks})
        pasted = {name: plan.captured.faces[name] for name in plan.shown if name not in plan.drawn}
        options = {
            "wrong_marks": plan.wrong_marks,
            "marks": plan.captured.marks,
            "photos": pasted,
        }
        if kind == "mosaics":
            return draw_mosaic(seed, plan.shown, SIZE_WH, dense=True, **options)
        return _scene(seed, number, plan.shown, options)


def _scene(seed: int, number: int, classes: Sequence[str], options: Mapping[str, Any]) -> Scene:
    cubes, others = CROWDS[number % len(CROWDS)]
    return draw_scene(
        seed, classes, SIZE_WH, cubes=cubes, others=others, difficulty="full", **options
    )
