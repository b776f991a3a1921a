"""A checkpoint for inference: its batch norms' statistics, and what both modes find."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any, Callable, Iterator, Tuple

from tod_ros.pipeline.batch_norms import learn_batch_norms
from tod_ros.training.checkpoints import is_settled
from tod_ros.training.learner import Learner
from tod_ros.training.od_api_private import predict_in_training_mode, set_training_mode

BATCHES = 4  # of training pictures, on which both modes are compared


@contextlib.contextmanager
def settled(config: Any, checkpoint: str, say: Callable[[str], None]) -> Iterator[str]:
    """The checkpoint, or a copy of it whose batch norms have exact statistics (batch_norm.py).

    `config` has whole paths: the statistics are taken from its training records.
    """
    if not learn_batch_norms(config) or is_settled(checkpoint):
        yield checkpoint
        return
    say("taking the statistics of the batch norms from the training pictures")
    with tempfile.TemporaryDirectory() as folder:
        learner = _learner(config, checkpoint, folder)
        try:
            learner.settle()
            yield learner.save()
        finally:
            learner.close()


def found_in_both_modes(config: Any, checkpoint: str, min_score: float) -> Tuple[int, int]:
    """Objects of at least `min_score` on the same training pictures: training, inference mode.

    Nothing is compiled: for so few batches that would take twice as long as the looks themselves.

    It is long because both modes see the same batches.
    """
    with tempfile.TemporaryDirectory() as folder:
        learner = _learner(config, checkpoint, folder)
        model, unpad = learner.network.model, config.train_config.unpad_groundtruth_tensors

        def in_training(features: Any, labels: Any) -> Any:
            return model.postprocess(
                predict_in_training_mode(model, features, labels, unpad),
                features["true_image_shape"],
            )["detection_scores"]

        def in_inference(features: Any) -> Any:
            set_training_mode(model, False)
            shapes = features["true_image_shape"]
            predictions = model.predict(features["image"], shapes)
            return model.postprocess(predictions, shapes)["detection_scores"]

        counts = [0, 0]
        try:
            # inference first: a look in training mode moves the averages of the batch norms
            batches = list(learner.network.dataset.take(BATCHES))
            learner.network.build()
            for features, _ in batches:
                counts[1] += int((in_inference(features).numpy() >= min_score).sum())
            for features, labels in batches:
                counts[0] += int((in_training(features, labels).numpy() >= min_score).sum())
        finally:
            learner.close()
    return counts[0], counts[1]


def _learner(config: Any, checkpoint: str, folder: str) -> Learner:
    learner = Learner(config, Path(folder) / "run")
    learner.network.build()  # before it is restored: what does not fit is then refused
    learner.restore_from(checkpoint)
    return learner
