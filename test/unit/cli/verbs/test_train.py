"""`tod train` as it is called, as far as it comes without TensorFlow."""

import pytest
from projects import NETWORK, install, make_project

from tod_ros.cli.command import main
from tod_ros.dataset.locks import only_one
from tod_ros.errors import TrainingError


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def configured(project):
    install(project)
    assert main(["configure", str(project.root), "--network", NETWORK]) == 0
    return project


def test_a_run_is_trained_by_one_process_at_a_time(configured, capsys):
    run = configured.network_dir(NETWORK) / "checkpoint1"
    run.mkdir()
    with only_one(run / ".train.lock", TrainingError("held by the test itself")):
        assert main(["train", str(configured.root)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"tod train: {run}: another `tod train` is at it; wait for its end, or name another --run"
    )
    assert [path.name for path in run.iterdir()] == [".train.lock"]


@pytest.mark.parametrize(
    "option, message",
    [
        ("--checkpoint-every=nan", "--checkpoint-every is nan, must be more than 0"),
        ("--evaluate-every=-1", "--evaluate-every is negative, must be 0 or more"),
        ("--patience=3", "--patience counts measurements: give --evaluate-every as well"),
        ("--run=../x", "--run '../x' is no folder's name, use one such as checkpoint1"),
    ],
)
def test_a_wrong_option_is_one_line(configured, capsys, option, message):
    assert main(["train", str(configured.root), option]) == 1
    assert capsys.readouterr().err == f"tod train: {message}\n"


@pytest.mark.parametrize(
    "text, message",
    [("capturs: 3", "unknown parameter 'capturs'"), ("", "holds no settings")],
)
def test_a_wrong_transfer_yaml_is_told_before_anything_is_written(
    configured, capsys, text, message
):
    path = configured.network_dir(NETWORK) / "transfer.yaml"
    path.write_text(text)
    assert main(["train", str(configured.root)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tod train: {path}: {message}")
    assert not (path.parent / "checkpoint1").exists()
