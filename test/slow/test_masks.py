"""The road of masks, from drawn scenes to figures, on a tiny Mask R-CNN that hardly learns.

It shows that every part fits the next one. How good the masks get is in docs/networks.md.
"""

import json

import numpy as np
import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

from walking import walked

from tod_ros.images.image_file import read_image
from tod_ros.inference.detector import load_detector
from tod_ros.mask import from_text
from tod_ros.models.graph_file import graph_file, read_operations
from tod_ros.models.operations import touching
from tod_ros.pipeline.config_file import read_pipeline

NETWORK = "mask_rcnn_small"
STEPS = 2
TINY = {
    "image_resizer.fixed_shape_resizer.height": 96,
    "image_resizer.fixed_shape_resizer.width": 128,
    "first_stage_max_proposals": 6,
    "second_stage_batch_size": 6,
    "second_stage_post_processing.batch_non_max_suppression.score_threshold": 0.0,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work") / "faces"
    walked("init", folder, "--class", "one", "--class", "two")
    walked("synth", folder, "-n", 6, "--masks", "-q")
    walked("split", folder, "--test", 0.4)
    walked("convert", folder, "-q")
    return folder


@pytest.fixture(scope="module")
def network_dir(project):
    values = [f"--set=model.faster_rcnn.{name}={value}" for name, value in TINY.items()]
    printed, _ = walked(
        *("configure", project, "--network", NETWORK, "--steps", STEPS, "--batch-size", 2), *values
    )
    assert "masks: learnt, the records have one for each object" in printed
    return project / "training" / NETWORK


@pytest.fixture(scope="module")
def model(project, network_dir):
    walked("train", project, "--forecast", "never", "-q")
    walked("export", project, "--min-score", 0)
    return network_dir / "saved_model1"


def test_the_network_learns_masks_and_is_exported_with_them(model, network_dir):
    config = read_pipeline(model / "pipeline.config")
    assert config.model.faster_rcnn.number_of_stages == 3
    detector = load_detector(model)  # its card vouches for it, and nothing reaches outside
    assert touching(read_operations(graph_file(model / "saved_model"))) == {}
    found = detector.detect(np.full((120, 160, 3), 90, np.uint8), min_score=0.0)
    assert found and all(one.mask.size_wh == (160, 120) for one in found)


def test_detect_tells_and_draws_masks(project, model, tmp_path):
    images = project / "images" / "test"
    words = ("detect", "-m", model, "-i", images, "-o", tmp_path, "--min-score", 0, "--json")
    told = json.loads(walked(*words)[0])
    assert len(told) == 2
    for picture in told:
        assert len(picture["masks"]) == len(picture["boxes"]) > 0
        height, width = read_image(picture["image"]).shape[:2]
        for mask in picture["masks"]:
            assert mask["size"] == [height, width]
            from_text((width, height), mask["counts"])
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_evaluate_tells_how_well_masks_fit(project, model, tmp_path):
    words = ("evaluate", project, "-m", model, "-o", tmp_path, "--min-score", 0, "--json")
    masks = json.loads(walked(*words)[0])["masks"]
    assert 0 <= masks["average_precision"] <= 1
    assert "mAP des" in (tmp_path / "index.html").read_text(encoding="utf-8")
