"""`tod configure` as it is called."""

import json

import pytest
from projects import NETWORK, install, make_project

from tod_ros.cli.command import main
from tod_ros.dataset.project import Project
from tod_ros.models.networks import shipped_networks
from tod_ros.pipeline.config_file import input_size_hw, read_pipeline
from tod_ros.pipeline.mirroring import has_mirrors
from tod_ros.training.transfer.settings import FILE


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def configure(project, *options):
    return main(["configure", str(project.root), "--network", NETWORK, *options])


def test_the_table_shows_each_value_as_it_was_and_as_it_is(project, capsys):
    install(project)
    assert configure(project, "--steps", "300", "--batch-size", "2") == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:3] for line in out.splitlines() if "." in line}
    assert rows["model.ssd.num_classes"] == ["90", "2"]
    assert rows["train_config.num_steps"] == ["50000", "300"]
    assert rows["train_config.fine_tune_checkpoint_type"] == ["classification", "detection"]
    config = read_pipeline(project.network_dir(NETWORK) / "pipeline.config")
    assert (config.train_config.num_steps, config.train_config.batch_size) == (300, 2)


def test_mirroring_is_asked_for_once_at_a_terminal_and_left_out_by_default(project, monkeypatch):
    install(project)
    asked = []

    def answering(word):
        def answer(question):
            asked.append(question)
            return word

        return answer

    def mirrors():
        config = read_pipeline(project.network_dir(NETWORK) / "pipeline.config")
        return has_mirrors(config.train_config)

    assert configure(project) == 0 and not mirrors() and not asked  # no terminal: not asked
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    for word, expected in (("y", True), ("", False), ("n", False)):
        monkeypatch.setattr("builtins.input", answering(word))
        assert configure(project) == 0
        assert mirrors() is expected
    assert len(asked) == 3 and "a mirrored 2 is no 2" in asked[0]
    for options in (["--no-flip"], ["--flip"], ["--json"], ["--as-in-the-course"]):
        assert configure(project, *options) == 0
    assert len(asked) == 3
    assert configure(project, "--flip", "--no-flip") == 1


def test_json_holds_the_same_table(project, capsys):
    install(project)
    assert configure(project, "--json", "--as-in-the-course") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["config"].endswith(f"training/{NETWORK}/pipeline.config")
    assert {"name": "train_config.num_steps", "before": "50000", "after": "1000"} in told["values"]


def test_a_config_that_is_there_is_kept_beside_the_new_one(project, capsys):
    install(project)
    assert configure(project, "--steps", "5") == 0
    assert configure(project, "--steps", "7") == 0
    assert "pipeline.config.before" in capsys.readouterr().out
    folder = project.network_dir(NETWORK)
    assert read_pipeline(folder / "pipeline.config.before").train_config.num_steps == 5
    assert read_pipeline(folder / "pipeline.config").train_config.num_steps == 7


def test_changes_made_by_hand_outlive_every_further_configure(project, capsys):
    install(project)
    folder = project.network_dir(NETWORK)
    config = folder / "pipeline.config"
    assert configure(project, "--steps", "5") == 0
    config.write_text(f"{config.read_text()}# by hand\n")
    edited = config.read_text()
    for steps, kept in ((7, "before"), (9, "before.2"), (11, "before.3")):
        capsys.readouterr()
        assert configure(project, "--steps", str(steps)) == 0
        told = f"the pipeline.config that was there is kept as {config}.{kept}"
        assert told in capsys.readouterr().out.splitlines()
    assert (folder / "pipeline.config.before").read_text() == edited
    left = [read_pipeline(folder / f"pipeline.config.before.{n}") for n in (2, 3)]
    assert [each.train_config.num_steps for each in left] == [7, 9]


def test_help_with_few_pictures_is_kept_too_and_gone_where_it_is_not_wanted(project, capsys):
    command = ["configure", str(project.root), "--network", "marks"]
    assert main([*command, "--seed", "3"]) == 0
    capsys.readouterr()
    assert main([*command, "--alone", "--json"]) == 0
    folder = project.network_dir("marks")
    kept = [str(folder / f"{name}.before") for name in ("pipeline.config", FILE)]
    assert json.loads(capsys.readouterr().out)["kept"] == kept
    assert "seed: 3" in (folder / f"{FILE}.before").read_text()
    assert not (folder / FILE).exists()


@pytest.mark.parametrize(
    "options, message",
    [
        (("--steps", "0"), "--steps is 0, must be from 1 to 1000000000"),
        (("--steps", "5000000000"), "--steps is 5000000000, must be from 1 to 1000000000"),
        (("--batch-size", "-3"), "--batch-size is -3, must be from 1 to"),
        (("--rate", "0"), "--rate is 0.0, must be more than 0"),
        (("--rate", "nan"), "--rate is nan, must be more than 0"),
        (("--as-in-the-course", "--flip"), "leaves mirroring and rate alone"),
        (("--set", "train_config.batch_sise=4"), "did you mean 'batch_size'?"),
        (("--set", "model.ssd.num_classes=7"), "made for 7 classes, the label map has 2"),
        (("--set", "eval_input_reader[0].label_map_path=x.pbtxt"), "no such file"),
    ],
)
def test_a_wrong_option_is_one_line_and_writes_nothing(project, capsys, options, message):
    install(project)
    assert configure(project, *options) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and err.startswith("tod configure: ") and message in err
    assert not project.network_dir(NETWORK).exists()


def test_a_folder_that_tensorflow_takes_for_a_pattern_is_told_first(project, capsys):
    install(project)
    for name in ("cu*bes", "cubes[ab]", "cubes?"):
        renamed = Project(project.root.with_name(name))
        project.root.rename(renamed.root)
        assert configure(renamed) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith(f"checkpoints there; rename {name}, or work in another folder")
        assert not renamed.network_dir(NETWORK).exists()
        renamed.root.rename(project.root)


def test_a_folder_that_leads_out_of_the_project_is_told_in_one_line(project, capsys):
    install(project)
    project.network_dir(NETWORK).symlink_to("/sys")
    assert configure(project) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tod configure: {project.network_dir(NETWORK)}: is a link to another")


def test_the_help_tells_what_comes_with_weights_from_what_learns_from_scratch(capsys):
    assert main(["configure", "--help"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    ours = ", ".join(folder.name for folder in shipped_networks())
    assert f"({ours}: with the package), or one that learns from scratch:" in words
    assert "from scratch: mask_rcnn_small, ssd_tiny --" in words


@pytest.mark.parametrize("network", [NETWORK, "marks"])
def test_an_input_that_is_asked_for_is_taken_by_every_network(project, network):
    install(project)
    command = ["configure", str(project.root), "--network", network, "--input", "448"]
    assert main(command) == 0
    config = read_pipeline(project.network_dir(network) / "pipeline.config")
    assert max(input_size_hw(config)) == 448


@pytest.mark.parametrize(
    "options, message",
    [
        (["--minutes", "0.5"], "--minutes is 0.5, must be from 1 to 20160"),
        (["--minutes", "5", "--steps", "9"], "--minutes finds the number of steps"),
        (["--input", "100"], "--input is 100, must be a multiple of 32"),
        (["--input", "320", "--as-in-the-course"], "--as-in-the-course leaves the input alone"),
    ],
)
def test_what_cannot_be_fitted_is_one_line(project, capsys, options, message):
    install(project)
    assert configure(project, *options) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_each_choice_is_told_and_so_is_what_will_come_of_the_courses_values(project, capsys):
    install(project)
    assert configure(project, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert any(choice.startswith("steps: ") for choice in told["choices"])
    assert configure(project, "--as-in-the-course") == 0
    assert "as in the course, the rate rises for 2000 steps" in capsys.readouterr().out
