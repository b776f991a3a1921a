"""Proposals: what stays to be decided, what is accepted unseen, and what a restart remembers."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from other_user import holds_for_nobody, let_through, needs_root
from PIL import Image

from tod_ros.annotate import wire
from tod_ros.annotate.background import Background
from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.decisions import Decisions
from tod_ros.annotate.proposals import Proposals, Source
from tod_ros.annotate.server_lock import only_server
from tod_ros.annotate.serving import ListenAddress, listening
from tod_ros.annotate.store import Store
from tod_ros.annotation import Box
from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project
from tod_ros.detection import Detection
from tod_ros.errors import ProjectError, SettingError
from tod_ros.training.runs import last_export

KEYS = ["train/image001.png", "train/image002.png"]


def seen(name, xmin, score=0.97):
    return Detection(2, name, score, xmin, 100, xmin + 100, 200)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    project.images_dir("train").mkdir(parents=True)
    for number, level in enumerate((90, 120), start=1):
        picture = Image.fromarray(np.full((480, 640, 3), level, np.uint8))
        picture.save(project.images_dir("train") / f"image{number:03}.png")
    return project


@pytest.fixture
def make_album(project):
    def make(propose):
        label_map = LabelMap.from_names(["one", "two"])
        return Catalogue(
            Store(project),
            label_map,
            Proposals(Source("cube_faces", propose), label_map.ids),
            Decisions(project.images_root / ".tod-annotate.json"),
        )

    return make


def sure_or_not(bgr):
    """Sure of both boxes in the first picture, of one of two in the second."""
    return [seen("two", 300), seen("one", 20, 0.97 if bgr[0, 0, 0] == 90 else 0.6)]


def test_only_pictures_where_the_model_is_sure_of_all_are_accepted_and_marked(make_album, project):
    catalogue = make_album(sure_or_not)
    background = Background(catalogue, accept_above=0.95)
    background._round()
    first = read_voc(project.images_dir("train") / "image001.xml")
    assert [box.name for box in first.boxes] == ["one", "two"]
    assert first.annotator == "cube_faces, accepted above 0.95 by tod annotate"
    assert not (project.images_dir("train") / "image002.xml").exists()
    assert catalogue.machine_made() == KEYS[:1]
    assert {row[0]: row[1] for row in catalogue.rows_since(0)[1]} == {
        KEYS[0]: "machine",
        KEYS[1]: "proposed",
    }
    background._round()
    assert "coach_machine" in [one.code for one in background.advice]


def test_a_person_s_save_takes_the_mark_away(make_album, project):
    catalogue = make_album(sure_or_not)
    catalogue.look(KEYS[0])
    assert catalogue.accept_sure(KEYS[0], 0.95, "cube_faces")
    opened = catalogue.open(KEYS[0])
    assert opened["machine"] == "cube_faces"
    message = {"seen": opened["version"], "boxes": opened["boxes"]}
    catalogue.save(KEYS[0], wire.read_save(message, ["one", "two"]))
    assert read_voc(project.images_dir("train") / "image001.xml").annotator == ""
    assert catalogue.machine_made() == []


def test_what_a_person_has_touched_is_not_accepted_unseen(make_album):
    catalogue = make_album(sure_or_not)
    catalogue.look(KEYS[0])
    catalogue.save(KEYS[0], wire.Save("", None, rejected=(("two", 300, 100, 400, 200),)))
    assert not catalogue.accept_sure(KEYS[0], 0.95, "cube_faces")


def test_the_model_is_asked_once_per_picture(make_album):
    asked = []
    catalogue = make_album(lambda bgr: asked.append(1) or [seen("two", 300)])
    for _ in range(3):
        catalogue.open(KEYS[0])
        catalogue.look(KEYS[0])
    assert len(asked) == 1
    assert catalogue.unseen() == KEYS[1:]


def test_decisions_outlive_a_restart(tmp_path):
    path = tmp_path / "decisions.json"
    proposals = [seen("two", 300), seen("one", 20)]
    Decisions(path).set(KEYS[0], [("two", 300, 100, 400, 200)], is_open=True)
    later = Decisions(path)
    assert later.undecided(KEYS[0], proposals, [], is_saved=False) == proposals[1:]
    # a box of the person's over a proposal decides it; an annotation closes what is not open
    mine = [Box("two", 22, 102, 121, 199)]
    assert later.undecided(KEYS[0], proposals, mine, is_saved=True) == []
    assert later.undecided(KEYS[1], proposals, [], is_saved=True) == []
    assert later.undecided(KEYS[1], proposals, [], is_saved=False) == proposals


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}', '{"a": {"rejected": [[1]]}}', '"x"'])
def test_a_damaged_file_of_decisions_costs_only_the_decisions(tmp_path, caplog, content):
    path = tmp_path / "decisions.json"
    path.write_text(content)
    with caplog.at_level(logging.WARNING):
        assert Decisions(path).rejected("a") == []
    assert "refused proposals are forgotten" in caplog.text or content == "[]"


def test_one_server_per_project_also_over_a_kill(tmp_path):
    hold = (
        "import sys, time; from pathlib import Path;"
        "from tod_ros.annotate.server_lock import only_server\n"
        "with only_server(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        already = pytest.raises(ProjectError, match=f"already, by process {other.pid}")
        with already, only_server(tmp_path):
            pass
        other.kill()
    with only_server(tmp_path):
        pass


def test_the_last_export_is_the_newest_model_folder(project):
    assert last_export(project) is None
    for number, name in enumerate(("saved_model2", "saved_model1")):
        folder = project.network_dir("ssd") / name
        folder.mkdir(parents=True)
        (folder / "model.json").write_text("{}")
        os.utime(folder / "model.json", (1000 + number, 1000 + number))
    assert last_export(project) == project.network_dir("ssd") / "saved_model1"


def test_a_port_that_is_taken_is_refused_by_name_or_another_one_taken():
    with listening(ListenAddress(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=rf"port {port}.*--port"):
            listening(ListenAddress(port=port))
    with pytest.raises(SettingError, match="no.such.host.invalid"):
        listening(ListenAddress(address="no.such.host.invalid"))


def watched(catalogue, is_done):
    background = Background(catalogue)
    worker = background.start()
    until = time.monotonic() + 60
    while not is_done() and time.monotonic() < until:
        time.sleep(0.02)
    background.stop()
    worker.join(timeout=10)
    return is_done()


def test_a_picture_on_which_the_help_fails_is_left_out_and_the_others_are_looked_at(
    make_album, project, caplog
):
    def fails_on_the_first(bgr):
        if bgr[0, 0, 0] == 90:
            raise RuntimeError("out of luck")
        return [seen("two", 300)]

    catalogue = make_album(fails_on_the_first)
    second = catalogue.store.pictures[KEYS[1]]
    assert watched(catalogue, lambda: catalogue.proposals.known(second) is not None)
    new = project.images_dir("train") / "image003.png"
    new.write_bytes((project.images_dir("train") / "image002.png").read_bytes())
    assert watched(catalogue, lambda: "train/image003.png" in catalogue.store.pictures)
    assert "image001.png: cannot be looked at; it is left out" in caplog.text


@needs_root
def test_files_that_may_not_be_read_and_a_low_priority_end_no_help(make_album, project):
    """As an ordinary user who may not raise the priority again."""
    folder = project.images_dir("train")
    (folder / "image001.xml").write_text("<annotation/>")
    (folder / "image001.xml").chmod(0)
    let_through(folder)

    def helps():
        catalogue = make_album(lambda bgr: [seen("two", 300)])
        pictures = list(catalogue.store.pictures.values())
        known = catalogue.proposals.known
        is_done = watched(catalogue, lambda: all(known(p) is not None for p in pictures))
        return is_done and catalogue._rows[KEYS[0]][1] == "broken"

    assert holds_for_nobody(helps, nice=15)
