"""A run of a network that learns: begun or gone on with, one step at a time, measured and kept.

The OD API's training loop cannot be interrupted, saves only every N steps and logs only every 100.
Learner does the same work one step at a time, so that the caller decides when to stop, save and
log. The OD API's own programs read its checkpoints and TensorBoard events, and go on from them.

It is long because one run is one object: its state is used by each of its steps.
"""

from __future__ import annotations

import contextlib
import io
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

import numpy as np

from tod_ros.errors import TrainingError
from tod_ros.files import PathLike
from tod_ros.pipeline.batch_norms import learn_batch_norms
from tod_ros.text import one_line
from tod_ros.training import od_api, od_api_private
from tod_ros.training.best_checkpoint import FOLDER
from tod_ros.training.checkpoints import unreadable_as_error
from tod_ros.training.train_step import LearningNetwork
from tod_ros.training.transfer.prediction_head import Transfer

log = logging.getLogger("rosout." + __name__)


@dataclass(frozen=True)
class Step:
    """What one step gave: the losses by name, and what any of the workers wishes."""

    number: int
    losses: Mapping[str, float]
    rate: float
    seconds: float
    stop: bool
    save: bool

    @property
    def loss(self) -> float:
        return self.losses["Loss/total_loss"]


class Learner:
    """A run of the network of one pipeline.config, its state kept in `run_dir`."""

    def __init__(
        self,
        config: Any,
        run_dir: PathLike,
        strategy: Any = None,
        keep: int = 5,
        transfer: Optional[Transfer] = None,
    ):
        """It is long because TensorFlow wants its objects made in this order."""
        od_api.prepare_for(config)
        import tensorflow as tf
        from object_detection import model_lib_v2
        from object_detection.utils import config_util

        self._tf, self._api = tf, model_lib_v2
        self.run_dir = Path(run_dir)
        self._config = config
        self.configs: Dict[str, Any] = config_util.create_configs_from_pipeline_proto(config)
        self.strategy = strategy or tf.distribute.get_strategy()
        config_util.update_fine_tune_checkpoint_type(self._train)
        self._transfer = transfer
        self.network = network = LearningNetwork(self.configs, self.strategy, transfer)
        # the step whose batch norms have exact statistics; the OD API's programs ignore it
        self._settled = tf.Variable(-1, trainable=False, dtype=tf.int64, name="settled_step")
        self._checkpoint = tf.train.Checkpoint(
            step=network.global_step,
            model=network.model,
            optimizer=network.optimizer,
            settled=self._settled,
        )
        # Workers other than the first must save too (a collective step), but elsewhere.
        self._own_dir = model_lib_v2.get_filepath(self.strategy, str(self.run_dir))
        chief = self.strategy.extended.should_checkpoint
        self._manager = tf.train.CheckpointManager(
            self._checkpoint, self._own_dir, max_to_keep=keep if chief else 1
        )
        self._events_dir = model_lib_v2.get_filepath(self.strategy, str(self.run_dir / "train"))
        self._events = tf.summary.create_file_writer(self._events_dir)
        self._eval_batches: Any = None

    @property
    def step(self) -> int:
        return int(self.network.global_step.numpy())

    @property
    def is_alone(self) -> bool:
        """Whether no other worker has to be told before something is done."""
        return not od_api_private.is_in_multi_worker_mode(self.strategy)

    @property
    def _train(self) -> Any:
        return self.configs["train_config"]

    def restore(self) -> Optional[str]:
        """Go on from the last checkpoint of the run, or else start from the one to fine-tune.

        Returns the checkpoint the run goes on from; None at a start.
        """
        latest = self.last_checkpoint()
        if latest:
            self.restore_from(latest)
        elif self._transfer:
            with self.strategy.scope():
                self._transfer.begin(self.network.model)
        elif self._train.fine_tune_checkpoint:
            self._load_fine_tune_checkpoint()
        return latest

    def restore_from(self, checkpoint: str) -> None:
        with unreadable_as_error(checkpoint):
            self._checkpoint.restore(checkpoint).expect_partial()

    def take_step(self, stop: bool = False, save: bool = False) -> Step:
        """One batch; `stop` and `save` are told to all workers, so that they act together."""
        started, rate = time.monotonic(), self.network.rate()
        wishes = self._tf.constant([stop, save], self._tf.float32)
        with self.strategy.scope(), self._events.as_default():
            losses, wished = self.network.take_step(wishes)
        values = {name: float(value.numpy()) for name, value in losses.items()}
        asked_stop, asked_save = (bool(wish) for wish in wished.numpy() > 0)
        seconds = time.monotonic() - started
        return Step(self.step, values, rate, seconds, asked_stop, asked_save)

    def show(self, step: Step) -> None:
        """Put a step's figures where TensorBoard looks for them."""
        scalar = self._tf.summary.scalar
        with self._events.as_default():
            for name, value in step.losses.items():
                scalar(name, value, step=step.number)
            scalar("learning_rate", step.rate, step=step.number)
            scalar("steps_per_sec", 1 / max(step.seconds, 1e-9), step=step.number)

    def save(self) -> str:
        """Write a checkpoint, never one of weights that are no numbers any more."""
        self.check_weights()
        return str(self._manager.save(check_interval=False))

    def keep_as_best(self) -> str:
        """Write a checkpoint to best/ in place of the one there."""
        manager = self._tf.train.CheckpointManager(
            self._checkpoint, str(self.run_dir / FOLDER), max_to_keep=1
        )
        return str(manager.save(checkpoint_number=self.step))

    def settle(self) -> None:
        """Let inference see what training saw (batch_norm.py); a checkpoint written now says so.

        Where several devices or machines learn together, `tod export` does it instead.
        """
        alone = self.strategy.num_replicas_in_sync == 1 and self.is_alone
        if not alone or int(self._settled) == self.step:
            return
        if learn_batch_norms(self._config):
            self.network.settle()
        self._settled.assign(self.network.global_step)

    def measure(self) -> Dict[str, float]:
        """The OD API's own figures on the test set, which TensorBoard shows too (eval/)."""
        from object_detection import inputs

        self.settle()
        if self._eval_batches is None:
            self._eval_batches = inputs.eval_input(
                eval_config=self.configs["eval_config"],
                eval_input_config=self.configs["eval_input_configs"][0],
                model_config=self.configs["model"],
                model=self.network.model,
            )
            self._eval_events = self._tf.summary.create_file_writer(str(self.run_dir / "eval"))
        configs = dict(self.configs, eval_input_config=self.configs["eval_input_configs"][0])
        with self._eval_events.as_default(), contextlib.redirect_stdout(io.StringIO()):
            figures = self._api.eager_eval_loop(
                self.network.model,
                configs,
                self._eval_batches,
                global_step=self.network.global_step,
            )
        return {name: float(value) for name, value in figures.items()}

    def check_weights(self) -> None:
        finite = self._tf.math.is_finite
        for variable in self.network.model.trainable_variables:
            if not bool(self._tf.reduce_all(finite(variable))):
                raise TrainingError(f"the weights are no numbers any more ({variable.name})")

    def last_checkpoint(self) -> Optional[str]:
        return self._tf.train.latest_checkpoint(str(self.run_dir))  # type: ignore[no-any-return]

    def close(self) -> None:
        self._events.close()
        for folder in (self._own_dir, self._events_dir):
            self._api.clean_temporary_directories(self.strategy, folder)

    def _load_fine_tune_checkpoint(self) -> None:
        from object_detection.utils import variables_helper

        train = self._train
        path, kind = train.fine_tune_checkpoint, train.fine_tune_checkpoint_type
        log.info("starting from %s (%s)", path, kind)
        try:
            if train.run_fine_tune_checkpoint_dummy_computation:
                self.network.build()
            with self.strategy.scope():
                variables_helper.ensure_checkpoint_supported(path, kind, str(self.run_dir))
                self._api.load_fine_tune_checkpoint(
                    self.network.model,
                    path,
                    kind,
                    train.fine_tune_checkpoint_version,
                    False,  # it is built
                    self.network.dataset,
                    train.unpad_groundtruth_tensors,
                )
                # Each step tells the model its number, and `full` restores it with the rest as
                # soon as it is told: the run would go on where the other one ended.
                od_api_private.tell_step(self.network.model, self.network.global_step)
                self.network.global_step.assign(0)
        except (AssertionError, ValueError, OSError, RuntimeError) as error:
            raise TrainingError(
                f"{path}: this checkpoint does not fit the network as type {kind!r}"
                f" ({one_line(error) or type(error).__name__}); check fine_tune_checkpoint_type and"
                " the network's name"
            ) from error


def is_number(value: float) -> bool:
    return bool(np.isfinite(value))
