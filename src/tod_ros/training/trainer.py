"""Training a network from its pipeline.config: progress, checkpoints, a way out at any time.

training/<network>/checkpoint1/          one run
    checkpoint  ckpt-3.index ...         the OD API's checkpoints, the last five
    train/                               events for TensorBoard
    best/                                the best checkpoint, where the test set is measured
    training.log                         what the OD API and TensorFlow had to say
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

from tod_ros.errors import TrainingError
from tod_ros.files import PathLike, make_folder
from tod_ros.pipeline.config_file import read_pipeline, write_pipeline
from tod_ros.training import forecast_in_place as trial
from tod_ros.training.best_checkpoint import BestCheckpoint
from tod_ros.training.checkpoints import last_trained
from tod_ros.training.learner import Learner, Step, is_number
from tod_ros.training.tensorflow_faults import faults_named
from tod_ros.training.transfer.prediction_head import Transfer

log = logging.getLogger("rosout." + __name__)

CHECKPOINT_EVERY_S = 180.0


@dataclass(frozen=True)
class Progress:
    """Where a run stands after a step."""

    step: int
    steps: int
    loss: float
    rate: float
    step_s: float  # of late; the first step, which builds the network, does not count
    left_s: float
    first: bool = False  # of this session: its time is that of building the network


@dataclass(frozen=True)
class Result:
    """How a run ended: `finished`, `stopped` (asked to), `patience` or `already finished`."""

    how: str
    step: int
    steps: int
    started_at: int
    checkpoint: Optional[str]
    loss: Optional[float] = None
    best: Optional[Mapping[str, Any]] = None


@dataclass(frozen=True)
class TrainOptions:
    """How a run is to go: how often it is saved and measured, where it begins.

    The test set is measured every `evaluate_every` steps (0: never) and the best checkpoint kept;
    `patience` such measurements without a better one end the run (0: never). `transfer` gives a
    network the weights to begin with in place of fine_tune_checkpoint.
    """

    checkpoint_every_s: float = CHECKPOINT_EVERY_S
    evaluate_every: int = 0
    patience: int = 0
    strategy: Any = None
    transfer: Optional[Transfer] = None


@dataclass(frozen=True)
class Listener:
    """Who hears of a run, and may stop it.

    `forecast` is told, before the first step, what one takes and how many there are to be.
    """

    progress: Callable[[Progress], None] = lambda progress: None
    say: Callable[[str], None] = log.info
    stop: Callable[[], bool] = lambda: False
    forecast: Optional[Callable[[float, int], None]] = None


def train(
    config: Any,
    model_dir: PathLike,
    options: TrainOptions = TrainOptions(),
    listener: Listener = Listener(),
) -> Result:
    """Train until the steps of the config are done, or `listener.stop` answers True.

    Goes on from the last checkpoint in `model_dir`.
    """
    steps = int(config.train_config.num_steps)
    if steps < 1:
        raise TrainingError(f"pipeline.config: train_config.num_steps is {steps}")
    run_dir = Path(model_dir)
    make_folder(run_dir)
    latest, start = last_trained(run_dir)
    if start >= steps:
        return Result("already finished", start, steps, start, latest)
    _check_same_network(config, run_dir, resumes=bool(latest))
    learner = Learner(config, run_dir, options.strategy, transfer=options.transfer)
    try:
        if learner.restore():
            listener.say(f"going on from step {start} ({latest})")
        with faults_named(run_dir, config.train_config.batch_size):
            if listener.forecast and steps - start >= trial.WORTH and learner.is_alone:
                listener.forecast(trial.step_seconds(learner), steps - start)
            return _run(learner, steps, options, listener)
    finally:
        learner.close()


def _run(learner: Learner, steps: int, options: TrainOptions, listener: Listener) -> Result:
    """It is long because it is the loop: stop, save, measure, each in its turn."""
    start, how, clock = learner.step, "finished", _Clock()
    saved_at, step = time.monotonic(), None
    best = None
    if options.evaluate_every:
        best = BestCheckpoint(learner, options.evaluate_every, options.patience, listener.say)
    while learner.step < steps:
        if listener.stop() and learner.is_alone:
            how = "stopped"
            break
        overdue = time.monotonic() - saved_at >= options.checkpoint_every_s
        step = learner.take_step(stop=listener.stop(), save=overdue)
        _check_loss(step, learner)
        clock.took(step.seconds)
        left_s = clock.step_s * (steps - step.number)
        first = step.number == start + 1
        listener.progress(
            Progress(step.number, steps, step.loss, step.rate, clock.step_s, left_s, first)
        )
        if step.number - start <= 20 or step.number % 10 == 0 or step.number == steps:
            learner.show(step)
        if step.save:
            learner.save()
            saved_at = time.monotonic()
        if step.stop:
            how = "stopped"
            break
        if best and best.is_due(step.number, steps):
            learner.save()  # whatever the measurement comes to
            saved_at = time.monotonic()
            best.measure(step.number)
            if best.has_lost_patience:
                how = "patience"
                break
    if how != "stopped":
        learner.settle()
    checkpoint = learner.save()
    loss = None if step is None else step.loss
    return Result(how, learner.step, steps, start, checkpoint, loss, best.so_far if best else None)


def _check_same_network(config: Any, run_dir: Path, resumes: bool) -> None:
    """A checkpoint restored into another network fits by name, not by shape, and says nothing."""
    started_with = run_dir / "pipeline.config"
    if not resumes:
        write_pipeline(started_with, config)
    elif started_with.is_file() and read_pipeline(started_with).model != config.model:
        raise TrainingError(
            f"{run_dir}: was started with another network than pipeline.config has now"
            f" ({started_with} is the one); train in a new --run"
        )


def _check_loss(step: Step, learner: Learner) -> None:
    if is_number(step.loss):
        return
    last = learner.last_checkpoint()
    kept = f"the last good checkpoint is {last}" if last else "no checkpoint was written yet"
    raise TrainingError(
        f"the loss is no number any more at step {step.number} (rate {step.rate:.2g}); {kept};"
        " configure again with a lower rate (`tod configure ... --rate`), or look for boxes that"
        " are wrong with `tod convert`, and train in a new --run"
    )


class _Clock:
    """The time a step takes of late."""

    def __init__(self) -> None:
        self.step_s = 0.0
        self._first = True

    def took(self, seconds: float) -> None:
        if self._first:  # this one built the network's graph as well
            self.step_s, self._first, self._only_first = seconds, False, True
        elif self._only_first:
            self.step_s, self._only_first = seconds, False
        else:
            self.step_s = 0.9 * self.step_s + 0.1 * seconds
