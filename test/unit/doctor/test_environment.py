"""What a shell's start-up files do to Python is told with the line to take out."""

import pytest

from tod_ros.doctor.environment import check_conda, check_environment
from tod_ros.pipeline.api_source import Shadow


def test_a_clone_on_the_path_is_named_with_the_line_that_puts_it_there(tmp_path):
    (tmp_path / ".bashrc").write_text(
        "# PYTHONPATH=old\nexport TOD_ROOT=~/tod_tf2\n"
        "export PYTHONPATH=$TOD_ROOT/models:$TOD_ROOT/models/research:$PYTHONPATH\n"
    )
    shadows = [Shadow("object_detection", tmp_path / "tod_tf2/models/research")]
    (finding,) = check_environment({"PYTHONPATH": "x"}, shadows, "/usr", tmp_path)
    assert finding.status == "wrong"
    assert str(tmp_path / "tod_tf2/models/research") in finding.text
    assert finding.mend == (
        f"take out line 3 of {tmp_path / '.bashrc'} (`export PYTHONPATH=$TOD_ROOT/models:"
        "$TOD_ROOT/models/research:$PYTHONPATH`), then open a new terminal"
    )


def test_a_clone_that_no_startup_file_names_is_taken_out_of_this_terminal(tmp_path):
    shadows = [Shadow("official", tmp_path / "models")]
    (finding,) = check_environment({}, shadows, "/usr", tmp_path)
    assert finding.mend == (
        f"take {tmp_path / 'models'} out of PYTHONPATH (`unset PYTHONPATH` in this terminal)"
    )


@pytest.mark.parametrize("value", ["", "/opt/ros/noetic/lib/python3/dist-packages"])
def test_a_path_that_hides_nothing_is_ok(value):
    (finding,) = check_environment({"PYTHONPATH": value}, [], "/usr")
    assert finding.status == "ok"


def test_an_active_conda_environment_is_named():
    environment = {"CONDA_PREFIX": "/opt/conda/envs/tf2", "CONDA_DEFAULT_ENV": "tf2"}
    beside = check_conda(environment, "/home/a/tod_ros/.venv")
    assert (beside.status, "'tf2' is active" in beside.text) == ("hint", True)
    inside = check_conda(environment, "/opt/conda/envs/tf2")
    assert (inside.status, "'tf2'" in inside.text) == ("wrong", True)
    assert "conda deactivate" in beside.text and "conda deactivate" in inside.mend
    assert check_conda({}, "/usr") is None
