"""No verb, node or request changes a byte outside of the project that it was given.

A project may come from a stranger, in an archive: every part of the path of every file that is
written to becomes a link to somebody else's folder or file, and all of it is then as it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tod_ros.annotate.background import Background
from tod_ros.annotate.capture_button import CaptureButton
from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.decisions import Decisions
from tod_ros.annotate.proposals import Proposals
from tod_ros.annotate.security import door_for
from tod_ros.annotate.server import Parts, make_app
from tod_ros.annotate.server_lock import only_server
from tod_ros.annotate.store import Store
from tod_ros.annotation import Box
from tod_ros.cli import command as cli
from tod_ros.cli.terminal import output_to
from tod_ros.dataset.capture_store import CaptureStore
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project, open_project
from tod_ros.errors import TodError
from tod_ros.files import (
    copy_file,
    keep_copy,
    make_folder,
    open_in_place,
    place_new,
    remove,
    remove_tree,
    set_aside,
    write_bytes,
)

FOLDERS = (
    *("images", "images/train", "images/test", "training", "training/ssd_tiny", "evaluation"),
    *("training/ssd_tiny/checkpoint1", "training/ssd_tiny/saved_model1"),
)
FILES = (
    *("images/.tod-annotate.lock", "images/.tod-annotate.json", "images/train_labels.csv"),
    *("images/synth00007.png", "images/synth00007.xml", "images/train/synth00001.xml"),
    *("images/train/synth00001.png", "images/train_coco.json", "images/train/image001.png"),
    *("training/.convert.lock", "training/train.record", "training/label_map.pbtxt"),
    "place.yaml",
    *("training/test.record", "training/ssd_tiny/export.log", "training/ssd_tiny/pipeline.config"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with six pictures, and somebody else's folder that looks much like one."""
    root = tmp_path_factory.mktemp("made")
    assert cli.main(["init", str(root / "p"), "--class", "one", "--class", "two"]) == 0
    assert cli.main(["synth", str(root / "p"), "-n", "6", "-q"]) == 0
    assert cli.main(["split", str(root / "p")]) == 0
    (root / "p/training/ssd_tiny/checkpoint1").mkdir(parents=True)
    shutil.copytree(root / "p" / "images", root / "theirs")
    shutil.copytree(root / "p" / "training", root / "theirs", dirs_exist_ok=True)
    (root / "theirs/01-2024-07-14.png").write_bytes(b"holiday")
    (root / "theirs/model.json").write_text("{}")
    (root / "theirs/thesis.txt").write_text("precious")
    return root


def snapshot(folder: Path):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


def capture(project: Project) -> None:
    store = CaptureStore(project)
    store.make_folders(0.0)
    store.store(np.full((12, 31, 3), 90, np.uint8))


def annotate(project: Project) -> None:
    with only_server(open_project(project.root).images_root):
        store = Store(project)
        for key in list(store.pictures):
            with contextlib.suppress(TodError):
                seen = store.read(key).version
                store.save(key, [Box("one", 2, 3, 40, 50)], seen)
                store.save(key, None, store.read(key).version)


def log(project: Project) -> None:
    with output_to(open_project(project.root).network_dir("ssd_tiny") / "export.log"):
        print("TensorFlow says so")


def write_report(project: Project) -> None:
    from tod_ros.evaluation.report import _remove_older  # what deletes is what matters here
    from tod_ros.files import refuse_link_out

    worst = open_project(project.root).root / "evaluation"
    refuse_link_out(worst, worst.parent, TodError)
    if worst.is_dir():
        _remove_older(worst)


def bring_in(project: Project) -> None:
    """COCO's JSON beside the project, of a picture that a link leads to."""
    given = project.root.parent / "given"
    given.mkdir(exist_ok=True)
    (given / "link.png").unlink(missing_ok=True)
    (given / "link.png").symlink_to(project.root.parents[1] / "theirs" / "01-2024-07-14.png")
    image = {"id": 1, "file_name": "link.png", "width": 31, "height": 12}
    content = {"images": [image], "categories": [{"id": 1, "name": "one"}], "annotations": []}
    (given / "c.json").write_text(json.dumps(content))
    cli.main(["convert", str(project.root), "--from", "coco", str(given / "c.json")])


def ask_the_page(project: Project) -> None:
    """Every address of the page, for every picture that is listed.

    But for the camera's: that one's work is the capture node's, which is `capture` here.
    """
    store, label_map = Store(open_project(project.root)), LabelMap.from_names(["one", "two"])
    decisions = Decisions(project.images_root / ".tod-annotate.json")
    catalogue = Catalogue(store, label_map, Proposals(None, label_map.ids), decisions)
    door = door_for("127.0.0.1", 8642, "id")
    camera = CaptureButton("/capture", lambda service: ("camera_no_ros", {}))
    app = make_app(Parts("p", catalogue, Background(catalogue), camera, door, project))
    asked = {"static", "project", "changes", "coach", "picture", "thumbnail", "boxes", "camera"}
    rules = {rule.rule.replace("/api", "").split("/")[1] for rule in app.url_map.iter_rules()}
    assert rules <= {*asked, "place", ""}, "a new address: ask for it here"
    client = app.test_client()
    headers = {"Host": "127.0.0.1:8642", "X-Tod-Project": "id", "Content-Type": "application/json"}
    for address in ("/", "/api/project", "/api/changes?since=0", "/api/coach"):
        client.get(address, headers=headers)
    save = {"boxes": [{"name": "one", "xyxy": [2, 3, 9, 9]}], "rejected": [], "open": True}
    for key in list(store.pictures):
        for kind in ("picture", "thumbnail", "boxes"):
            answer = client.get(f"/api/{kind}/{key}", headers=headers)
            assert b"holiday" not in answer.data and b"precious" not in answer.data
        for seen in ("", client.get(f"/api/boxes/{key}", headers=headers).json.get("version", "")):
            body = json.dumps({**save, "seen": seen})
            client.put(f"/api/boxes/{key}", data=body, headers=headers)
    for key in list(store.pictures)[:1]:
        corners = [[80, 420], [560, 430], [470, 220], [160, 215]]
        body = {"key": key, "corners": corners, "sheet_mm": [297, 210], "cube_edge_mm": 40}
        client.put("/api/place", data=json.dumps(body), headers=headers)


DOERS = {
    "init": lambda p: cli.main(["init", str(p.root), "--class", "one", "--class", "two"]),
    "synth": lambda p: cli.main(["synth", str(p.root), "-n", "2", "-q"]),
    "split": lambda p: cli.main(["split", str(p.root)]),
    "convert": lambda p: cli.main(["convert", str(p.root), "-q"]),
    "to coco": lambda p: cli.main(["convert", str(p.root), "--to", "coco", "-q"]),
    "capture": capture,
    "annotate": annotate,
    "resize": lambda p: cli.main(["resize", str(p.root), "--to", "64", "-q"]),
    "bring in": bring_in,
    "page": ask_the_page,
    "configure": lambda p: cli.main(["configure", str(p.root), "--network", "ssd_tiny"]),
    "log": log,
    "report": write_report,
}


@pytest.mark.parametrize("place", [*FOLDERS, *FILES])
def test_a_link_in_any_part_of_a_path_leads_nobody_out(place, made, tmp_path, capsys):
    shutil.copytree(made / "p", tmp_path / "ws" / "p")
    shutil.copytree(made / "theirs", tmp_path / "theirs")
    path = tmp_path / "ws" / "p" / place
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(tmp_path / "theirs" / ("" if place in FOLDERS else "thesis.txt"))
    before = snapshot(tmp_path / "theirs")
    for name, do in DOERS.items():
        with contextlib.suppress(TodError, OSError):
            do(Project(tmp_path / "ws" / "p"))
        assert snapshot(tmp_path / "theirs") == before, name
    assert "Traceback" not in capsys.readouterr().err


WRITERS = {
    "write": lambda path: write_bytes(path, b"new"),
    "place": lambda path: place_new(path, b"new"),
    "in place": lambda path: open_in_place(path).write(b"new"),
    "append": lambda path: open_in_place(path, append=True).write(b"new"),
    "remove": remove,
    "remove tree": remove_tree,
    "set aside": set_aside,
    "keep": keep_copy,
    "folder": make_folder,
    "copy": lambda path: copy_file(path, path.with_name("copy")),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("kind", ["link", "dangling", "link to a folder", "hard link", "fifo"])
def test_no_writer_changes_what_a_link_leads_to(kind, writer, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_bytes(b"precious")
    here = tmp_path / "here"
    here.mkdir()
    path = here / "file"
    if kind == "hard link":
        os.link(outside / "victim", path)
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        targets = {"link": "victim", "dangling": "gone", "link to a folder": "."}
        path.symlink_to(outside / targets[kind])
    before = snapshot(outside)
    with contextlib.suppress(OSError):
        WRITERS[writer](path)
    assert snapshot(outside) == before
    copied = here / "copy"
    assert not copied.exists() or kind == "hard link"
