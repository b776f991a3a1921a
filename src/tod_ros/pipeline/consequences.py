"""What will come of a config as the course has it, said before anybody trains by it."""

from __future__ import annotations

from typing import Any, List

from tod_ros.pipeline.batch_norms import batch_norms, learn_batch_norms
from tod_ros.pipeline.mirroring import MIRRORS


def consequences(config: Any) -> List[str]:
    """A line for each value of `config` that does not suit a short training of few pictures."""
    return [*_warmup(config), *_batch_norm(config), *_mirrors(config)]


def _warmup(config: Any) -> List[str]:
    train = config.train_config
    kind = train.optimizer.WhichOneof("optimizer")
    rate = getattr(train.optimizer, kind).learning_rate if kind else None
    if rate is None or rate.WhichOneof("learning_rate") != "cosine_decay_learning_rate":
        return []
    cosine = rate.cosine_decay_learning_rate
    if cosine.warmup_steps * 2 < train.num_steps and cosine.total_steps <= train.num_steps * 2:
        return []
    return [
        f"as in the course, the rate rises for {cosine.warmup_steps} steps and falls until step"
        f" {cosine.total_steps}: in {train.num_steps} steps it gets no further than the beginning,"
        " and the network learns less than it could"
    ]


def _batch_norm(config: Any) -> List[str]:
    if not learn_batch_norms(config):
        return []
    lines = []
    if config.train_config.batch_size < 4:
        lines.append(
            f"as in the course, {config.train_config.batch_size} picture(s) a step: the batch norms"
            " of this network learn from the statistics of so few, which are mostly noise"
        )
    decays = [norm.decay for norm in batch_norms(config.model)]
    steps = config.train_config.num_steps
    if decays and max(decays) ** steps > 0.01:
        lines.append(
            f"as in the course, batch norms with a decay of {max(decays):.4g}: after {steps} steps"
            " their averages remember their start; `tod train` and `tod export` take them anew"
        )
    return lines


def _mirrors(config: Any) -> List[str]:
    kinds = {
        option.WhichOneof("preprocessing_step")
        for option in config.train_config.data_augmentation_options
    }
    return [
        f"as in the course, {kind}: mirrored or turned digits and letters are taught as true"
        for kind in MIRRORS
        if kind in kinds
    ]
