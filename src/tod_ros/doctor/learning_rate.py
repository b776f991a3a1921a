"""A learning rate that does not fit the number of steps or the size of the batch."""

from __future__ import annotations

from typing import Any, Iterator

from tod_ros.doctor.finding import Fault

ZOO_RATE, ZOO_BATCH = 0.04, 64  # the zoo's usual base rate, and the batch size it is made for
MOST_TIMES = 8  # a rate that is so many times the fitting one makes the loss grow without end


def rate_faults(config: Any) -> Iterator[Fault]:
    steps = config.train_config.num_steps
    if not steps:
        yield "train_config.num_steps is 0: training would never end", ""
        return
    optimizer = config.train_config.optimizer
    kind = optimizer.WhichOneof("optimizer")
    if kind is None:
        yield "no optimizer is named", ""
        return
    rate = getattr(optimizer, kind).learning_rate
    if rate.WhichOneof("learning_rate") != "cosine_decay_learning_rate":
        return
    yield from _cosine_faults(rate.cosine_decay_learning_rate, steps)
    if kind == "momentum_optimizer":
        base = rate.cosine_decay_learning_rate.learning_rate_base
        yield from _batch_faults(config.train_config.batch_size, base)


def _cosine_faults(cosine: Any, steps: int) -> Iterator[Fault]:
    if cosine.total_steps < cosine.warmup_steps:
        yield (
            f"the cosine schedule has {cosine.total_steps} steps, fewer than its warm-up of"
            f" {cosine.warmup_steps}: training stops with an error",
            "",
        )
    elif steps <= cosine.warmup_steps:
        yield (
            f"{steps} steps are all warm-up (warmup_steps is {cosine.warmup_steps}):"
            " the rate never comes down",
            "",
        )
    elif cosine.total_steps > steps:
        yield (
            f"the cosine schedule is made for {cosine.total_steps} steps, the training has {steps}:"
            " the rate never comes down",
            "",
        )
    elif cosine.total_steps < steps:
        yield (
            f"the cosine schedule ends at step {cosine.total_steps} of {steps}:"
            " nothing is learnt after it",
            "",
        )


def _batch_faults(batch: int, rate: float) -> Iterator[Fault]:
    fitting = ZOO_RATE * batch / ZOO_BATCH
    if batch and rate > MOST_TIMES * fitting:
        yield (
            f"the rate {rate:g} is the zoo's, for batches of {ZOO_BATCH}; with batch_size"
            f" {batch} the loss diverges (about {fitting:.2g} fits)",
            "",
        )
