"""COCO's label map, for the networks of the zoo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

from tod_ros.files import PathLike, read_text
from tod_ros.shipped import shipped

COCO_CLASSES = 90


def coco_label_map_for(model: PathLike) -> Optional[Path]:
    """COCO's label map, if `model` has none of its own and its pipeline.config says 90 classes."""
    folder = Path(model)
    places = (folder, folder.parent) if (folder / "saved_model.pb").is_file() else (folder,)
    if any((place / "label_map.pbtxt").is_file() for place in places):
        return None
    for place in places:
        config = place / "pipeline.config"
        if config.is_file():
            text = read_text(config, errors="replace")
            said = re.search(r"^\s*num_classes:\s*(\d+)", text, re.MULTILINE)
            if said and int(said.group(1)) == COCO_CLASSES:
                return shipped("config", "coco_label_map.pbtxt")
    return None
