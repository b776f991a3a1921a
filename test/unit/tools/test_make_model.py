"""make model goes through all parts; from another network it trains the last part alone."""

import make_model
import model_parts
import pytest
import wide_parts
from make_model import _facts, _parser, _stages

from tod_ros.errors import ModelError
from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.shipped import shipped

CUBE_FACES = str(shipped("models/cube_faces"))


def stages(*options):
    return list(_stages(_parser().parse_args(options)))


def test_the_network_grows_and_learns_from_wider_drawings_before_the_export():
    names = stages()
    assert names[0] == "draw" and names[-3:] == ["export", "judge", "card"]
    assert names.index("grow") == names.index("train on wide 1") - 1
    assert names[-5:-3] == ["train on wide 5", "mix 5"]
    assert names.index("mix 3") == names.index("train on wide 3") + 1
    assert sum(name.startswith("train") for name in names) == 10


def test_from_another_network_only_the_last_parts_are_trained():
    names = stages("--go-on-from", CUBE_FACES)
    trained = [name for name in names if name.startswith("train")]
    assert trained == [f"train on wide {part}" for part in (1, 2, 3, 4, 5)]
    for part in (2, 3, 5):
        place = names.index(f"train on wide {part}")
        assert names[place - 1] == f"draw what it gets wrong wide {part}"
        assert names[place - 3] == f"train on wide {part - 1}"
    place = names.index("train on wide 4")
    assert names[place - 1] == "draw what it gets wrong wide 4" and names[place - 3] == "mix 3"


def test_the_shares_of_a_batch_are_those_of_pictures_that_are_drawn():
    drawn = {"scenes", "harsh", "lit", "harsh-mosaics"}
    assert {*wide_parts.PARTS[1].shares} == drawn
    for part in (2, 3):
        drawn |= {f"hard-{name}-{part}" for name in ("full", "lit", "harsh")}
        assert {*wide_parts.PARTS[part].shares} == drawn
    examined = {f"hard-{name}-4" for name in ("full", "lit", "harsh", "written")}
    drawn = {"scenes", "harsh", "lit", "harsh-mosaics", "written"}
    assert {*wide_parts.PARTS[4].shares} == drawn | examined
    kinds = ("scribbled", "written", "written-harsh", "written-lit")
    drawn |= {"written-harsh", "written-lit"} | {f"hard-{name}-5" for name in kinds}
    assert {*wide_parts.PARTS[5].shares} == drawn
    assert drawn - {*wide_parts.SETS, "scenes"} == {f"hard-{n}-5" for n in kinds}
    assert {*kinds, "full", "lit", "harsh"} == {*wide_parts.EXAMINED}
    for part in wide_parts.PARTS.values():
        assert sum(part.shares.values()) == pytest.approx(1)


def test_the_network_before_it_grows_is_narrower_and_has_the_same_layers():
    narrow, wide = model_parts.narrow_config(), read_pipeline(model_parts.CONFIG)
    before, after = (one.model.ssd.feature_extractor for one in (narrow, wide))
    assert before.depth_multiplier < after.depth_multiplier
    assert before.fpn.additional_layer_depth < after.fpn.additional_layer_depth
    for one in (narrow.model.ssd, wide.model.ssd):
        one.ClearField("feature_extractor")
        one.box_predictor.weight_shared_convolutional_box_predictor.ClearField("depth")
    assert narrow == wide


def test_a_growth_that_was_interrupted_is_done_again(tmp_path, monkeypatch):
    args = _parser().parse_args(["--go-on-from", CUBE_FACES])

    def half_done(start, config, folder, seed):
        (folder / "checkpoint").write_text("weights at random, so far")
        raise KeyboardInterrupt

    monkeypatch.setattr(wide_parts, "grow", half_done)
    with pytest.raises(KeyboardInterrupt):
        wide_parts.grow_network(args, tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(
        wide_parts, "grow", lambda *given: (given[2] / "checkpoint").write_text(given[0])
    )
    wide_parts.grow_network(args, tmp_path)
    assert (tmp_path / "grown/checkpoint").read_text() == f"{CUBE_FACES}/checkpoint/ckpt-0"


def test_what_the_start_learnt_from_stays_in_the_card(tmp_path):
    args = _parser().parse_args(["--go-on-from", CUBE_FACES])
    told = _facts(args, tmp_path)
    assert told["pictures"] == 20000
    assert told["minutes"]["train"] > 0
    assert not any("wide" in stage for stage in told["minutes"])  # these are done here


def test_a_start_without_a_checkpoint_is_refused(tmp_path, capsys):
    with pytest.raises(ModelError, match="no model folder with a checkpoint"):
        stages("--go-on-from", str(tmp_path))
    assert make_model.main(["--go-on-from", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
