import pytest
import zoo_configs

from tod_ros.pipeline.config_file import parse_pipeline
from tod_ros.pipeline.learning_rate import fit_schedule

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)


def fitted(rate_text, steps, batch, rate=None, optimizer="momentum_optimizer"):
    text = zoo_configs.FASTER_RCNN[: zoo_configs.FASTER_RCNN.index("train_config")]
    config = parse_pipeline(
        f"{text} train_config {{ batch_size: 64 num_steps: 25000"
        f" optimizer {{ {optimizer} {{ learning_rate {{ {rate_text} }} }} }} }}"
    ).train_config
    fit_schedule(config, steps, batch, rate)
    learning_rate = getattr(config.optimizer, optimizer).learning_rate
    return getattr(learning_rate, learning_rate.WhichOneof("learning_rate"))


COSINE = """cosine_decay_learning_rate { learning_rate_base: .04 total_steps: 25000
  warmup_learning_rate: .013333 warmup_steps: 2000 }"""


@pytest.mark.parametrize(
    "steps, batch, base, warmup_rate, warmup",
    [
        (25000, 64, 0.04, 0.01333, 2000),
        (1000, 64, 0.04, 0.01333, 100),
        (1000, 2, 0.00125, 0.0004167, 100),
        (2, 1, 0.000625, 0.0002083, 0),
        (100000, 64, 0.04, 0.01333, 2000),
    ],
)
def test_cosine_ends_with_the_steps_and_warms_up_for_a_tenth(
    steps, batch, base, warmup_rate, warmup
):
    values = fitted(COSINE, steps, batch)
    assert values.total_steps == steps
    assert values.warmup_steps == warmup
    assert values.learning_rate_base == pytest.approx(base, rel=1e-3)
    assert values.warmup_learning_rate == pytest.approx(warmup_rate, rel=1e-3)


def test_adams_rate_falls_with_the_root_of_the_batch():
    values = fitted(COSINE, 1000, 4, optimizer="adam_optimizer")
    assert values.learning_rate_base == pytest.approx(0.04 / 4)


def test_a_rate_asked_for_is_taken_as_it_is():
    values = fitted(COSINE, 1000, 2, rate=0.5)
    assert values.learning_rate_base == pytest.approx(0.5)
    assert values.warmup_learning_rate < 0.5


def test_holding_the_rate_never_outlasts_the_steps():
    values = fitted(COSINE.replace("2000 }", "2000 hold_base_rate_steps: 24000 }"), 100, 64)
    assert values.warmup_steps + values.hold_base_rate_steps <= 100


def test_exponential_decay_is_stretched():
    values = fitted(
        "exponential_decay_learning_rate { initial_learning_rate: 0.01 decay_steps: 2500"
        " burnin_learning_rate: 0.001 burnin_steps: 2000 min_learning_rate: 0.0001 }",
        1000,
        32,
    )
    assert (values.decay_steps, values.burnin_steps) == (100, 100)
    assert values.initial_learning_rate == pytest.approx(0.005)
    assert values.min_learning_rate == pytest.approx(0.00005)


def test_stages_keep_rising_however_few_the_steps():
    values = fitted(
        "manual_step_learning_rate { initial_learning_rate: 0.01"
        " schedule { step: 10000 learning_rate: 0.001 }"
        " schedule { step: 20000 learning_rate: 0.0001 } }",
        2,
        64,
    )
    steps = [stage.step for stage in values.schedule]
    assert steps == sorted(set(steps)) and steps[0] >= 1


def test_a_constant_rate_follows_the_batch():
    values = fitted("constant_learning_rate { learning_rate: 0.064 }", 10, 1)
    assert values.learning_rate == pytest.approx(0.001)
