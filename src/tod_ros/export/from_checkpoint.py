"""A trained checkpoint becomes a model folder (models/folder.py shows its layout).

The folder appears whole or not at all. What is written is loaded again and compared with the
network it came from, picture by picture.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.errors import ModelError
from tod_ros.export.freezing import save_frozen
from tod_ros.export.model_folder_writer import appearing, card_of, write_card
from tod_ros.export.parity import CAMERA_SIZE_WH, Exported, judge_export
from tod_ros.export.tflite import save_tflite, suppression_in
from tod_ros.files import PathLike
from tod_ros.images.image_file import read_image
from tod_ros.models.folder import LABEL_MAP, TFLITE
from tod_ros.pipeline.batch_norms import learn_batch_norms
from tod_ros.pipeline.config_file import (
    architecture,
    architecture_name,
    shown_size_hw,
    write_pipeline,
)
from tod_ros.training.settling import found_in_both_modes, settled
from tod_ros.training.trained_network import TrainedNetwork

log = logging.getLogger("rosout." + __name__)


@dataclass(frozen=True)
class ExportRequest:
    """What is to be exported, and what is known about it.

    `checkpoint` is its prefix, .../ckpt-7. `pictures` (the project's test pictures) judge the
    export: found counts those with a detection of at least `min_score`. `figures` go into
    model.json as they are, and so does the size of the pictures that it learnt from, where all had
    the same.
    `training_config` is the config with whole paths, where its training records are at hand.
    `half_weights` is for LiteRT: of 16 bits.
    """

    config: Any
    checkpoint: str
    label_map: LabelMap
    pictures: Sequence[PathLike] = ()
    min_score: float = 0.5
    figures: Optional[Mapping[str, Any]] = None
    data_hash: Optional[str] = None
    learnt_from_wh: Optional[Tuple[int, int]] = None
    training_config: Any = None
    half_weights: bool = False


def export_model(
    request: ExportRequest, folder: PathLike, say: Callable[[str], None] = log.info
) -> Exported:
    """Export a checkpoint to a new model folder, or in place of one."""
    _check_classes(request.config, request.label_map)
    if request.training_config is None:
        return _export(request, request.checkpoint, Path(folder), say)
    with settled(request.training_config, request.checkpoint, say) as checkpoint:
        exported = _export(request, checkpoint, Path(folder), say)
        finds_enough = exported.found * 2 >= exported.pictures  # or nobody knows
        if finds_enough or not learn_batch_norms(request.training_config):
            return exported
        say("comparing training mode with inference mode on training pictures")
        modes = found_in_both_modes(request.training_config, checkpoint, request.min_score)
        return replace(exported, found_in_modes=modes)


def _export(
    request: ExportRequest, checkpoint: str, folder: Path, say: Callable[[str], None]
) -> Exported:
    config, label_map = request.config, request.label_map
    images = [read_image(path) for path in request.pictures]
    network = TrainedNetwork(config, checkpoint)
    with appearing(folder) as draft:
        say("freezing")
        network.save_checkpoint(draft / "checkpoint")
        save_frozen(network.function, draft / "saved_model")
        card = card_of(
            config,
            network.step,
            label_map,
            request.figures,
            request.data_hash,
            request.learnt_from_wh,
        )
        without = _add_tflite(network, draft, images, card, request.half_weights)
        write_pipeline(draft / "pipeline.config", config)
        write_label_map(draft / LABEL_MAP, label_map)
        write_card(draft, card)
        say("comparing with the original")
        differences, found = judge_export(network.run, draft, images, request.min_score)
    return Exported(folder, differences, len(images), found, without)


def _add_tflite(
    network: TrainedNetwork,
    draft: Path,
    images: Sequence[np.ndarray],
    card: Dict[str, Any],
    half_weights: bool,
) -> Dict[str, str]:
    kind = architecture_name(network.config)
    if kind not in ("ssd", "center_net"):
        return {"litert": f"LiteRT takes SSD and CenterNet networks, this is a {kind}"}
    size_wh = (images[0].shape[1], images[0].shape[0]) if images else CAMERA_SIZE_WH
    size_hw = shown_size_hw(network.config, size_wh)
    try:
        places = save_tflite(network.model, kind, size_hw, draft / TFLITE, half_weights)
        card["tflite"] = {**places, **suppression_in(network.config)}
    except ModelError as error:
        return {"litert": str(error)}
    card["input_size_hw"] = list(size_hw)
    return {}


def _check_classes(config: Any, label_map: LabelMap) -> None:
    count = architecture(config).num_classes
    if sorted(label_map.names) != list(range(1, count + 1)):
        raise ModelError(
            f"pipeline.config: the network was made for {count} classes, the label map has ids"
            f" {', '.join(map(str, label_map.names))}; configure and train again after changing it"
        )
