"""`tod export` as it is called: what is refused before TensorFlow is loaded."""

import pytest
import zoo_configs
from projects import NETWORK, make_project

from tod_ros.cli.command import main
from tod_ros.dataset.label_map import LabelMap, write_label_map


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.mark.parametrize("to", ["model[1]", "../what?/model"])
def test_a_folder_from_which_tensorflow_could_not_load_is_refused(project, capsys, to):
    folder = project.network_dir(NETWORK)
    folder.mkdir()
    (folder / "pipeline.config").write_text(zoo_configs.SSD)
    assert main(["export", str(project.root), "--to", to]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tod export: ") and "cannot read checkpoints there; rename " in line
    assert sorted(folder.iterdir()) == [folder / "pipeline.config"]


def test_a_saved_model_that_tensorflow_could_not_load_leaves_no_folder(project, capsys):
    given = project.workspace / "mine[1]"
    (given / "saved_model").mkdir(parents=True)
    (given / "saved_model/saved_model.pb").write_bytes(b"a graph")
    write_label_map(given / "label_map.pbtxt", LabelMap.from_names(["two", "one"]))
    before = sorted(project.training_dir.iterdir())
    command = ["export", str(project.root), "--from-saved-model", str(given), "--network", "mine"]
    assert main(command) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("cannot read checkpoints there; rename mine[1], or work in another folder")
    assert sorted(project.training_dir.iterdir()) == before
