import pytest
import zoo_configs

from tod_ros.errors import TrainingError
from tod_ros.pipeline.config_file import parse_pipeline
from tod_ros.training.forecast import Trial, at_most, forecast

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)
GB = 1e9
TRIAL = Trial(bytes_1=2 * GB, bytes_2=3 * GB, seconds_1=1.0, seconds_2=1.5)


def config(batch=4, steps=100, text=zoo_configs.FASTER_RCNN):
    parsed = parse_pipeline(text)
    parsed.train_config.batch_size, parsed.train_config.num_steps = batch, steps
    return parsed


def no_trial(_config, _free):
    raise AssertionError("no trial was due")


def test_memory_and_time_rise_in_a_straight_line():
    assert [TRIAL.memory(batch) for batch in (1, 2, 5)] == [2 * GB, 3 * GB, 6 * GB]
    assert [TRIAL.step_s(batch) for batch in (1, 2, 5)] == [1.0, 1.5, 3.0]


@pytest.mark.parametrize("free, batch", [(1.9, 0), (2.0, 1), (2.9, 1), (3.0, 2), (9.5, 8)])
def test_the_largest_batch_that_fits(free, batch):
    assert TRIAL.largest_batch(free * GB) == batch


def test_what_fits_is_forecast_before_the_first_step(tmp_path):
    said = []
    forecast(config(), tmp_path, said.append, free=20 * GB, try_out=lambda *_: TRIAL)
    assert said[-1] == (
        "forecast: 5.0 GB of the 20.0 GB free, 2.50 s a step, 0:04:10 for 100 steps"
    )


def test_a_training_that_goes_on_is_forecast_from_there(tmp_path, monkeypatch):
    said = []
    for done in (40, 100):
        monkeypatch.setattr(
            "tod_ros.training.forecast.last_trained", lambda _, done=done: ("ckpt", done)
        )
        forecast(config(), tmp_path, said.append, free=20 * GB, try_out=lambda *_: TRIAL)
    (told,) = (line for line in said if line.startswith("forecast"))
    assert told.endswith("2.50 s a step, 0:02:30 for 60 steps")


@pytest.mark.parametrize(
    "free, batch, mend",
    [
        (4.9, 4, "3 will: configure again with --batch-size 3"),
        (4.9, 64, "3 will: configure again with --batch-size 3"),
        (2.2, 2, "1 will: configure again with --batch-size 1"),
        (1.0, 2, "not even one does; end other programs, or take a smaller network"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_batch_that_does(tmp_path, free, batch, mend):
    with pytest.raises(TrainingError) as error:
        forecast(config(batch), tmp_path, lambda _: None, free=free * GB, try_out=lambda *_: TRIAL)
    assert f"{batch} pictures a step need about" in str(error.value)
    assert str(error.value).endswith(mend)


def test_a_trial_is_remembered_for_the_same_network_only(tmp_path):
    say, free = (lambda _: None), 20 * GB
    forecast(config(), tmp_path, say, free=free, try_out=lambda *_: TRIAL)
    assert forecast(config(2, 50), tmp_path, say, free=free, try_out=no_trial) == TRIAL
    other = config(text=zoo_configs.EFFICIENTDET)
    with pytest.raises(AssertionError, match="no trial was due"):
        forecast(other, tmp_path, say, "always", free=free, try_out=no_trial)


def test_a_trial_of_one_picture_tells_nothing_of_a_larger_batch(tmp_path):
    """Neither one that was asked for no more, nor one whose second picture took all there was."""
    say, free = (lambda _: None), 20 * GB
    alone = Trial(2 * GB, 2 * GB, 1.0, 1.0, knows_two=False)
    forecast(config(1), tmp_path, say, free=free, try_out=lambda *_: alone)
    assert forecast(config(1), tmp_path, say, free=free, try_out=no_trial) == alone
    assert forecast(config(8), tmp_path, say, free=free, try_out=lambda *_: TRIAL) == TRIAL
    assert forecast(config(1), tmp_path, say, free=free, try_out=no_trial) == TRIAL


def test_a_broken_memory_of_a_trial_is_no_obstacle(tmp_path):
    (tmp_path / "forecast.json").write_text('{"network": 1')
    assert forecast(config(), tmp_path, lambda _: None, free=20 * GB, try_out=lambda *_: TRIAL)


def test_what_could_not_fill_half_the_memory_is_not_tried(tmp_path):
    said, small = [], config(1, text=zoo_configs.SSD)
    assert at_most(small) < 5 * GB
    assert forecast(small, tmp_path, said.append, free=20 * GB, try_out=no_trial) is None
    assert said == ["memory: less than 4.8 GB of the 20.0 GB free"]
    assert forecast(small, tmp_path, said.append, "never", free=0, try_out=no_trial) is None
    tried = forecast(small, tmp_path, said.append, "always", free=20 * GB, try_out=lambda *_: TRIAL)
    assert tried == TRIAL
