"""The pictures that help a project with few of its own, whatever its objects are.

captures  the project's pictures, shown anew
pasted    the same with more of the project's objects pasted into them
mosaics   windows cut out of many such pictures, side by side
"""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass
from typing import Dict, Iterator, Mapping, Sequence, Tuple

import numpy as np

from tod_ros.dataset.samples import Sample
from tod_ros.dataset.synthetic_records import scene_seed
from tod_ros.scene.mosaic import Spot, draw_patchwork
from tod_ros.scene.scene import Scene
from tod_ros.training.transfer.augmentation import OBJECTS, augmented
from tod_ros.training.transfer.kept_pictures import read_reduced
from tod_ros.training.transfer.pasted_objects import Objects, Picture, cut_out, with_pasted
from tod_ros.training.transfer.settings import ObjectSettings

# of a batch, where all kinds are there
SHARES = {"captures": 0.4, "pasted": 0.4, "mosaics": 0.2}
KINDS = tuple(SHARES)
GRIDS = ((2, 2), (2, 2), (2, 3), (3, 3))  # rows and columns of a mosaic
SPOTS_PER_PICTURE = 3  # windows of a mosaic that come from one picture
LEAST_PASTED, MOST_PASTED = 2, 10  # objects in a picture
ENLARGED = 1.4  # the most by which a picture is shown larger: no larger one need be kept


@dataclass(frozen=True)
class ObjectPictures:
    """The pictures of a project of any objects, in the size in which the network sees them."""

    classes: Tuple[str, ...]
    samples: Tuple[Sample, ...]
    settings: ObjectSettings
    size_wh: Tuple[int, int]
    objects: Objects

    @property
    def shares(self) -> Mapping[str, float]:
        return SHARES

    def counts(self) -> Dict[str, int]:
        wanted = {kind: int(getattr(self.settings, kind)) for kind in KINDS}
        if not self.samples:
            return {}
        if not self.objects.cutouts:
            wanted["pasted"] = wanted["mosaics"] = 0
        return {kind: count for kind, count in wanted.items() if count}

    def told(self) -> str:
        values = asdict(self.settings)
        drawing = {name: value for name, value in values.items() if name in (*KINDS, "seed")}
        return json.dumps([self.classes, self.size_wh, drawing])

    def draw(self, kind: str, number: int) -> Scene:
        seed = scene_seed(self.settings.seed, number) + (KINDS.index(kind) + 1) * 10**10
        if kind == "captures":
            return self._shown(number, seed)
        if kind == "pasted":
            return self._with_pasted(number, seed)
        rng = np.random.default_rng(seed)
        return draw_patchwork(rng, self._spots(rng), self.size_wh, GRIDS)

    def _shown(self, number: int, seed: int) -> Scene:
        image, boxes = self._read(number)
        return augmented(image, boxes, self.size_wh, seed, OBJECTS)

    def _with_pasted(self, number: int, seed: int) -> Scene:
        rng = np.random.default_rng(seed)
        count = int(rng.integers(LEAST_PASTED, MOST_PASTED + 1))
        image, boxes = with_pasted(*self._read(number), self.objects, count, rng)
        return augmented(image, boxes, self.size_wh, seed, OBJECTS)

    def _spots(self, rng: np.random.Generator) -> Iterator[Spot]:
        for _ in itertools.count():
            number, seed = int(rng.integers(len(self.samples))), int(rng.integers(2**62))
            scene = self._with_pasted(number, seed)
            for _ in range(SPOTS_PER_PICTURE):
                boxes = scene.boxes
                yield scene, boxes[int(rng.integers(len(boxes)))] if boxes else None

    def _read(self, number: int) -> Picture:
        return read_reduced(self.samples[number % len(self.samples)], self.size_wh, ENLARGED)


def object_pictures(
    classes: Sequence[str],
    samples: Sequence[Sample],
    settings: ObjectSettings,
    size_wh: Tuple[int, int],
) -> ObjectPictures:
    """The pictures for these samples, whose objects are cut out at once."""
    objects = cut_out(samples, lambda sample: read_reduced(sample, size_wh, ENLARGED))
    return ObjectPictures(tuple(classes), tuple(samples), settings, size_wh, objects)
