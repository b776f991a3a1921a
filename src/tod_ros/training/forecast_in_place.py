"""The time of one training step, measured by a few steps whose effect is undone afterwards."""

from __future__ import annotations

from typing import Dict

import numpy as np

from tod_ros.training.measurable import Measurable

STEPS = 3  # the first builds the graph of a step
WORTH = 200  # steps: a shorter training is over before its forecast would have helped


def step_seconds(learner: Measurable) -> float:
    """The seconds that a step of this batch takes; the learner is then as it was."""
    resumes = bool(learner.last_checkpoint())
    kept = {} if resumes else _values(learner)
    # No step that shows its pictures in TensorBoard, whatever comes next
    learner.network.global_step.assign(1)
    seconds = min(learner.take_step().seconds for _ in range(STEPS))
    if resumes:
        learner.restore()
    else:
        _put_back(learner, kept)
    return seconds


def _values(learner: Measurable) -> Dict[int, np.ndarray]:
    """Every variable's value by its id; those not there yet begin at zero (optimizers' slots)."""
    learner.network.build()
    return {id(variable): variable.numpy() for variable in learner.network.variables}


def _put_back(learner: Measurable, kept: Dict[int, np.ndarray]) -> None:
    for variable in learner.network.variables:
        before = kept.get(id(variable))
        variable.assign(np.zeros_like(variable.numpy()) if before is None else before)
