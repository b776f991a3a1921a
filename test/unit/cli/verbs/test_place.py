"""tod place: four corners in, a calibration out, and nothing written where something is wrong."""

import json

import cv2
import numpy as np
import pytest
from desk import camera

from tod_ros.cli import main
from tod_ros.place.calibration import read_calibration

CORNERS = "80,420 560,430 470,220 160,215"


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "desk.png"
    cv2.imwrite(str(path), np.full((480, 640, 3), 90, np.uint8))
    return path


def place(picture, *options, corners=CORNERS):
    output = picture.parent / "place.yaml"
    words = ["place", str(picture), "--corners", *corners.split(), "-o", str(output), *options]
    return main(words), output


def test_corners_give_a_calibration_and_the_next_step(picture, capsys):
    status, output = place(picture, "--cube-edge", "38")
    assert status == 0
    assert read_calibration(output).cube_edge_m == 0.038
    assert f"place:={output}" in capsys.readouterr().out


def test_json_tells_where_the_camera_is(picture, capsys):
    sheet = np.array([(0, 0, 0), (0.2, 0, 0), (0.2, 0.1, 0), (0, 0.1, 0)])
    corners = " ".join(f"{x:.3f},{y:.3f}" for x, y in camera().project(sheet))
    options = ("--sheet", "200x100", "--focal", "620", "--json")
    status, _ = place(picture, *options, corners=corners)
    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert told["position_m"] == pytest.approx(camera().position_m, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "corners", "said"),
    [
        (("--sheet", "A4"), CORNERS, "--sheet is 'A4'; give millimetres such as 297x210"),
        (("--frame", "the desk"), CORNERS, "--frame is 'the desk'; leave out spaces"),
        (("--cube-edge", "0"), CORNERS, "--cube-edge is 0, must be more than 0"),
        ((), "80,420 560,430 470,220 160", "--corners: '160' is no corner"),
        ((), "80,420 470,220 560,430 160,215", "do not run around the sheet"),
    ],
)
def test_a_wrong_option_is_one_line_and_writes_nothing(picture, options, corners, said, capsys):
    status, output = place(picture, *options, corners=corners)
    told = capsys.readouterr().err
    assert status == 1 and said in told and told.count("\n") == 1
    assert not output.exists()


def test_without_a_display_the_corners_are_asked_for(picture, capsys, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert main(["place", str(picture)]) == 1
    assert "give the corners with --corners" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a picture or a project, or --camera to take one now"),
        (["desk.png", "--camera"], "give a picture or a project, or --camera"),
        (["a.png", "b.png"], "one picture shows the sheet; several are for --cubes"),
        (["a.png", "--cubes", "--corners", *CORNERS.split()], "--cubes needs no --corners"),
        (["a.png", "--timeout", "0"], "--timeout is 0, must be more than 0"),
    ],
)
def test_what_is_given_twice_or_not_at_all_is_refused(words, said, capsys):
    assert main(["place", *words]) == 1
    assert said in capsys.readouterr().err


def test_the_calibration_of_a_project_lies_in_it(tmp_path, capsys):
    images = tmp_path / "cubes" / "images" / "train"
    images.mkdir(parents=True)
    cv2.imwrite(str(images / "image001.png"), np.full((480, 640, 3), 90, np.uint8))
    status = main(["place", str(tmp_path / "cubes"), "--corners", *CORNERS.split()])
    assert status == 0 and read_calibration(tmp_path / "cubes" / "place.yaml")


def test_without_a_master_the_camera_is_refused_with_the_way_out(capsys, monkeypatch):
    monkeypatch.setenv("ROS_MASTER_URI", "http://127.0.0.1:9")
    assert main(["place", "--camera"]) == 1
    told = capsys.readouterr().err
    assert "no ROS master answers at http://127.0.0.1:9" in told and told.count("\n") == 1
