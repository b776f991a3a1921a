"""make model goes through all parts; from another network it trains the last part alone."""

import make_model
import pytest
from make_model import _facts, _parser, _stages

from tod_ros.errors import ModelError
from tod_ros.shipped import shipped

CUBE_FACES = str(shipped("models/cube_faces"))


def stages(*options):
    return list(_stages(_parser().parse_args(options)))


def test_the_last_part_learns_from_both_families_before_the_export():
    names = stages("--lit-steps", "700")
    assert names[0] == "draw" and names[-3:] == ["export", "judge", "card"]
    assert names[-5:-3] == ["draw lit", "train on both families"]
    assert sum(name.startswith("train on") for name in names) == 5


def test_without_steps_there_is_no_last_part():
    assert not [name for name in stages() if "lit" in name or "both" in name]


def test_from_another_network_only_the_last_part_is_trained():
    names = stages("--lit-steps", "9", "--go-on-from", CUBE_FACES)
    assert [name for name in names if name.startswith("train")] == ["train on both families"]


def test_a_start_without_steps_is_refused():
    with pytest.raises(ModelError, match="say --lit-steps N too"):
        stages("--go-on-from", CUBE_FACES)


def test_what_the_start_learnt_from_stays_in_the_card(tmp_path):
    args = _parser().parse_args(["--go-on-from", CUBE_FACES])
    assert _facts(args, tmp_path)["pictures"] == 20000


def test_a_start_without_a_checkpoint_is_refused(tmp_path, capsys):
    with pytest.raises(ModelError, match="no model folder with a checkpoint"):
        stages("--go-on-from", str(tmp_path))
    assert make_model.main(["--go-on-from", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
