"""The catalogue is the zoo's own page."""

import pytest

from tod_ros.cli import command as cli
from tod_ros.errors import ZooError
from tod_ros.models.networks import network_folder
from tod_ros.models.zoo import catalogue, find


def test_every_network_of_the_page_is_there_once():
    networks = catalogue()
    assert len(networks) == len({network.name for network in networks}) == 42
    assert all(network.input_hw for network in networks if network.name != "extremenet")


def test_an_entry_has_what_the_page_says():
    network = find("faster_rcnn_resnet50_v1_640x640_coco17_tpu-8")
    assert (network.speed_ms, network.coco_map, network.input_hw) == (53, 29.3, (640, 640))
    assert network.url == (
        "https://download.tensorflow.org/models/object_detection/tf2/20200711/"
        "faster_rcnn_resnet50_v1_640x640_coco17_tpu-8.tar.gz"
    )
    assert find("efficientdet_d7_coco17_tpu-32").input_hw == (1536, 1536)
    assert "/20210210/" in find("centernet_mobilenetv2fpn_512x512_coco17_od").url


def test_the_list_has_a_line_for_each(tmp_path, capsys):
    assert cli.main(["zoo", "list", "--workspace", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert all(network.name in out for network in catalogue())
    assert out.splitlines()[0].split() == ["name", "ms", "mAP", "input", "stages", "installed"]


def test_a_network_that_is_not_there_is_answered_with_how_to_get_it(tmp_path):
    name = "ssd_mobilenet_v2_320x320_coco17_tpu-8"
    with pytest.raises(ZooError, match=f"`tod zoo get {name}` fetches it"):
        network_folder(name, tmp_path)
    (tmp_path / name / "checkpoint").mkdir(parents=True)
    with pytest.raises(ZooError, match=r"holds no pipeline\.config"):
        network_folder(name, tmp_path)
    (tmp_path / name / "pipeline.config").touch()
    (tmp_path / name / "checkpoint/ckpt-0.index").touch()
    assert network_folder(name, tmp_path) == tmp_path / name


def test_a_network_of_ones_own_is_listed_with_the_size_its_card_tells(tmp_path, capsys):
    folder = tmp_path / "pre-trained" / "marks_of_mine"
    (folder / "checkpoint").mkdir(parents=True)
    (folder / "pipeline.config").touch()
    (folder / "checkpoint/ckpt-0.index").touch()
    (folder / "model.json").write_text('{"input_size_hw": [256, 320]}')
    assert cli.main(["zoo", "list", "--workspace", str(tmp_path)]) == 0
    (line,) = (
        line for line in capsys.readouterr().out.splitlines() if line.startswith("marks_of_mine")
    )
    assert line.split() == ["marks_of_mine", "-", "-", "256x320", "-", str(folder)]
