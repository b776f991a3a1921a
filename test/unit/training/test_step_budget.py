"""Minutes become steps by the time that trial steps took."""

from types import SimpleNamespace

import pytest

from tod_ros.errors import SettingError
from tod_ros.training.forecast import Trial
from tod_ros.training.step_budget import steps_in

CONFIG = SimpleNamespace(train_config=SimpleNamespace(batch_size=4))


def tried(seconds_1, seconds_2):
    return lambda config, free: Trial(1e9, 1.5e9, seconds_1, seconds_2)


def test_the_steps_leave_time_for_the_beginning_and_the_export():
    said = []
    steps, why = steps_in(20, CONFIG, said.append, tried(0.4, 0.6))  # 1 s for a batch of 4
    assert steps == 20 * 60 - 60
    assert why.startswith("what fits into 20 minutes at 1.00 s a step")
    assert said == ["trying a few steps, to know how many fit"]


def test_too_few_minutes_are_refused_with_those_it_takes():
    with pytest.raises(SettingError, match="--minutes is 3: 50 steps of 10.00 s, .* take 18;"):
        steps_in(3, CONFIG, lambda text: None, tried(4.0, 6.0))
