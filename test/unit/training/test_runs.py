import pytest

from tod_ros.dataset.project import Project
from tod_ros.errors import ProjectError, TrainingError
from tod_ros.training.runs import find_run


@pytest.fixture
def project(tmp_path):
    (tmp_path / "cubes/images").mkdir(parents=True)
    return Project(tmp_path / "cubes")


def add(project, network):
    project.network_dir(network).mkdir(parents=True)
    (project.network_dir(network) / "pipeline.config").write_text("model {}")


def test_the_only_network_need_not_be_named(project):
    add(project, "ssd_tiny")
    run = find_run(project, None, "checkpoint1")
    assert run.network == "ssd_tiny"
    assert run.folder == project.training_dir / "ssd_tiny/checkpoint1"


def test_a_folder_that_tensorflow_takes_for_a_pattern_is_refused(tmp_path, monkeypatch):
    """Also where it is none of those that were named: the one above the project."""
    (tmp_path / "my[1]/cubes/images").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "my[1]")
    project = Project("cubes")
    add(project, "ssd_tiny")
    with pytest.raises(ProjectError, match=r"rename my\[1\], or work in another folder"):
        find_run(project, None, "checkpoint1")


@pytest.mark.parametrize(
    "networks, network, run, kind, message",
    [
        ([], None, "checkpoint1", ProjectError, "no network is configured; run `tod configure`"),
        (["a", "b"], None, "checkpoint1", ProjectError, "several networks are configured: a, b"),
        (["ssd_tiny"], "ssd_tini", "checkpoint1", ProjectError, "did you mean 'ssd_tiny'?"),
        ([], "ssd_tiny", "checkpoint1", ProjectError, "tod configure"),
        (["a"], "a", "../b", TrainingError, "--run '../b' is no folder's name"),
        (["a"], "a", "", TrainingError, "--run '' is no folder's name"),
        (["a"], "a", "..", TrainingError, "--run '..' is no folder's name"),
    ],
)
def test_what_cannot_be_found_is_told(project, networks, network, run, kind, message):
    for name in networks:
        add(project, name)
    with pytest.raises(kind) as error:
        find_run(project, network, run)
    assert message in str(error.value)
