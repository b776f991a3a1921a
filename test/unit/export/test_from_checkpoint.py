"""When an export compares what training mode finds with what inference mode finds."""

import contextlib
from pathlib import Path

import pytest
import zoo_configs

from tod_ros.dataset.label_map import LabelMap
from tod_ros.export import from_checkpoint
from tod_ros.export.from_checkpoint import ExportRequest, export_model
from tod_ros.export.parity import Exported
from tod_ros.pipeline.config_file import architecture, parse_pipeline

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)


@pytest.mark.parametrize(
    "text, found, is_compared",
    [
        (zoo_configs.SSD, 0, True),
        (zoo_configs.SSD, 2, False),
        (zoo_configs.MASK_RCNN, 0, False),  # its batch norms are the same in both modes
    ],
)
def test_modes_are_compared_where_little_is_found_and_batch_norms_learn(
    monkeypatch, text, found, is_compared
):
    @contextlib.contextmanager
    def settled(config, checkpoint, say):
        yield checkpoint

    written = Exported(Path("model"), {}, 4, found)
    monkeypatch.setattr(from_checkpoint, "settled", settled)
    monkeypatch.setattr(from_checkpoint, "_export", lambda *given: written)
    monkeypatch.setattr(from_checkpoint, "found_in_both_modes", lambda *given: (7, 1))
    config = parse_pipeline(text)
    architecture(config).num_classes = 1
    request = ExportRequest(config, "ckpt-1", LabelMap.from_names(["one"]), training_config=config)
    exported = export_model(request, "model", say=lambda line: None)
    assert exported.found_in_modes == ((7, 1) if is_compared else None)
