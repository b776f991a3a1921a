"""What stands ready before a training with few pictures, and what is refused at once."""

import json
from pathlib import Path

import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.errors import SeveralErrors, TrainingError
from tod_ros.images.image_file import write_image
from tod_ros.pipeline.config_file import parse_pipeline
from tod_ros.training.transfer.background_drawing import DrawnKind
from tod_ros.training.transfer.captured_faces import Captured
from tod_ros.training.transfer.mark_pictures import SHARES
from tod_ros.training.transfer.plan import make_plan
from tod_ros.training.transfer.preparation import (
    in_words,
    learnt_from_wh,
    prepare,
    transfer_to_objects,
    with_readers,
)
from tod_ros.training.transfer.settings import ObjectSettings, TransferSettings

REAL = Path(__file__).parents[4] / "tools/real_network.config"


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    for split in ("train", "test"):
        project.images_dir(split).mkdir(parents=True)
    project.training_dir.mkdir()
    write_label_map(project.label_map_path, LabelMap.from_names(["one", "two"]))
    picture(project, "train", "a", Box("two", 200, 40, 260, 100), Box("one", 20, 30, 90, 100))
    return project


def picture(project, split, stem, *boxes, size_wh=(320, 240)):
    folder = project.images_dir(split)
    pixels = np.random.default_rng(len(stem)).integers(0, 255, (*size_wh[::-1], 3), np.uint8)
    write_image(folder / f"{stem}.png", pixels)
    write_voc(folder / f"{stem}.xml", Annotation(f"{stem}.png", size_wh, boxes))


def start(tmp_path, classes):
    """The config of a project that begins from a network of these classes."""
    (tmp_path / "start/checkpoint").mkdir(parents=True)
    (tmp_path / "start/model.json").write_text(json.dumps({"classes": classes}))
    config = parse_pipeline("model { ssd {} }")
    config.train_config.fine_tune_checkpoint = f"{tmp_path}/start/checkpoint/ckpt-0"
    return config


def test_annotations_that_were_changed_since_they_were_converted_are_checked_again(
    project, tmp_path
):
    picture(project, "train", "bb", Box("three", 20, 20, 80, 80), Box("one", 300, 20, 360, 80))
    run_dir = tmp_path / "cubes/training/marks/checkpoint1"
    with pytest.raises(SeveralErrors) as caught:
        prepare(project, start(tmp_path, ["1", "2"]), run_dir, TransferSettings())
    first, second = str(caught.value).splitlines()
    assert "bb.xml: object 1: unknown class 'three'" in first
    assert "bb.xml: object 2 (one): the box" in second and "outside the picture" in second
    assert not run_dir.exists()


def test_a_start_that_tells_no_classes_is_refused(project, tmp_path):
    run_dir = tmp_path / "cubes/training/marks/checkpoint1"
    with pytest.raises(TrainingError, match=r"transfer\.yaml: .* configure again with --alone"):
        prepare(project, start(tmp_path, []), run_dir, TransferSettings())


def test_every_kind_is_read_with_its_share_and_the_projects_own_if_none_are_captures():
    config = parse_pipeline(
        'model { ssd {} } train_input_reader { tf_record_input_reader { input_path: ["a", "b"] } }'
    )
    kinds = [DrawnKind(kind, 9, f"{kind}-*", SHARES[kind]) for kind in ("captures", "replay")]
    reader = with_readers(config, kinds, 0.2).train_input_reader
    assert list(reader.tf_record_input_reader.input_path) == ["captures-*", "replay-*"]
    reader = with_readers(config, kinds[1:], 0.2).train_input_reader
    assert list(reader.tf_record_input_reader.input_path) == ["replay-*", "a", "b"]
    assert list(reader.sample_from_datasets_weights) == pytest.approx([SHARES["replay"], 0.1, 0.1])
    assert list(config.train_input_reader.tf_record_input_reader.input_path) == ["a", "b"]


def test_it_is_told_how_each_class_is_shown():
    faces = (np.full((64, 64, 3), 200, np.uint8),)
    plan = make_plan(["one", "fox", "lion"], Captured({"one": (), "lion": faces}, {}), ("1", "2"))
    assert in_words(plan) == [
        "can be drawn: one",
        "fox: no face of it in the training pictures",
        "lion: known from 1 captured faces, pasted as they are",
    ]


def real_start(tmp_path):
    """A config that begins from a network of the zoo, whose folder lies in tmp_path."""
    (tmp_path / "hands/checkpoint").mkdir(parents=True)
    (tmp_path / "hands/pipeline.config").write_text(REAL.read_text())
    config = parse_pipeline(REAL.read_text())
    config.train_config.fine_tune_checkpoint = f"{tmp_path}/hands/checkpoint/ckpt-0"
    return config


def test_objects_begin_as_the_mean_of_all_that_the_start_knows(tmp_path):
    settings = ObjectSettings(head_steps=7, tell_apart=0.25)
    transfer = transfer_to_objects(real_start(tmp_path), ["ball", "star"], settings)
    assert transfer.known == tuple("1234567") and transfer.classes == ("ball", "star")
    assert dict(transfer.weights["star"]) == {str(n): pytest.approx(1 / 7) for n in range(1, 8)}
    assert (transfer.head_steps, transfer.tell_apart) == (7, 0.25)


def test_other_anchors_or_no_start_begin_as_the_api_begins_them(tmp_path):
    config = real_start(tmp_path)
    config.model.ssd.anchor_generator.multiscale_anchor_generator.aspect_ratios[:] = [1.0]
    assert transfer_to_objects(config, ["ball"], ObjectSettings()) is None
    config.train_config.fine_tune_checkpoint = ""
    assert transfer_to_objects(config, ["ball"], ObjectSettings()) is None


def test_the_size_of_the_pictures_that_are_learnt_from_is_known(tmp_path):
    config = real_start(tmp_path)
    assert learnt_from_wh(None, config, ()) is None
    assert learnt_from_wh(TransferSettings(), config, ()) == (320, 240)
    config.model.ssd.image_resizer.fixed_shape_resizer.width = 512
    assert learnt_from_wh(ObjectSettings(), config, ()) == (512, 320)
