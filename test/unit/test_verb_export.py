"""`tod export` as it is called: what is refused before TensorFlow is loaded."""

import pytest
import zoo_configs
from test_starting import NETWORK, project  # noqa: F401

from tod_ros.cli import main


@pytest.mark.parametrize("to", ["model[1]", "../what?/model"])
def test_a_folder_from_which_tensorflow_could_not_load_is_refused(project, capsys, to):  # noqa: F811
    folder = project.network_dir(NETWORK)
    folder.mkdir()
    (folder / "pipeline.config").write_text(zoo_configs.SSD)
    assert main(["export", str(project.root), "--to", to]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tod export: ") and "cannot read checkpoints there; rename " in line
    assert sorted(folder.iterdir()) == [folder / "pipeline.config"]
