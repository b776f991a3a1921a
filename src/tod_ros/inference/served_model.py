"""The detector that the node serves: loaded and warm from the start, exchanged as a whole."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any, List, Mapping, Optional

import numpy as np

from tod_ros.detection import Detection
from tod_ros.inference.detector import Detector, load_detector
from tod_ros.inference.looks import detect_in_looks
from tod_ros.settings import InferenceSettings, from_mapping

OF_THE_MODEL = ("", "auto")  # a label map of this name is the one in the model folder


class ServedModel:
    """Detects with the model of the settings; `reload` takes a new one only when it is sound."""

    def __init__(self, settings: InferenceSettings):
        self.settings = settings
        self._detector = self._load(settings)

    def detect(self, bgr_image: np.ndarray) -> List[Detection]:
        settings, detector = self.settings, self._detector
        if settings.looks == 1 and settings.sure_margin == 0:
            return detector.detect(bgr_image, settings.min_score, settings.max_overlap)
        # several looks vote, and what one of them doubts is to stay unsure: they come no nearer
        look = detector.detect if settings.looks == 1 else detector.look
        return detect_in_looks(
            lambda image, least: look(image, least, settings.max_overlap),
            bgr_image,
            settings.looks,
            settings.min_score,
            settings.sure_margin,
        )

    def reload(self, settings: Optional[InferenceSettings] = None) -> str:
        """Load the model folder (of other settings) again and say what it is.

        On an error the old model and settings stay.
        """
        settings = settings or self.settings
        self._detector, self.settings = self._load(settings), settings
        return self.in_words()

    def in_words(self) -> str:
        names = ", ".join(self._detector.label_map.names.values())
        return f"{self._detector.source} runs on {self._detector.runtime} and knows {names}"

    def _load(self, settings: InferenceSettings) -> Detector:
        label_map = None if settings.label_map in OF_THE_MODEL else settings.label_map
        detector = load_detector(
            settings.model,
            label_map,
            settings.runtime,
            settings.threads,
            trust=settings.trust_model,
        )
        detector.warm_up()
        return detector


class LoadedAhead:
    """Loads the model in a thread while ROS connects, from what the settings seem to be.

    `get` has the last word: what was loaded for other settings, or failed, counts for nothing.
    """

    def __init__(self, default_model: str):
        self._default_model = default_model
        self._thread: Optional[threading.Thread] = None
        self._model: Optional[ServedModel] = None

    def start(self, values: Mapping[str, Any]) -> None:
        self._thread = threading.Thread(target=self._load, args=(values,), daemon=True)
        self._thread.start()

    def get(self, settings: InferenceSettings) -> ServedModel:
        wanted = with_model(settings, self._default_model)
        if self._thread is not None:
            self._thread.join()
        if self._model is None or self._model.settings != wanted:
            return ServedModel(wanted)
        return self._model

    def _load(self, values: Mapping[str, Any]) -> None:
        known = {field.name for field in dataclasses.fields(InferenceSettings)}
        try:
            settings = from_mapping(
                InferenceSettings, {k: v for k, v in values.items() if k in known}
            )
            self._model = ServedModel(with_model(settings, self._default_model))
        except Exception:  # get() tries again where somebody hears of it
            self._model = None


def with_model(settings: InferenceSettings, default_model: str) -> InferenceSettings:
    """The settings with the model folder to use where they name none."""
    return dataclasses.replace(settings, model=settings.model or default_model)
