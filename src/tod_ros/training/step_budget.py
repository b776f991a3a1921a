"""How many steps of a training fit into a number of minutes."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

from tod_ros.errors import SettingError
from tod_ros.training.forecast import SHARE, Trial, run_trial
from tod_ros.training.memory import free_memory

# Seconds for what comes before the first step and after the last one: building the network, taking
# the statistics of its batch norms, exporting and comparing it. They cost about as much as so many
# steps, and never less than a minute.
AROUND_STEPS, LEAST_AROUND_S = 60, 60.0
LEAST_STEPS = 50  # fewer teach nothing


def steps_in(
    minutes: float,
    config: Any,
    say: Callable[[str], None],
    try_out: Optional[Callable[[Any, float], Trial]] = None,
) -> Tuple[int, str]:
    """The steps that fit, and why so many; `config` has whole paths. SettingError where none do."""
    say("trying a few steps, to know how many fit")
    trial = (try_out or run_trial)(config, free_memory() * SHARE)
    step_s = trial.step_s(int(config.train_config.batch_size))
    around_s = max(AROUND_STEPS * step_s, LEAST_AROUND_S)
    steps = int((minutes * 60 - around_s) / max(step_s, 1e-6))
    if steps < LEAST_STEPS:
        needed = (LEAST_STEPS * step_s + around_s) / 60
        raise SettingError(
            f"--minutes is {minutes:g}: {LEAST_STEPS} steps of {step_s:.2f} s, and the export, take"
            f" {needed:.0f}; give it more, or take a smaller --input or network"
        )
    return steps, (
        f"what fits into {minutes:g} minutes at {step_s:.2f} s a step, with {around_s / 60:.0f} for"
        " the beginning and the export"
    )
