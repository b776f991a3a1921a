"""The detector that the node serves: loaded and warm from the start, exchanged as a whole."""

from __future__ import annotations

import dataclasses
from typing import List

import numpy as np

from tod_ros.detections import Detection
from tod_ros.detector import Detector, load_detector
from tod_ros.settings import InferenceSettings


class ServedModel:
    """Detects with the model of the settings; `reload` takes a new one only when it is sound."""

    def __init__(self, settings: InferenceSettings):
        self._settings = settings
        self._detector = self._load()

    def detect(self, bgr_image: np.ndarray) -> List[Detection]:
        return self._detector.detect(
            bgr_image, self._settings.min_score, self._settings.max_overlap
        )

    def reload(self) -> str:
        """Load the model folder again and say what it is; on an error the old model stays."""
        self._detector = self._load()
        return self.in_words()

    def in_words(self) -> str:
        names = ", ".join(self._detector.label_map.names.values())
        return f"{self._detector.source} runs on {self._detector.runtime} and knows {names}"

    def _load(self) -> Detector:
        settings = self._settings
        detector = load_detector(
            settings.model, settings.label_map or None, settings.runtime, settings.threads
        )
        detector.warm_up()
        return detector


def with_model(settings: InferenceSettings, default_model: str) -> InferenceSettings:
    """The settings with the model folder to use where they name none."""
    return dataclasses.replace(settings, model=settings.model or default_model)
