"""A trained checkpoint becomes a model folder (model_folder.py shows its layout).

The folder appears whole or not at all. What is written is loaded again and compared with the
network it came from, picture by picture.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from tod_ros import __version__, od_api
from tod_ros.checkpoints import step_of
from tod_ros.comparing import Difference, compare
from tod_ros.detector import load_detector
from tod_ros.errors import ModelError, TrainingError
from tod_ros.files import PathLike
from tod_ros.freezing import save_frozen, save_tflite
from tod_ros.images import read_image
from tod_ros.labels import LabelMap, write_label_map
from tod_ros.model_folder import CARD, LABEL_MAP, TFLITE
from tod_ros.network import Network, Raw
from tod_ros.pipeline import (
    architecture,
    architecture_name,
    input_size_hw,
    read_pipeline,
    write_pipeline,
)

log = logging.getLogger("rosout." + __name__)

CAMERA_SIZE_WH = (640, 480)  # of pictures, where none tells their size


@dataclass(frozen=True)
class Exported:
    """What was written, how far it is from the original, and what it found on the pictures."""

    folder: Path
    differences: Mapping[str, Difference]
    pictures: int
    found: int
    without: Mapping[str, str] = field(default_factory=dict)  # runtime -> why it was left out


def export_model(
    pipeline_config_path: PathLike,
    checkpoint: PathLike,
    folder: PathLike,
    label_map: LabelMap,
    *,
    figures: Optional[Mapping[str, Any]] = None,
    pictures: Sequence[PathLike] = (),
    min_score: float = 0.5,
    config: Any = None,
    data_hash: Optional[str] = None,
    say: Callable[[str], None] = log.info,
) -> Exported:
    """Export `checkpoint` (its prefix, .../ckpt-7) to a new model folder, or in place of one.

    `pictures` (the project's test pictures) judge it: found counts those with a detection of at
    least `min_score`. `figures` go into model.json as they are.
    """
    config = config if config is not None else read_pipeline(pipeline_config_path)
    _check_classes(config, label_map, pipeline_config_path)
    images = [read_image(path) for path in pictures]
    network = _Trained(config, str(checkpoint))
    with _appearing(Path(folder)) as draft:
        say("freezing")
        network.save_checkpoint(draft / "checkpoint")
        save_frozen(network.function, draft / "saved_model")
        card = _card(config, network, label_map, figures, data_hash)
        without = _add_tflite(network, draft, images, card)
        write_pipeline(draft / "pipeline.config", config)
        write_label_map(draft / LABEL_MAP, label_map)
        _write_card(draft, card)
        say("comparing with the original")
        differences, found = _judge(network, draft, images, min_score)
    return Exported(Path(folder), differences, len(images), found, without)


class _Trained:
    """The network as the OD API exports it, unfrozen, with the weights of a checkpoint."""

    def __init__(self, config: Any, checkpoint: str):
        od_api.prepare()
        import tensorflow as tf
        from object_detection import exporter_lib_v2
        from object_detection.builders import model_builder

        self._tf, self.config = tf, config
        self.step = step_of(checkpoint)
        self.model = model_builder.build(config.model, is_training=False)
        self._checkpoint = tf.train.Checkpoint(model=self.model)
        self._module = exporter_lib_v2.DetectionFromImageModule(self.model)
        # Traced before it is restored: a variable that is not there yet would take whatever
        # shape the checkpoint has, and a config at odds with it would go unnoticed.
        self.function = self._module.__call__.get_concrete_function()
        try:
            status = self._checkpoint.restore(checkpoint).expect_partial()
            status.assert_existing_objects_matched()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            line = " ".join(str(error).split())[:200]
            raise TrainingError(
                f"{checkpoint}: does not fit the network of its pipeline.config ({line});"
                " the config was changed after the training, configure and train a new --run"
            ) from error

    def save_checkpoint(self, folder: Path) -> None:
        manager = self._tf.train.CheckpointManager(self._checkpoint, str(folder), max_to_keep=1)
        manager.save(checkpoint_number=0)

    def run(self, bgr_image: np.ndarray) -> Raw:
        picture = np.ascontiguousarray(bgr_image[np.newaxis, :, :, ::-1])
        found = self.function(self._tf.constant(picture))
        count = int(found["num_detections"][0])
        boxes, labels, scores = (
            found[f"detection_{name}"].numpy()[0][:count] for name in ("boxes", "classes", "scores")
        )
        return Raw(boxes, np.rint(labels).astype(int), scores)


def _add_tflite(
    network: _Trained, draft: Path, images: Sequence[np.ndarray], card: Dict[str, Any]
) -> Dict[str, str]:
    kind = architecture_name(network.config)
    if kind not in ("ssd", "center_net"):
        return {"litert": f"LiteRT takes SSD and CenterNet networks, this is a {kind}"}
    size_wh = (images[0].shape[1], images[0].shape[0]) if images else CAMERA_SIZE_WH
    size_hw = _shown_size_hw(network.config, size_wh)
    try:
        card["tflite"] = save_tflite(network.model, kind, size_hw, draft / TFLITE)
    except ModelError as error:
        return {"litert": str(error)}
    card["input_size_hw"] = list(size_hw)
    return {}


def _shown_size_hw(config: Any, picture_wh: Tuple[int, int]) -> Tuple[int, int]:
    """The size a picture has when the network sees it, before any padding.

    Networks that keep the aspect ratio get a LiteRT twin for pictures of the project's shape.
    """
    resizer = architecture(config).image_resizer
    if resizer.WhichOneof("image_resizer_oneof") != "keep_aspect_ratio_resizer":
        return input_size_hw(config)
    limits = resizer.keep_aspect_ratio_resizer
    width, height = picture_wh
    scale = limits.min_dimension / min(width, height)
    if round(max(width, height) * scale) > limits.max_dimension:
        scale = limits.max_dimension / max(width, height)
    return round(height * scale), round(width * scale)


def _judge(
    network: _Trained, draft: Path, images: Sequence[np.ndarray], min_score: float
) -> Tuple[Dict[str, Difference], int]:
    """How far each runtime is from the original on the pictures; on how many anything is found."""
    runtimes = ["tensorflow"] + (["litert"] if (draft / TFLITE).is_file() else [])
    detectors = {runtime: load_detector(draft, runtime=runtime) for runtime in runtimes}
    original = _as_detector(network, detectors["tensorflow"])
    looks = images or [np.full((CAMERA_SIZE_WH[1], CAMERA_SIZE_WH[0], 3), 127, np.uint8)]
    expected = [original(image) for image in looks]
    differences = {
        runtime: compare(expected, [detector.detect(image, 0.05) for image in looks])
        for runtime, detector in detectors.items()
    }
    found = sum(
        1
        for detections in expected[: len(images)]
        if any(detection.score >= min_score for detection in detections)
    )
    return differences, found


def _as_detector(network: _Trained, like: Any) -> Callable[[np.ndarray], Sequence[Any]]:
    """The original behind the detector's own decoding and suppression of overlaps."""
    detector = type(like)(like.label_map, "original", Network(network.run), like.source)
    return lambda image: detector.detect(image, 0.05)  # type: ignore[no-any-return]


def _check_classes(config: Any, label_map: LabelMap, path: PathLike) -> None:
    count = architecture(config).num_classes
    if sorted(label_map.names) != list(range(1, count + 1)):
        raise ModelError(
            f"{path}: the network was made for {count} classes, the label map has ids"
            f" {', '.join(map(str, label_map.names))}; configure and train again after changing it"
        )


def _card(
    config: Any,
    network: _Trained,
    label_map: LabelMap,
    figures: Optional[Mapping[str, Any]],
    data_hash: Optional[str],
) -> Dict[str, Any]:
    import google.protobuf
    import tensorflow as tf

    height, width = input_size_hw(config)
    kind = architecture(config).feature_extractor.type
    return {
        "classes": list(label_map.names.values()),
        "network": f"{architecture_name(config)} ({kind})",
        "input_size_hw": [height, width] if height and width else [],
        "steps": network.step,
        "figures": dict(figures or {}),
        "data_sha256": data_hash,
        "exported": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "versions": {
            "tod_ros": __version__,
            "tensorflow": tf.__version__,
            "protobuf": google.protobuf.__version__,
            "numpy": np.__version__,
        },
    }


def _write_card(draft: Path, card: Dict[str, Any]) -> None:
    files = sorted(path for path in draft.rglob("*") if path.is_file() and path.name != CARD)
    card["files"] = {
        path.relative_to(draft).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    (draft / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A hidden folder beside `folder` that takes its place at the end; gone after an error."""
    if folder.exists() and not _may_be_replaced(folder):
        raise ModelError(f"{folder}: is no model folder, it is not replaced; choose another --to")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    gone: List[Path] = []
    try:
        yield draft
        os.chmod(draft, 0o777 & ~_umask())
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
            os.rename(folder, old / "old")
            gone.append(old)
        os.rename(draft, folder)
    finally:
        for leftover in [draft, *gone]:
            shutil.rmtree(leftover, ignore_errors=True)


def _may_be_replaced(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    ours = (folder / CARD).is_file() or (folder / "saved_model" / "saved_model.pb").is_file()
    return ours or not any(folder.iterdir())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
