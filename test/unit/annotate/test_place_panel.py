"""The page's panel stores the calibration that `tod place` would, and nothing that is wrong."""

import json
import math

import numpy as np
import pytest
from desk import camera
from PIL import Image

from tod_ros.annotate.background import Background
from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.decisions import Decisions
from tod_ros.annotate.proposals import Proposals
from tod_ros.annotate.security import door_for
from tod_ros.annotate.server import Parts, make_app
from tod_ros.annotate.store import Store
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project
from tod_ros.place.calibration import read_calibration

HOST = "127.0.0.1:8642"
OURS = {"Host": HOST, "X-Tod-Project": "cubes-id", "Content-Type": "application/json"}
SHEET = np.array([(0, 0, 0), (0.297, 0, 0), (0.297, 0.21, 0), (0, 0.21, 0)])
CLICKED = {
    "key": "train/desk.png",
    "corners": camera().project(SHEET).tolist(),
    "sheet_mm": [297, 210],
    "cube_edge_mm": 38,
}


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    project.images_dir("train").mkdir(parents=True)
    picture = Image.fromarray(np.full((480, 640, 3), 90, np.uint8))
    picture.save(project.images_dir("train") / "desk.png")
    return project


@pytest.fixture
def client(project):
    label_map = LabelMap.from_names(["one", "two"])
    decisions = Decisions(project.images_root / ".tod-annotate.json")
    proposals = Proposals(None, label_map.ids)
    catalogue = Catalogue(Store(project), label_map, proposals, decisions)
    door = door_for("127.0.0.1", 8642, "cubes-id")
    return make_app(
        Parts("cubes", catalogue, Background(catalogue), None, door, project)
    ).test_client()


def put(client, body=CLICKED, **headers):
    return client.put("/api/place", data=json.dumps(body), headers={**OURS, **headers})


def test_four_corners_are_a_calibration_beside_the_pictures(client, project):
    answer = put(client)
    assert answer.status_code == 200, answer.json
    stored = read_calibration(project.place_path)
    assert answer.json["file"] == str(project.root / "place.yaml")
    assert answer.json["height_m"] == pytest.approx(camera().position_m[2], abs=0.01)
    assert stored.cube_edge_m == pytest.approx(0.038)
    assert stored.residual_px == pytest.approx(answer.json["residual_px"], abs=1e-3)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"key": "train/../../secret.png"}, 404, "is no picture of this project"),
        ({"key": 3}, 400, "need the picture"),
        ({"corners": [[1, 2]] * 3}, 400, "a sheet has four corners"),
        ({"corners": [[1, "2"]] * 4}, 400, "a corner must be"),
        ({"corners": [[1, math.nan]] * 4}, 400, "a corner must be"),
        ({"corners": [[1, 2]] * 4}, 400, "less than 20 pixels apart"),
        ({"sheet_mm": [0, 210]}, 400, "the sheet in mm must be"),
        ({"sheet_mm": None}, 400, "the sheet in mm must be"),
        ({"cube_edge_mm": True}, 400, "a cube's edge in mm must be"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(client, project, change, status, said):
    answer = put(client, {**CLICKED, **change})
    assert (answer.status_code, said in answer.json["error"]) == (status, True), answer.json
    assert not project.place_path.exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-Tod-Project": "another"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Host": "evil.example"}, 403),
    ],
)
def test_another_site_cannot_calibrate(client, project, headers, status):
    assert put(client, **headers).status_code == status
    assert not project.place_path.exists()


def test_a_link_in_its_place_is_not_followed_out_of_the_project(client, project, tmp_path):
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text("mine")
    project.place_path.symlink_to(elsewhere)
    put(client)
    assert elsewhere.read_text() == "mine"
