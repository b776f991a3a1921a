"""The doctor tells whose files a model's are, and what its operations do, before it is loaded."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
from graphs import saved_model, tflite

from tod_ros.cli import command as cli
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.doctor.model import check_classes, check_model_files


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "model"
    (folder / "saved_model" / "variables").mkdir(parents=True)
    write_label_map(folder / "label_map.pbtxt", LabelMap.from_names(["one", "two"]))
    (folder / "saved_model" / "saved_model.pb").write_bytes(saved_model("Conv2D", "RestoreV2"))
    (folder / "saved_model" / "variables" / "variables.index").write_bytes(b"weights")
    return folder


def vouch(folder, **more):
    paths = [p for p in folder.rglob("*") if p.is_file()]
    sums = {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    (folder / "model.json").write_text(json.dumps({"files": {**sums, **more}}))


def told(folder):
    return [(f.status, f.about, f.text) for f in check_model_files(folder)]


def test_files_with_their_sums_and_harmless_operations_are_fine(folder):
    vouch(folder)
    (files, operations) = told(folder)
    assert files[:2] == ("ok", "files of saved_model")
    assert operations[0] == "ok"
    assert "2 kinds, none touches files or the network, but for RestoreV2" in operations[2]


def test_files_that_nothing_vouches_for_are_named_with_their_sums(folder):
    (files, _) = told(folder)
    digest = hashlib.sha256(b"weights").hexdigest()
    assert files[0] == "hint"
    assert f"variables.index ({digest[:16]}...)" in files[2]


def test_one_file_more_than_was_written_is_named(folder):
    vouch(folder)
    (folder / "saved_model" / "assets").mkdir()
    (folder / "saved_model" / "assets" / "extra").write_bytes(b"x")
    assert "vouches for extra (" in told(folder)[0][2]


def test_a_network_of_the_zoo_is_vouched_for_by_what_was_downloaded(folder):
    vouch(folder)
    sums = json.loads((folder / "model.json").read_text())["files"]
    (folder / "model.json").unlink()
    (folder.parent / "zoo.json").write_text(json.dumps({"model": {"files": sums}}))
    assert told(folder)[0][0] == "ok"


def test_altered_files_and_those_outside_of_the_folder_are_wrong(folder):
    vouch(folder)
    (folder / "saved_model" / "saved_model.pb").write_bytes(saved_model("Conv2D"))
    assert told(folder)[0][0] == "wrong"
    assert "sha256" in told(folder)[0][2]
    for name in ("../secret", "/dev/zero", "saved_model/../../secret"):
        vouch(folder, **{name: "0" * 64})
        assert "outside of the folder" in told(folder)[0][2]


@pytest.mark.parametrize(
    "model, project, told",
    [
        (["one", "two"], ["two", "one"], None),
        (["one", "two", "three"], ["two"], None),
        (["one", "two"], ["two", "fox"], "does not know 'fox', 1 of the project's 2 classes"),
        (["cup"], ["b", "a"], "does not know 'b', 'a', 2 of the project's 2 classes"),
        (["one"], list("edcba"), "'e', 'd', 'c' and 2 more, 5 of the project's 5 classes"),
    ],
)
def test_classes_of_the_project_that_a_model_lacks_are_a_hint(model, project, told):
    found = check_classes(LabelMap.from_names(model), LabelMap.from_names(project))
    assert [finding.status for finding in found] == (["hint"] if told else [])
    assert all(told in finding.text for finding in found)


def test_a_model_that_touches_files_is_told_and_not_loaded(folder, capsys):
    (folder / "saved_model" / "saved_model.pb").write_bytes(saved_model("Conv2D", "WriteFile"))
    (folder / "model.tflite").write_bytes(tflite("FlexReadFile"))
    assert cli.main(["doctor", "--model", str(folder), "--timeout", "0.2"]) == 1
    said = capsys.readouterr().out
    assert "operations of saved_model: writes files: WriteFile (1); the model is not loaded" in said
    assert "operations of model.tflite: reads files: FlexReadFile (1)" in said
    assert "runs with" not in said


@pytest.mark.parametrize("is_vouched_for", [True, False])
def test_a_sparse_file_of_30_gb_is_refused_before_it_is_read(folder, is_vouched_for):
    (folder / "model.tflite").write_bytes(tflite())
    if is_vouched_for:
        vouch(folder)
    os.truncate(folder / "model.tflite", 30 * 2**30)
    found = [text for status, about, text in told(folder) if about == "files of model.tflite"]
    assert len(found) == 1 and "over 2 GB" in found[0]
