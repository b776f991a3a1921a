"""Each trap of a pipeline.config is told in one line; a config without one is ok."""

import sys

import pytest

from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project
from tod_ros.doctor.pipeline_config import check_config
from tod_ros.training.transfer.settings import TransferSettings, write_transfer

LABELS = LabelMap.from_names(["one", "two"])

CONFIG = """
model {{ {architecture} {{ num_classes: {classes} }} }}
train_config {{
  batch_size: {batch}
  num_steps: {steps}
  max_number_of_boxes: {boxes}
  optimizer {{ momentum_optimizer {{ learning_rate {{ cosine_decay_learning_rate {{
    learning_rate_base: {rate}
    total_steps: {total}
    warmup_steps: {warmup}
  }} }} }} }}
  fine_tune_checkpoint: "{checkpoint}"
  fine_tune_checkpoint_type: "{type}"
  fine_tune_checkpoint_version: {version}
  {augmentation}
}}
train_input_reader {{
  label_map_path: "{label_map}"
  tf_record_input_reader {{ input_path: "{record}" }}
}}
eval_input_reader {{
  label_map_path: "{label_map}"
  tf_record_input_reader {{ input_path: "{record}" }}
}}
"""


@pytest.fixture
def check(tmp_path):
    """Write a config that is right but for `changes`, and tell what is wrong with it."""
    network = tmp_path / "training" / "ssd"
    checkpoint = tmp_path / "pre-trained" / "ssd" / "checkpoint" / "ckpt-0"
    for folder in (network, checkpoint.parent):
        folder.mkdir(parents=True)
    checkpoint.with_name("ckpt-0.index").write_bytes(b"")
    (tmp_path / "label_map.pbtxt").write_text("")
    (tmp_path / "train.record-00000-of-00002").write_bytes(b"")

    def check(most_boxes=4, **changes):
        values = {
            "architecture": "ssd",
            "classes": 2,
            "batch": 8,
            "steps": 2000,
            "boxes": 10,
            "rate": 0.005,
            "total": 2000,
            "warmup": 100,
            "checkpoint": checkpoint,
            "type": "detection",
            "version": "V2",
            "augmentation": "data_augmentation_options { random_crop_image {} }",
            "label_map": tmp_path / "label_map.pbtxt",
            "record": tmp_path / "train.record-?????-of-00002",
        }
        path = network / "pipeline.config"
        path.write_text(CONFIG.format(**{**values, **changes}))
        return check_config(path, Project(tmp_path), LABELS, most_boxes)

    check.folder = tmp_path
    return check


def test_a_config_without_a_trap_is_ok(check):
    assert [str(finding) for finding in check()] == ["ok     ssd/pipeline.config: no trap found"]


@pytest.mark.parametrize(
    "changes, part",
    [
        (
            {"augmentation": "data_augmentation_options { random_horizontal_flip {} }"},
            "mirrored or turned (random_horizontal_flip): a mirrored digit becomes truth",
        ),
        ({"total": 25000}, "made for 25000 steps, the training has 2000: the rate never comes"),
        ({"total": 1000}, "ends at step 1000 of 2000: nothing is learnt after it"),
        ({"steps": 90, "total": 2000}, "90 steps are all warm-up (warmup_steps is 100)"),
        ({"total": 50}, "has 50 steps, fewer than its warm-up of 100: training stops with"),
        ({"steps": 0}, "num_steps is 0"),
        ({"rate": 0.04, "batch": 2}, "the rate 0.04 is the zoo's, for batches of 64"),
        ({"type": "classification"}, "`classification`, which restores nothing of a detection"),
        ({"type": "detektion"}, "fine_tune_checkpoint_type is 'detektion', which is unknown"),
        (
            {"type": "fine_tune", "architecture": "faster_rcnn"},
            "`fine_tune` is refused by Faster R-CNN",
        ),
        ({"version": "V1"}, "fine_tune_checkpoint_version is not V2"),
        ({"classes": 1}, "num_classes is 1, the label map goes up to 2: the classes beyond are"),
        ({"classes": 90}, "num_classes is 90, the label map goes up to 2 only"),
        ({"boxes": 3}, "max_number_of_boxes is 3, a picture has 4 objects: the rest is cut off"),
    ],
)
def test_each_trap_is_told(check, changes, part):
    findings = check(**changes)
    assert [finding.status for finding in findings] == ["wrong"]
    assert part in findings[0].text
    mend = f"write it again with `tod configure {check.folder} --network ssd`"
    assert findings[0].mend == mend


@pytest.mark.parametrize(
    "changes, part",
    [
        ({"label_map": "/absent/map.pbtxt"}, "label_map_path /absent/map.pbtxt is not there"),
        ({"record": "/absent/train.record"}, "input_path /absent/train.record is not there"),
        ({"record": ""}, "input_path (empty) is not there"),
        ({"record": "PATH_TO_BE_CONFIGURED"}, "input_path PATH_TO_BE_CONFIGURED is not there"),
    ],
)
def test_missing_files_are_told_for_training_and_for_testing(check, changes, part):
    texts = [finding.text for finding in check(**changes)]
    assert texts == [f"train_input_reader.{part}", f"eval_input_reader.{part}"]


def test_paths_are_from_the_folder_that_holds_the_project(check, monkeypatch):
    name = check.folder.name
    monkeypatch.chdir("/")
    (finding,) = check(
        label_map=f"{name}/label_map.pbtxt",
        record=f"{name}/train.record-?????-of-00002",
        checkpoint=f"{name}/pre-trained/ssd/checkpoint/ckpt-0",
    )
    assert finding.status == "ok"


def test_what_a_training_with_few_pictures_would_refuse_is_told(check):
    path = check.folder / "training/ssd/transfer.yaml"
    write_transfer(path, TransferSettings())
    assert check()[0].status == "ok"
    path.write_text("capturs: 3")
    (finding,) = check()
    assert f"{path}: unknown parameter 'capturs', did you mean 'captures'" in finding.text


@pytest.mark.parametrize("ending, hint", [("", ""), (".index", "; it must be the prefix")])
def test_a_checkpoint_is_named_by_its_prefix(check, ending, hint):
    name = check.folder / f"pre-trained/ssd/checkpoint/ckpt-{7 if not ending else 0}{ending}"
    (finding,) = check(checkpoint=name)
    assert f"fine_tune_checkpoint {name} is not there ({name}.index is looked for){hint}" in (
        finding.text
    )


def test_full_needs_the_same_classes(check):
    source = check.folder / "pre-trained" / "ssd" / "pipeline.config"
    source.write_text("model { ssd { num_classes: 90 } }")
    (finding,) = check(type="full")
    assert "`full` needs the checkpoint's 90 classes, num_classes is 2" in finding.text
    source.write_text("model { ssd { num_classes: 2 } }")
    assert check(type="full")[0].status == "ok"
    source.write_text("model { sdd {} }")
    (finding,) = check(type="full")
    assert f"{source}: no pipeline.config" in finding.text and "tod zoo get" in finding.mend


@pytest.mark.parametrize(
    "names, is_by_tod, is_wrong",
    [
        (["ckpt-1"], False, True),
        (["ckpt-1", "ckpt-2"], False, False),
        (["ckpt-1"], True, False),
        (["ckpt-0"], True, True),
    ],
    ids=["the API's step 0", "the API's later one", "a single step of tod", "no step of tod"],
)
def test_a_run_with_the_step_0_checkpoint_alone_is_told(check, names, is_by_tod, is_wrong):
    run = check.folder / "training" / "ssd" / "checkpoint1"
    run.mkdir()
    (run / "checkpoint").write_text(f'model_checkpoint_path: "{names[-1]}"')
    for name in names:
        (run / f"{name}.index").write_bytes(b"")
    if is_by_tod:
        (run / "training.log").write_text("")
    findings = check()
    assert [finding.status for finding in findings] == ["wrong" if is_wrong else "ok"]
    if is_wrong:
        assert "its only checkpoint, written before the first step" in findings[0].text


def test_a_missing_object_detection_api_is_a_finding(check, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("object_detection.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "object_detection", None)
    (finding,) = check()
    assert finding.status == "wrong"
    assert "the Object Detection API's protobufs cannot be imported" in finding.text
    assert "`make setup`" in finding.text


def test_what_is_no_config_is_told_by_its_name(tmp_path):
    path = tmp_path / "ssd" / "pipeline.config"
    path.parent.mkdir()
    path.write_text("model { sdd { } }")
    (finding,) = check_config(path, Project(tmp_path), LABELS, 4)
    assert finding.status == "wrong"
    assert f"{path}: no pipeline.config of the OD API" in finding.text
