"""What the annotation server refuses, and what it answers."""

from __future__ import annotations

import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from tod_ros.annotate.background import Background
from tod_ros.annotate.capture_button import CameraStatus
from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.decisions import Decisions
from tod_ros.annotate.proposals import Proposals, Source
from tod_ros.annotate.security import door_for
from tod_ros.annotate.server import Parts, make_app
from tod_ros.annotate.store import Store
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project
from tod_ros.detection import Detection
from tod_ros.errors import CameraError

HOST = "127.0.0.1:8642"
OURS = {"Host": HOST, "X-Tod-Project": "cubes-id"}
BOX = {"name": "two", "xyxy": [31, 118, 180, 270]}
SAVE = {"seen": "", "boxes": [BOX]}
FIRST = "/api/boxes/train/image001.png"


class FakeCamera:
    """Takes nothing, or says where it stored a picture."""

    def __init__(self, path=None):
        self.path = path

    def status(self):
        return CameraStatus("camera_no_master", {"uri": "http://localhost:11311"})

    def take(self):
        if self.path is None:
            raise CameraError("the picture is black")
        return str(self.path)


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "cubes" / "images" / "train"
    folder.mkdir(parents=True)
    for name in ("image001.png", "image002.png"):
        Image.fromarray(np.full((480, 640, 3), 90, np.uint8)).save(folder / name)
    (tmp_path / "secret.png").write_bytes(b"secret")
    return folder


@pytest.fixture
def make_client(images):
    def make(address="127.0.0.1", source=None, camera=None):
        project = Project(images.parents[1])
        label_map = LabelMap.from_names(["one", "two"])
        catalogue = Catalogue(
            Store(project),
            label_map,
            Proposals(source, label_map.ids),
            Decisions(project.images_root / ".tod-annotate.json"),
        )
        door = door_for(address, 8642, "cubes-id")
        background = Background(catalogue)
        app = make_app(Parts("cubes", catalogue, background, camera or FakeCamera(), door, project))
        client = app.test_client()
        client.door = door
        return client

    return make


def put(client, address=FIRST, body=SAVE, **headers):
    wanted = {**OURS, "Content-Type": "application/json", **headers}
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return client.put(address, data=data, headers=wanted)


def get(client, address, **headers):
    return client.get(address, headers={"Host": HOST, **headers})


def test_a_save_writes_the_xml_and_answers_its_version(make_client, images):
    client = make_client()
    answer = put(client)
    assert answer.status_code == 200
    (box,) = read_voc(images / "image001.xml").boxes
    assert (box.name, box.xyxy) == ("two", (31, 118, 180, 270))
    again = get(client, FIRST).json
    assert again["version"] == answer.json["version"] != ""


def test_a_save_over_what_was_not_seen_is_a_conflict_with_what_is_there(make_client, images):
    client = make_client()
    put(client)
    before = (images / "image001.xml").read_bytes()
    answer = put(client, body={"seen": "", "boxes": []})
    assert answer.status_code == 409
    assert answer.json["now"]["boxes"][0]["name"] == "two"
    assert (images / "image001.xml").read_bytes() == before


@pytest.mark.parametrize(
    "path",
    [
        "/api/picture/train/../../../secret.png",
        "/api/picture/train/..%2f..%2f..%2fsecret.png",
        "/api/picture/train/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret.png",
        "/api/picture/train/..%252f..%252f..%252fsecret.png",
        "/api/picture/train/..%5c..%5csecret.png",
        "/api/picture/train//etc/passwd",
        "/api/picture/%2fetc/passwd",
        "/api/picture/train/image001.png%00.xml",
        "/api/picture/../images/image001.png",
        "/api/picture/train/.tod-annotate.json",
        "/api/thumbnail/train/..%2f..%2f..%2fsecret.png",
        "/api/boxes/train/..%2f..%2f..%2fsecret.png",
        "/static/..%2fserver.py",
        "/static/../server.py",
        "/static/%2e%2e%2fserver.py",
    ],
)
def test_names_that_are_not_listed_lead_nowhere(make_client, path):
    answer = get(make_client(), path)
    assert answer.status_code == 404
    assert b"secret" not in answer.data.replace(b"secret.png", b"")


def test_a_save_cannot_write_beside_the_listing_either(make_client, images):
    before = sorted(images.parents[2].rglob("*"))
    answer = put(make_client(), "/api/boxes/train/..%2f..%2f..%2fsecret.png")
    assert answer.status_code == 404
    assert sorted(images.parents[2].rglob("*")) == before


def test_a_link_out_of_the_folder_is_listed_as_broken_and_not_followed(make_client, images):
    (images / "image003.png").symlink_to(images.parents[2] / "secret.png")
    os.symlink("/etc/passwd", images / "image002.xml")
    client = make_client()
    states = {row[0]: row[1] for row in get(client, "/api/project").json["rows"]}
    assert states["train/image003.png"] == states["train/image002.png"] == "broken"
    for kind in ("picture", "thumbnail", "boxes"):
        answer = get(client, f"/api/{kind}/train/image003.png")
        assert answer.status_code == 422
        assert "link" in answer.json["error"]
    assert get(client, "/api/boxes/train/image002.png").status_code == 422


def test_a_huge_body_is_refused_and_nothing_written(make_client, images):
    answer = put(make_client(), body=b'{"seen": "", "boxes": [' + b" " * 1_100_000 + b"]}")
    assert answer.status_code == 413
    assert not list(images.glob("*.xml"))


def test_a_huge_body_that_does_not_tell_its_length_is_refused(make_client, images):
    answer = make_client().put(
        FIRST,
        input_stream=io.BytesIO(b"[" * 1_100_000),
        headers={**OURS, "Content-Type": "application/json"},
        environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )
    assert answer.status_code == 411
    assert not list(images.glob("*.xml"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("DELETE", FIRST),
        ("POST", FIRST),
        ("PATCH", FIRST),
        ("OPTIONS", FIRST),
        ("PUT", "/api/project"),
        ("GET", "/api/camera"),
        ("PUT", "/static/main.js"),
        ("TRACE", "/"),
    ],
)
def test_other_methods_are_refused(make_client, method, path):
    headers = {**OURS, "Content-Type": "application/json"}
    answer = make_client().open(path, method=method, headers=headers, data="{}")
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "host", ["evil.example:8642", "evil.example", "127.0.0.1.evil.example:8642", "127.0.0.1:80", ""]
)
def test_other_host_names_are_refused(make_client, host):
    """DNS rebinding: a name of the attacker's that leads to this machine."""
    for path in ("/", "/api/project", "/api/picture/train/image001.png"):
        assert get(make_client(), path, Host=host).status_code == 403


@pytest.mark.parametrize("host", [HOST, "localhost:8642", "[::1]:8642", "LOCALHOST:8642"])
def test_the_names_of_this_machine_are_answered(make_client, host):
    assert get(make_client(), "/", Host=host).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Origin": f"https://{HOST}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Tod-Project": "another"},
        {"X-Tod-Project": ""},
    ],
)
def test_saves_from_other_sites_are_refused(make_client, images, headers):
    assert put(make_client(), **headers).status_code == 403
    assert not list(images.glob("*.xml"))


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_can_send_is_refused(make_client, images, kind):
    assert put(make_client(), **{"Content-Type": kind}).status_code == 415
    assert not list(images.glob("*.xml"))


def test_other_sites_cannot_look_but_may_link_to_the_page(make_client):
    client = make_client()
    peek = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert get(client, "/api/picture/train/image001.png", **peek).status_code == 403
    frame = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "iframe",
    }
    assert get(client, "/", **frame).status_code == 403
    link = {**frame, "Sec-Fetch-Dest": "document"}
    assert get(client, "/", **link).status_code == 200
    assert get(client, "/api/project", **link).status_code == 403


def test_every_answer_forbids_scripts_and_frames_from_elsewhere(make_client):
    client = make_client()
    for path in ("/", "/api/project", "/nothing", "/api/picture/train/image001.png"):
        headers = get(client, path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


def test_beyond_this_machine_only_the_token_opens(make_client):
    client = make_client(address="0.0.0.0")
    host = {"Host": "robot.local:8642"}
    assert len(client.door.token) >= 20
    assert client.get("/", headers=host).status_code == 403
    assert client.get("/?token=wrong", headers=host).status_code == 403
    assert client.get(f"/api/project?token={client.door.token}", headers=host).status_code == 403
    answer = client.get(f"/?token={client.door.token}", headers=host)
    assert answer.status_code == 302  # to an address without the token
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    bare = {**host, "Cookie": cookie.split(";")[0]}
    assert client.get("/api/project", headers=bare).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "not JSON",
        [],
        {},
        {"seen": 1, "boxes": []},
        {"seen": "", "boxes": {}},
        {"seen": "", "boxes": [{}]},
        {"seen": "", "boxes": [{"name": "three", "xyxy": [1, 2, 3, 4]}]},
        {"seen": "", "boxes": [{"name": "one", "xyxy": [1, 2, 3]}]},
        {"seen": "", "boxes": [{"name": "one", "xyxy": [1, 2, 3, "4"]}]},
        {"seen": "", "boxes": [{"name": "one", "xyxy": [1, 2, 3, True]}]},
        '{"seen": "", "boxes": [{"name": "one", "xyxy": [1, 2, 3, NaN]}]}',
        {"seen": "", "boxes": [{"name": "one", "xyxy": [9, 9, 3, 3]}]},
        {"seen": "", "boxes": [{"name": "one", "xyxy": [700, 9, 800, 30]}]},
        {"seen": "", "boxes": [BOX] * 1001},
        "[" * 900_000,
        {"seen": "", "boxes": [], "rejected": [{"name": "one"}]},
    ],
)
def test_a_save_that_makes_no_sense_is_refused_in_words(make_client, images, body):
    answer = put(make_client(), body=body)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert not list(images.glob("*.xml"))


def test_a_picture_that_is_none_is_said_and_marked(make_client, images):
    (images / "image001.png").write_bytes(b"GIF89a but not really")
    client = make_client()
    answer = get(client, FIRST)
    assert answer.status_code == 422
    assert "image001.png" in answer.json["error"]
    rows = {row[0]: row[1] for row in get(client, "/api/project").json["rows"]}
    assert rows["train/image001.png"] == "broken"


def test_proposals_come_with_the_picture_and_are_not_truth(make_client, images):
    found = [Detection(2, "two", 0.9, 30.6, 118.2, 180, 270), Detection(3, "tree", 0.9, 0, 0, 9, 9)]
    client = make_client(source=Source("m", lambda bgr: found))
    answer = get(client, FIRST).json
    assert answer["proposals"] == [
        {"name": "two", "score": 0.9, "xyxy": [31.0, 118.0, 180.0, 270.0]}
    ]
    assert (answer["boxes"], answer["saved"]) == ([], False)
    assert not list(images.glob("*.xml"))


def test_a_picture_taken_elsewhere_is_refused_with_the_way_out(make_client, tmp_path, images):
    headers = {**OURS, "Content-Type": "application/json"}
    elsewhere = make_client(camera=FakeCamera(tmp_path / "secret.png"))
    answer = elsewhere.post("/api/camera", data="{}", headers=headers)
    assert answer.status_code == 502
    assert "project:=" in answer.json["error"]
    here = make_client(camera=FakeCamera(images / "image002.png"))
    assert here.post("/api/camera", data="{}", headers=headers).json["key"] == "train/image002.png"
    failed = make_client().post("/api/camera", data="{}", headers=headers)
    assert failed.json["error"] == "the picture is black"


def test_files_that_cannot_be_had_are_said(make_client, images):
    client = make_client()
    (images / "image001.xml").mkdir()
    answer = put(client)
    assert answer.status_code == 409
    assert "image001.xml: cannot be read (is a folder, not a file)" in answer.json["now"]["fault"]
    (images / "image002.png").unlink()
    answer = get(client, "/api/picture/train/image002.png")
    assert answer.status_code == 404
    assert "is gone" in answer.json["error"]


def test_changes_are_only_what_is_newer(make_client):
    client = make_client()
    revision = get(client, "/api/project").json["revision"]
    assert get(client, f"/api/changes?since={revision}").json["rows"] == []
    put(client)
    (row,) = get(client, f"/api/changes?since={revision}").json["rows"]
    assert row[:4] == ["train/image001.png", "done", 1, 0]


@pytest.mark.parametrize(("harm", "status"), [("gone", 404), ("broken", 422), ("pipe", 422)])
def test_a_conflict_on_a_picture_that_came_to_harm_meanwhile_is_said(
    make_client, images, harm, status
):
    client = make_client()
    put(client)
    picture = images / "image001.png"
    picture.unlink()
    if harm == "broken":
        picture.write_bytes(b"no picture")
    if harm == "pipe":
        os.mkfifo(picture)
    answer = put(client, body={"seen": "another", "boxes": [BOX]})
    assert answer.status_code in (404, status)
    assert answer.json["error"]
    assert put(client, "/api/boxes/train/image002.png").status_code == 200


def test_a_name_that_is_not_utf_8_is_listed_as_broken_with_the_reason(make_client, images):
    os.link(images / "image001.png", os.fsencode(images) + b"/bad\xff.png")
    client = make_client()
    states = {row[0]: row[1] for row in get(client, "/api/project").json["rows"]}
    assert states["train/bad\ufffd.png"] == "broken"
    answer = get(client, "/api/boxes/train/bad%EF%BF%BD.png")
    assert answer.status_code == 422
    assert "its name is not UTF-8, rename it" in answer.json["error"]


@pytest.mark.parametrize("number", ["9" * 400, "-1e999", "1e400"])
@pytest.mark.parametrize("place", ["boxes", "rejected"])
def test_numbers_that_no_computer_holds_are_refused_in_words(make_client, place, number):
    box = '{"name": "two", "xyxy": [31, 118, 180, NUMBER]}'.replace("NUMBER", number)
    body = {"boxes": f'"boxes": [{box}]', "rejected": f'"boxes": [], "rejected": [{box}]'}[place]
    answer = put(make_client(), body='{"seen": "", ' + body + "}")
    assert answer.status_code == 400 and answer.json["error"]


def test_a_picture_of_any_size_is_sent_in_little_memory_or_refused(make_client, images):
    client = make_client()
    os.truncate(images / "image001.png", 3 * 2**30)
    for kind in ("picture", "thumbnail", "boxes"):
        answer = get(client, f"/api/{kind}/train/image001.png")
        assert answer.status_code == 422
        assert "over 256 MB" in answer.json["error"]


def test_a_picture_that_became_a_link_after_the_listing_is_not_served(make_client, images):
    client = make_client()
    (images / "image001.png").unlink()
    (images / "image001.png").symlink_to(images.parents[2] / "secret.png")
    for kind in ("picture", "thumbnail", "boxes"):
        answer = get(client, f"/api/{kind}/train/image001.png")
        assert answer.status_code in (404, 422) and b"secret\n" not in answer.data
        assert answer.data != b"secret"
