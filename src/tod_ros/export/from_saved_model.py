"""A SavedModel that somebody has already becomes a model folder: frozen, and for LiteRT.

It may be a network straight from the zoo. Only its graph is needed; a pipeline.config beside it is
taken along, and tells what the graph hides.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import numpy as np

from tod_ros.dataset.label_map import write_label_map
from tod_ros.errors import ModelError
from tod_ros.export.freezing import freeze, save_frozen
from tod_ros.export.model_folder_writer import appearing, card_of, write_card
from tod_ros.export.parity import CAMERA_SIZE_WH, Exported, judge_export
from tod_ros.export.tflite import suppression_in
from tod_ros.export.tflite_from_graph import save_tflite_of_graph
from tod_ros.files import PathLike, copy_file
from tod_ros.images.image_file import read_image
from tod_ros.inference.detector import load_detector
from tod_ros.inference.tensorflow_runtime import load_function
from tod_ros.models.folder import LABEL_MAP, TFLITE, read_model_folder
from tod_ros.pipeline.config_file import (
    architecture,
    architecture_name,
    input_size_hw,
    read_pipeline,
    shown_size_hw,
)

log = logging.getLogger("rosout." + __name__)

PIPELINE = "pipeline.config"


def export_saved_model(
    given: PathLike,
    folder: PathLike,
    label_map_path: Optional[PathLike] = None,
    *,
    pictures: Sequence[PathLike] = (),
    min_score: float = 0.5,
    trust: bool = False,
    say: Callable[[str], None] = log.info,
) -> Exported:
    """Export `given`, a SavedModel or the folder it is in, to a new model folder.

    `pictures` (the project's test pictures) judge it, as export_model says.

    It is long because a folder appears whole, or not at all.
    """
    found = read_model_folder(given, label_map_path)
    if found.saved_model is None:
        raise ModelError(
            f"{given}: holds no saved_model/saved_model.pb, there is nothing to freeze"
        )
    _refuse_in_place(found.saved_model, Path(folder))
    config_path = _config_beside(found.saved_model)
    config = read_pipeline(config_path) if config_path else None
    images = [read_image(path) for path in pictures]
    say("loading")
    original = load_detector(given, label_map_path, runtime="tensorflow", trust=trust)
    original.warm_up()  # refuses a label map of another network
    function = load_function(found.saved_model)
    with appearing(Path(folder)) as draft:
        say("freezing")
        save_frozen(function, draft / "saved_model")
        card = card_of(config, None, found.label_map, None, None)
        without = _add_tflite(function, config, images, draft, card)
        if config_path:
            copy_file(config_path, draft / PIPELINE)
        write_label_map(draft / LABEL_MAP, found.label_map)
        write_card(draft, card)
        say("comparing with the original")
        differences, count = judge_export(original.network.run, draft, images, min_score)
    return Exported(Path(folder), differences, len(images), count, without)


def _add_tflite(
    function: Any, config: Any, images: Sequence[np.ndarray], draft: Path, card: Dict[str, Any]
) -> Dict[str, str]:
    try:
        shown_hw, padded_hw = _sizes(config, images)
        size_hw, card["tflite"] = save_tflite_of_graph(
            freeze(function, is_flat=True),
            sorted(function.structured_outputs),
            len(card["classes"]),
            draft / TFLITE,
            shown_hw,
            padded_hw,
        )
        if config is not None:
            card["tflite"].update(suppression_in(config))
    except ModelError as error:
        return {"litert": str(error)}
    card["input_size_hw"] = list(size_hw)
    return {}


_Size = Optional[Tuple[int, int]]


def _sizes(config: Any, images: Sequence[np.ndarray]) -> Tuple[_Size, _Size]:
    """What the network sees of the project's pictures, without and with its padding."""
    if config is None:
        return None, None
    kind = architecture_name(config)
    if kind not in ("ssd", "center_net"):
        raise ModelError(f"LiteRT takes SSD and CenterNet networks, this is a {kind}")
    size_wh = (images[0].shape[1], images[0].shape[0]) if images else CAMERA_SIZE_WH
    shown_hw = shown_size_hw(config, size_wh)
    largest_hw = input_size_hw(config)
    is_padded = architecture(config).image_resizer.keep_aspect_ratio_resizer.pad_to_max_dimension
    return shown_hw, largest_hw if is_padded else shown_hw


def _config_beside(saved_model: Path) -> Optional[Path]:
    places = (saved_model / PIPELINE, saved_model.absolute().parent / PIPELINE)
    return next((path for path in places if path.is_file()), None)


def _refuse_in_place(saved_model: Path, folder: Path) -> None:
    target = folder.resolve()
    if target in (saved_model.resolve(), saved_model.resolve().parent):
        raise ModelError(
            f"{folder}: is the SavedModel itself, whose weights can be trained on and the frozen"
            " ones cannot; choose another --to"
        )
