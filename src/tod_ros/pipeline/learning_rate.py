"""The learning rate's schedule of a pipeline.config, fitted to other steps and another batch.

The zoo's schedules are for its own runs: 25,000 steps and more, of which 2,000 warm up, at a rate
for 64 pictures a step. Fewer steps alone would be all warm-up, and the rate far too high.
"""

from __future__ import annotations

import math
from typing import Any, Optional

WARMUP_SHARE = 10  # at most a tenth of the steps


def fit_schedule(train_config: Any, steps: int, batch_size: int, rate: Optional[float]) -> None:
    """Fit the schedule in `train_config`, whose num_steps and batch_size are still the old ones.

    The rate falls with the batch: in proportion, or for Adam with its square root. `rate` is taken
    as it is in place of that.
    """
    old_steps = max(int(train_config.num_steps), 1)
    old_batch = max(int(train_config.batch_size), 1)
    kind = train_config.optimizer.WhichOneof("optimizer")
    if kind is None:
        return
    learning_rate = getattr(train_config.optimizer, kind).learning_rate
    share = batch_size / old_batch
    factor = math.sqrt(share) if kind == "adam_optimizer" else share
    schedule = learning_rate.WhichOneof("learning_rate")
    if schedule is None:
        return
    values = getattr(learning_rate, schedule)
    if rate is not None:
        factor = rate / max(_base_rate(schedule, values), 1e-12)
    _FITS[schedule](values, steps, steps / old_steps, factor)


def base_rate(optimizer: Any) -> Optional[float]:
    """The rate after the warm-up; None where the config names no optimizer or schedule."""
    kind = optimizer.WhichOneof("optimizer")
    if kind is None:
        return None
    learning_rate = getattr(optimizer, kind).learning_rate
    schedule = learning_rate.WhichOneof("learning_rate")
    return None if schedule is None else _base_rate(schedule, getattr(learning_rate, schedule))


def _base_rate(schedule: str, values: Any) -> float:
    return float(getattr(values, _BASE[schedule]))


def _fit_cosine(values: Any, steps: int, stretch: float, factor: float) -> None:
    values.learning_rate_base = _tidy(values.learning_rate_base * factor)
    values.warmup_learning_rate = _tidy(
        min(values.warmup_learning_rate * factor, values.learning_rate_base)
    )
    values.total_steps = steps
    values.warmup_steps = min(values.warmup_steps, steps // WARMUP_SHARE)
    if values.hold_base_rate_steps:
        values.hold_base_rate_steps = min(
            round(values.hold_base_rate_steps * stretch), steps - values.warmup_steps
        )


def _fit_exponential(values: Any, steps: int, stretch: float, factor: float) -> None:
    values.initial_learning_rate = _tidy(values.initial_learning_rate * factor)
    values.decay_steps = max(round(values.decay_steps * stretch), 1)
    if values.burnin_steps:
        values.burnin_learning_rate = _tidy(values.burnin_learning_rate * factor)
        values.burnin_steps = min(values.burnin_steps, steps // WARMUP_SHARE)
    if values.min_learning_rate:
        values.min_learning_rate = _tidy(values.min_learning_rate * factor)


def _fit_manual(values: Any, steps: int, stretch: float, factor: float) -> None:
    values.initial_learning_rate = _tidy(values.initial_learning_rate * factor)
    before = 0
    for stage in values.schedule:
        stage.learning_rate = _tidy(stage.learning_rate * factor)
        if stage.step:  # the API wants them to rise
            stage.step = before = max(round(stage.step * stretch), before + 1)


def _fit_constant(values: Any, steps: int, stretch: float, factor: float) -> None:
    values.learning_rate = _tidy(values.learning_rate * factor)


def _tidy(rate: float) -> float:
    return float(f"{rate:.4g}")


_FITS = {
    "cosine_decay_learning_rate": _fit_cosine,
    "exponential_decay_learning_rate": _fit_exponential,
    "manual_step_learning_rate": _fit_manual,
    "constant_learning_rate": _fit_constant,
}
_BASE = {
    "cosine_decay_learning_rate": "learning_rate_base",
    "exponential_decay_learning_rate": "initial_learning_rate",
    "manual_step_learning_rate": "initial_learning_rate",
    "constant_learning_rate": "learning_rate",
}
