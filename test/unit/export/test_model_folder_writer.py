"""An export replaces only what an export wrote, and cleans up after those that were killed."""

import json

import pytest

pytest.importorskip("object_detection", reason="reads pipeline.config through the API")

from tod_ros.dataset.locks import held
from tod_ros.errors import ModelError
from tod_ros.export.model_folder_writer import appearing, write_card


def export(folder, content=b"graph"):
    with appearing(folder) as draft:
        (draft / "saved_model").mkdir()
        (draft / "saved_model" / "saved_model.pb").write_bytes(content)
        write_card(draft, {"versions": {"tod_ros": "0.1.0"}})


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_export_replaces_an_export_and_leaves_no_draft(tmp_path):
    export(tmp_path / "model", b"old")
    export(tmp_path / "model", b"new")
    assert files(tmp_path) == ["model/model.json", "model/saved_model/saved_model.pb"]
    assert (tmp_path / "model/saved_model/saved_model.pb").read_bytes() == b"new"


OTHERS_CARDS = {
    "empty": {},
    "of tensorflow.js": {"format": "graph-model", "weightsManifest": []},
    "versions no dict": {"versions": ["tod_ros"]},
    "names all but one": {"versions": {"tod_ros": "0.1.0"}, "files": {"a.txt": "00"}},
}


@pytest.mark.parametrize("card", OTHERS_CARDS)
def test_a_folder_with_anything_that_the_card_does_not_name_stays_as_it_is(card, tmp_path):
    web = tmp_path / "web"
    web.mkdir()
    (web / "model.json").write_text(json.dumps(OTHERS_CARDS[card]))
    (web / "a.txt").write_text("a")
    (web / "thesis.txt").write_text("mine")
    with pytest.raises(ModelError, match="not replaced; choose another --to"):
        export(web)
    assert files(tmp_path) == ["web/a.txt", "web/model.json", "web/thesis.txt"]


@pytest.mark.parametrize("name", ["thesis.txt", "saved_model/variables/mine.bin", ".hidden"])
def test_what_was_put_into_an_export_since_is_named(name, tmp_path):
    export(tmp_path / "model")
    (tmp_path / "model" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "model" / name).write_text("mine")
    with pytest.raises(ModelError) as caught:
        export(tmp_path / "model")
    assert f"holds {name!r}, not of the export" in str(caught.value)
    assert (tmp_path / "model" / name).read_text() == "mine"


@pytest.mark.parametrize("kind", ["link", "file", "broken card"])
def test_links_files_and_folders_of_others_are_refused(kind, tmp_path):
    theirs = tmp_path / "theirs"
    export(theirs)
    model = tmp_path / "model"
    if kind == "link":
        model.symlink_to(theirs)
    elif kind == "file":
        model.write_text("mine")
    else:
        model.mkdir()
        (model / "model.json").write_text("[" * 100_000)
    before = files(tmp_path)
    with pytest.raises(ModelError):
        export(model)
    assert files(tmp_path) == before


def test_what_comes_in_while_the_export_works_is_not_lost(tmp_path):
    model = tmp_path / "model"
    with pytest.raises(ModelError, match="not of the export"), appearing(model) as draft:
        write_card(draft, {"versions": {"tod_ros": "0.1.0"}})
        export(model)
        (model / "thesis.txt").write_text("mine")
    assert (model / "thesis.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]


def test_drafts_of_killed_exports_are_removed_and_those_of_running_ones_are_not(tmp_path):
    for name in (".draft-killed", ".draft-running"):
        (tmp_path / name / "saved_model").mkdir(parents=True)
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "thesis.txt").write_text("mine")
    (tmp_path / ".draft-link").symlink_to(tmp_path / "victim")
    with held(tmp_path / ".draft-running"):
        export(tmp_path / "model")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".draft-link", ".draft-running", "model", "victim"]
    assert (tmp_path / "victim" / "thesis.txt").read_text() == "mine"


def test_a_model_that_a_killed_export_had_moved_away_comes_back(tmp_path):
    """It is killed between the two renames."""
    export(tmp_path / ".draft-gone" / "model", b"old")
    export(tmp_path / "other")
    assert (tmp_path / "model/saved_model/saved_model.pb").read_bytes() == b"old"
    assert not (tmp_path / ".draft-gone").exists()
