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
    assert names[-5:-3] == ["train on wide 3", "mix"]
    assert sum(name.startswith("train") for name in names) == 8


def test_from_another_network_only_the_last_parts_are_trained():
    names = stages("--go-on-from", CUBE_FACES, "--wide-steps", "9", "5", "7")
    trained = [name for name in names if name.startswith("train")]
    assert trained == ["train on wide 1", "train on wide 2", "train on wide 3"]
    assert names.index("draw what it gets wrong wide") == names.index("train on wide 2") - 1


@pytest.mark.parametrize("steps, last", [((9, 0, 7), 1), ((9, 5, 0), 2)])
def test_a_part_without_steps_ends_them(steps, last):
    names = stages("--go-on-from", CUBE_FACES, "--wide-steps", *map(str, steps))
    assert names[names.index("mix") - 1] == f"train on wide {last}"


def test_the_shares_of_a_batch_are_those_of_pictures_that_are_drawn():
    drawn = {*wide_parts.SETS, "scenes"}
    assert {*wide_parts.PARTS[1].shares} == drawn
    for part in (2, 3):
        assert {*wide_parts.PARTS[part].shares} == {*drawn, *wide_parts.EXAMINED}
    for part in wide_parts.PARTS.values():
        assert sum(part.shares.values()) == pytest.approx(1)


def test_what_the_start_learnt_from_stays_in_the_card(tmp_path):
    args = _parser().parse_args(["--go-on-from", CUBE_FACES])
    assert _facts(args, tmp_path)["pictures"] == 20000


def test_a_start_without_a_checkpoint_is_refused(tmp_path, capsys):
    with pytest.raises(ModelError, match="no model folder with a checkpoint"):
        stages("--go-on-from", str(tmp_path))
    assert make_model.main(["--go-on-from", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
