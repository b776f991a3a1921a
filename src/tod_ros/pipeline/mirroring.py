"""Augmentations that turn one class into another: a mirrored or turned digit is no digit."""

from __future__ import annotations

import copy
from typing import Any

MIRRORS = ("random_horizontal_flip", "random_vertical_flip", "random_rotation90")


def has_mirrors(train_config: Any) -> bool:
    steps = train_config.data_augmentation_options
    return any(step.WhichOneof("preprocessing_step") in MIRRORS for step in steps)


def drop_mirrors(train_config: Any) -> None:
    """Take the mirroring augmentations out of `train_config`; the others keep their order."""
    kept = [
        copy.deepcopy(step)
        for step in train_config.data_augmentation_options
        if step.WhichOneof("preprocessing_step") not in MIRRORS
    ]
    del train_config.data_augmentation_options[:]
    train_config.data_augmentation_options.extend(kept)
