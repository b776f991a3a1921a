"""A calibration is stored whole, and a file that is none is refused by name."""

import pytest

from tod_ros.errors import SettingError
from tod_ros.place.above import Above
from tod_ros.place.calibration import (
    calibration_by_cubes,
    calibration_of,
    read_calibration,
    write_calibration,
)
from tod_ros.place.edge_fit import EdgeFit
from tod_ros.place.sheet import A4_WH_M, calibrate_by_sheet

CORNERS = ((80.0, 420.0), (560.0, 430.0), (470.0, 220.0), (160.0, 215.0))


@pytest.fixture
def stored(tmp_path):
    found = calibrate_by_sheet(CORNERS, (640, 480))
    write_calibration(
        tmp_path / "place.yaml", calibration_of(found, CORNERS, A4_WH_M, 0.04, "desk")
    )
    return tmp_path / "place.yaml"


def test_what_is_written_is_read(stored):
    found = calibrate_by_sheet(CORNERS, (640, 480))
    read = read_calibration(stored)
    assert read.corners_px == CORNERS and read.frame_id == "desk" and read.cube_edge_m == 0.04
    assert read.camera.focal_px == pytest.approx(found.camera.focal_px, abs=0.001)
    assert read.camera.position_m == pytest.approx(found.camera.position_m, abs=1e-5)
    assert read.residual_px == pytest.approx(found.residual_px, abs=0.001)


def test_one_by_the_cubes_alone_has_no_sheet(tmp_path):
    above = Above(600.0, 0.5, 0.02, 0.2, (640, 480))
    found = EdgeFit(above, (), 0.7, 500)
    write_calibration(tmp_path / "place.yaml", calibration_by_cubes(found, 0.04, "desk"))
    read = read_calibration(tmp_path / "place.yaml")
    assert read.sheet_wh_m is None and read.corners_px == () and read.residual_px == 0.7
    assert read.camera.rotation == pytest.approx(above.camera().rotation)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("focal_px: ", "focal: ", "'focal_px' is missing"),
        ("cube_edge_m: 0.04", "cube_edge_m: -1", "cube_edge_m must be more than 0"),
        ("cube_edge_m: 0.04", "cube_edge_m: .nan", "cube_edge_m must be finite"),
        ("size_wh: [640, 480]", "size_wh: 640", "size_wh must be 2 numbers"),
        ("rotation: [", "rotation: [1, ", "rotation must be 9 numbers"),
        ("cube_edge_m: 0.04", "cube_edge_m: " + "9" * 350, "cube_edge_m must be finite"),
        ("cube_edge_m: 0.04", "cube_edge_m: " + "9" * 500, "a number of 500 digits"),
        ("cube_edge_m: 0.04", "cube_edge_m: 2020-99-99", "month must be in 1..12"),
        ("frame_id", "{frame_id", "is no YAML"),
        ("frame_id: desk", "frame_id: [desk]", "frame_id must be a text"),
        ("frame_id: desk", "frame_id: 5", "frame_id must be a text"),
        ("frame_id: desk", "frame_id: /desk", "without a leading slash"),
        ("frame_id: desk", "frame_id: ''", "without a leading slash"),
        ("frame_id: desk", 'frame_id: "de\\x1bsk"', "leave out spaces and control codes"),
        ("frame_id: desk", "frame_id: &d desk\nother: *d", "aliases (*name) are not taken"),
        ("frame_id: desk", "<<: {frame_id: desk}", "merge keys (<<) are not taken"),
        ("frame_id: desk", "frame_id: " + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_broken_file_is_one_line_with_the_way_out(stored, old, new, said):
    text = stored.read_text()
    assert old in text
    stored.write_text(text.replace(old, new))
    with pytest.raises(SettingError) as error:
        read_calibration(stored)
    assert str(error.value).startswith(str(stored)) and said in str(error.value)
    assert "`tod place`" in str(error.value) and "\n" not in str(error.value)


def test_aliases_of_aliases_cost_nothing(tmp_path):
    """Lists of lists of lists by their names: 500 bytes that would be 10**9 texts as one name."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 9):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    (tmp_path / "bomb.yaml").write_text("\n".join([*lines, "frame_id: *a8"]))
    with pytest.raises(SettingError, match="line 2: aliases"):
        read_calibration(tmp_path / "bomb.yaml")


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path):
    with pytest.raises(SettingError, match="nowhere.yaml: cannot be read"):
        read_calibration(tmp_path / "nowhere.yaml")
    (tmp_path / "large.yaml").write_text("a: " + "b" * 20_000)
    with pytest.raises(SettingError, match="no calibration"):
        read_calibration(tmp_path / "large.yaml")
