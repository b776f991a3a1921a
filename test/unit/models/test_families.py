"""One-stage or two-stage, by name or by pipeline.config; and the heirs of the TF1 networks."""

import json

import pytest

from tod_ros.cli import command as cli
from tod_ros.models.families import HEIRS, ONE_STAGE, TWO_STAGE, stages, stages_of_folder
from tod_ros.models.zoo import catalogue, find
from tod_ros.shipped import shipped


def test_every_network_of_the_zoo_is_of_a_kind():
    assert {network.name: stages(network.name) for network in catalogue()} == {
        network.name: TWO_STAGE if "rcnn" in network.name else ONE_STAGE for network in catalogue()
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("model {\n  ssd {\n", ONE_STAGE),
        ("model: {\n  faster_rcnn: {\n", TWO_STAGE),
        ("model {\n  center_net {\n", ONE_STAGE),
        ("model {\n  other {\n", None),
        ("train_config { ssdx { } }", None),
    ],
)
def test_a_network_of_ones_own_is_known_by_its_config(tmp_path, text, kind):
    (tmp_path / "pipeline.config").write_text(text)
    assert stages_of_folder(tmp_path) == kind


def test_a_config_that_cannot_be_read_tells_nothing(tmp_path):
    assert stages_of_folder(tmp_path) is None
    (tmp_path / "pipeline.config").write_bytes(b"\xff\xfe ssd {")
    assert stages_of_folder(tmp_path) is None


def test_the_shipped_networks_are_one_stage():
    assert stages_of_folder(shipped("models", "cube_faces")) == ONE_STAGE
    assert stages_of_folder(shipped("models", "marks")) == ONE_STAGE


@pytest.mark.parametrize("name", sorted(HEIRS))
def test_a_tf1_network_is_answered_with_its_heir(name, capsys, tmp_path):
    assert find(HEIRS[name])
    assert stages(HEIRS[name]) == stages(name)
    assert cli.main(["zoo", "get", name, "--workspace", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert HEIRS[name] in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", sorted(HEIRS))
def test_configuring_a_tf1_network_is_answered_with_its_heir_too(name, capsys, tmp_path):
    project = tmp_path / "cubes"
    assert cli.main(["init", str(project), "--class", "one"]) == 0
    assert cli.main(["configure", str(project), "--network", name]) == 1
    said = capsys.readouterr().err
    assert f"{name} is of the TF1 zoo" in said
    assert f"`tod zoo get {HEIRS[name]}` gets its heir" in said
    assert said.count("\n") == 1


def test_the_list_tells_the_kind(capsys, tmp_path):
    assert cli.main(["zoo", "list", "--json", "--workspace", str(tmp_path)]) == 0
    kinds = {row["name"]: row["stages"] for row in json.loads(capsys.readouterr().out)}
    assert kinds["mask_rcnn_inception_resnet_v2_1024x1024_coco17_gpu-8"] == TWO_STAGE
    assert kinds["cube_faces"] == ONE_STAGE
