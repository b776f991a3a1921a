"""What the simulated camera sees: pictures of a folder in turn, or drawn cubes in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np

from tod_ros.annotation import Box
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.project import pictures
from tod_ros.detection import left_to_right_key
from tod_ros.errors import ImageError
from tod_ros.images.image_file import read_image
from tod_ros.scene.compose import draw_scene

NOISE = 1  # grey levels up and down


@dataclass(frozen=True)
class View:
    """A picture, where it is from, and what it shows, left to right, if that is known."""

    bgr: np.ndarray
    source: str
    boxes: Tuple[Box, ...] = ()
    is_known: bool = True
    places: Optional[Tuple[Tuple[float, float, float], ...]] = None  # x and y in metres, turn

    def truth(self) -> Dict[str, Any]:
        """As a value that the parameter server can hold."""
        told = {
            "source": self.source,
            "known": self.is_known,
            "names": [box.name for box in self.boxes],
            "boxes": [list(box.xyxy) for box in self.boxes],
        }
        return told if self.places is None else {**told, "places": [list(p) for p in self.places]}


def from_folder(folder: str) -> Callable[[int], View]:
    """View number n: the n-th picture by name, then from the start again.

    What a picture shows is told by the XML beside it.
    """
    paths = pictures(folder)
    if not paths:
        raise ImageError(f"parameter 'images': {folder} holds no pictures; name a folder that does")

    def view(number: int) -> View:
        path = paths[number % len(paths)]
        annotation = path.with_suffix(".xml")
        if not annotation.exists():
            return View(read_image(path), path.name, is_known=False)
        boxes = sorted(read_voc(annotation).boxes, key=left_to_right_key)
        return View(read_image(path), path.name, tuple(boxes))

    return view


def draw(seed: int, number: int, cubes: int, difficulty: str) -> View:
    """Drawn view number n of this seed; `cubes` below 0: any number of them."""
    scene = draw_scene(
        seed_of(seed, number), cubes=None if cubes < 0 else cubes, difficulty=difficulty
    )
    return View(scene.image, f"scene {number} of seed {seed}", scene.boxes)


def seed_of(seed: int, number: int) -> int:
    """The scene's own seed of view number n."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def with_noise(bgr: np.ndarray, seed: int, answer: int) -> np.ndarray:
    """What a sensor makes of it: never twice the same bytes."""
    noise = np.random.default_rng([seed, answer, 1]).integers(
        -NOISE, NOISE, bgr.shape, np.int16, endpoint=True
    )
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)
