"""A model folder becomes a detector: picture in, detections out, whatever runs the network.

`runtime` is litert, tensorflow, or auto: the fastest that is in the folder and installed. Neither
library is imported before it is needed, and with LiteRT nothing imports TensorFlow.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Callable, List, Optional, Tuple

import numpy as np

from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection, from_arrays, suppress_overlaps
from tod_ros.errors import ModelError, RuntimeMissingError
from tod_ros.files import PathLike
from tod_ros.images.resizing import averaged
from tod_ros.inference import litert_runtime, tensorflow_runtime
from tod_ros.inference.closer_look import UNSURE_FROM, look_closer
from tod_ros.inference.network import Network, Raw
from tod_ros.mask import Mask
from tod_ros.models.folder import ModelFolder, check_hashes, read_model_folder, unvouched_files
from tod_ros.models.operations import refuse_untrusted
from tod_ros.shipped import how_to_add

RUNTIMES = ("auto", "litert", "tensorflow")
MOST_BOXES = 300  # far beyond any scene of cubes; suppressing overlaps takes their square

log = logging.getLogger("rosout." + __name__)


@dataclass(frozen=True)
class Detector:
    """A loaded network with the names of its classes; threads may share it."""

    label_map: LabelMap
    runtime: str
    network: Network
    source: str
    learnt_from_wh: Optional[Tuple[int, int]] = None  # the size of the pictures, where it is told

    @property
    def input_size(self) -> Optional[Tuple[int, int]]:
        """Width and height that the network sees pictures in; None if it takes any size."""
        return self.network.input_size_wh

    def detect(
        self, bgr_image: np.ndarray, min_score: float = 0.5, max_overlap: float = 0.5
    ) -> List[Detection]:
        """What is in a picture [H,W,3] uint8, blue first; best first, of overlaps only the best.

        The network is shown a picture as coarse as those it learnt from, not its every nth pixel.
        Where the picture is at least twice as wide and high, it looks closer at what is small.
        """
        if not self._sees_half(bgr_image):
            return self.look(bgr_image, min_score, max_overlap)

        def look(image: np.ndarray) -> List[Detection]:
            return self.look(image, min(min_score, UNSURE_FROM), max_overlap)

        found = look_closer(look, bgr_image, look(bgr_image))
        return [detection for detection in found if detection.score >= min_score]

    def _sees_half(self, bgr_image: np.ndarray) -> bool:
        """Whether the picture holds twice the pixels that the network sees, or more, each way."""
        height, width = bgr_image.shape[:2]
        least = self.learnt_from_wh
        return least is not None and width >= 2 * least[0] and height >= 2 * least[1]

    def look(
        self, bgr_image: np.ndarray, min_score: float = 0.5, max_overlap: float = 0.5
    ) -> List[Detection]:
        """What one look at the whole picture gives: the network's own answer."""
        picture, seen_wh = bgr_image, (bgr_image.shape[1], bgr_image.shape[0])
        if self.learnt_from_wh:
            picture, seen_wh = averaged(bgr_image, self.learnt_from_wh)
        raw = self._checked(self.network.run(picture))
        best = np.argsort(-raw.scores, kind="stable")[:MOST_BOXES]
        found = from_arrays(
            raw.boxes_yxyx[best],
            raw.labels[best],
            raw.scores[best],
            size_wh=seen_wh,
            names=self.label_map.names,
            min_score=min_score,
            mask_of=_masks(raw, best, seen_wh, (bgr_image.shape[1], bgr_image.shape[0])),
        )
        return suppress_overlaps(found, max_overlap)

    def warm_up(self) -> None:
        """Run the network once, so that the first real picture is not the slow one."""
        width, height = self.input_size or (640, 480)
        grey = np.full((height, width, 3), 127, np.uint8)
        self._checked(self.network.run(grey))

    def _checked(self, raw: Raw) -> Raw:
        names = self.label_map.names
        told = sorted(set(raw.labels.tolist()) - set(names))
        last, fault = max(names), ""
        if told:
            fault = f"the model tells class {told[-1]}"
        elif raw.class_count is not None and last < raw.class_count[0]:
            fault = f"the model tells classes up to {raw.class_count[0]}"
        elif raw.class_count is not None and last > raw.class_count[1]:
            fault = f"the model tells classes up to {raw.class_count[1]} only"
        if fault:
            raise ModelError(
                f"{self.source}: {fault}, the label map names {', '.join(map(str, names))};"
                " use the label map it was trained with"
            )
        return raw


def _masks(
    raw: Raw, rows: np.ndarray, seen_wh: Tuple[int, int], size_wh: Tuple[int, int]
) -> Callable[[int], Optional[Mask]]:
    """The mask of a row, as pixels of the picture; None of a network without masks."""
    masks = raw.masks
    if masks is None:
        return lambda row: None
    from tod_ros.inference.masks import placed

    return lambda row: placed(masks[rows[row]], raw.boxes_yxyx[rows[row]], seen_wh, size_wh)


def load_detector(
    folder: PathLike,
    label_map_path: Optional[PathLike] = None,
    runtime: str = "auto",
    threads: int = 0,
    *,
    trust: bool = False,
) -> Detector:
    """Load a model folder or a bare SavedModel; ModelError says in one line why it cannot be.

    `threads` 0 leaves the choice to the runtime: one per core. `trust` runs also a network that no
    sha256 sum vouches for, or that reaches files or the network.
    """
    found = read_model_folder(folder, label_map_path)
    chosen = choose_runtime(found, runtime)
    part, load = _LOADERS[chosen]
    path = getattr(found, part)
    check_hashes(found, path)
    if not trust:
        refuse_untrusted(path, is_vouched_for=not unvouched_files(found, path))
    log.debug("loading %s with %s", path, chosen)
    network = load(path, found.card, threads)
    return Detector(found.label_map, chosen, network, str(found.path), found.learnt_from_wh)


def choose_runtime(folder: ModelFolder, wanted: str) -> str:
    """`wanted`, or for auto the fastest that is there; refused where it cannot be."""
    if wanted not in RUNTIMES:
        raise ModelError(f"runtime {wanted!r} is unknown, use one of {', '.join(RUNTIMES)}")
    candidates = RUNTIMES[1:] if wanted == "auto" else (wanted,)
    reasons = []
    for name in candidates:
        part, _ = _LOADERS[name]
        if getattr(folder, part) is None:
            file = {"tflite": "model.tflite", "saved_model": "saved_model/saved_model.pb"}[part]
            reasons.append(f"{folder.path} has no {file} for {name}")
        elif not _MODULES[name].is_installed():
            reasons.append(f"{name} is not installed ({how_to_add(name == 'tensorflow')})")
        else:
            return name
    if len(reasons) == 1 and "not installed" in reasons[0]:
        raise RuntimeMissingError(f"{reasons[0]}, or use another runtime")
    raise ModelError(f"runtime {wanted}: {' and '.join(reasons)}")


_MODULES = {"litert": litert_runtime, "tensorflow": tensorflow_runtime}
_LOADERS = {
    "litert": ("tflite", litert_runtime.load),
    "tensorflow": ("saved_model", tensorflow_runtime.load),
}
