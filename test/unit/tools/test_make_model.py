"""make model goes through all parts; from another network it trains the last part alone."""

import make_model
import pytest
import wide_parts
from make_model import _facts, _parser, _stages

from tod_ros.errors import ModelError
from tod_ros.shipped import shipped

CUBE_FACES = str(shipped("models/cube_faces"))


def stages(*options):
    return list(_stages(_parser().parse_args(options)))


def test_the_last_parts_learn_from_wider_drawings_before_the_export():
    names = stages()
    assert names[0] == "draw" and names[-3:] == ["export", "judge", "card"]
    assert names[-5:-3] == ["train on wide", "mix"]
    assert sum(name.startswith("train") for name in names) == 6


def test_from_another_network_only_the_last_parts_are_trained():
    names = stages("--go-on-from", CUBE_FACES, "--wide-steps", "9", "5")
    wide = ["train on wide", "train on what it gets wrong wide"]
    assert [name for name in names if name.startswith("train")] == wide


def test_the_shares_of_a_batch_are_those_of_pictures_that_are_drawn():
    assert {*wide_parts.SETS, "scenes"} == {*wide_parts.FIRST_SHARES}
    assert {*wide_parts.EXAMINED} == {*wide_parts.HARD_SHARES}
    assert sum(wide_parts.FIRST_SHARES.values()) == pytest.approx(1)


def test_what_the_start_learnt_from_stays_in_the_card(tmp_path):
    args = _parser().parse_args(["--go-on-from", CUBE_FACES])
    assert _facts(args, tmp_path)["pictures"] == 20000


def test_a_start_without_a_checkpoint_is_refused(tmp_path, capsys):
    with pytest.raises(ModelError, match="no model folder with a checkpoint"):
        stages("--go-on-from", str(tmp_path))
    assert make_model.main(["--go-on-from", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
