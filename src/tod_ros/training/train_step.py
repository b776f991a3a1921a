"""A network with all that teaches it: the OD API's model, input, losses and optimizer, as one step.

Layers that the config freezes stay as they are; the API's own loop trains them nevertheless.
learner.py starts a run, measures it and saves it.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

from tod_ros.training.batch_norm import take_statistics
from tod_ros.training.frozen_layers import build_at_once, freeze
from tod_ros.training.od_api_private import (
    ensure_model_is_built,
    make_slots,
    predict_in_training_mode,
)
from tod_ros.training.transfer.prediction_head import HeadFirst, Transfer, tell_classes_apart

PICTURES_EVERY = 500  # steps between the training pictures shown in TensorBoard


class LearningNetwork:
    """The network of a pipeline.config, taken apart as the OD API's config_util does.

    It is learnt by the devices and workers of `strategy`. od_api.prepare() comes before it.
    """

    def __init__(self, configs: Mapping[str, Any], strategy: Any, transfer: Optional[Transfer]):
        import tensorflow as tf
        from object_detection import model_lib_v2

        self._tf, self._api = tf, model_lib_v2
        self._configs, self.strategy, self._transfer = configs, strategy, transfer
        self._is_built, self._has_slots = False, False
        with self.strategy.scope():
            self._build()
            self._hold_fast()
        self._take_step = self._compiled_step()

    @property
    def variables(self) -> List[Any]:
        """All that a step changes; some come to be in the first one."""
        return [self.global_step, *self.model.variables, *self.optimizer.variables()]

    def rate(self) -> float:
        return float(self._rate())

    def build(self) -> None:
        """Make the variables of the model, as its first step would."""
        if self._is_built:
            return
        self._is_built = True
        with self.strategy.scope():
            if self._is_quickly_built:
                build_at_once(self.model)
            else:
                unpad = self._train.unpad_groundtruth_tensors
                ensure_model_is_built(self.model, self.dataset, unpad)

    def take_step(self, wishes: Any) -> Tuple[Any, Any]:
        """One batch: its losses by name, and the sum of all workers' wishes."""
        if not self._has_slots and self._is_quickly_built:
            self._make_variables()
        self._is_built = True
        return self._take_step(self._batches, wishes)  # type: ignore[no-any-return]

    def settle(self) -> int:
        """Take the statistics of the batch norms that learn anew; how many there are."""

        def look() -> None:
            features, labels = next(self._batches)
            predict_in_training_mode(
                self.model, features, labels, self._train.unpad_groundtruth_tensors
            )

        self.build()
        return take_statistics(self.model, look, int(self._train.batch_size))

    @property
    def _train(self) -> Any:
        return self._configs["train_config"]

    @property
    def _is_quickly_built(self) -> bool:
        """Whether a look at one picture makes all variables, on the one device that learns."""
        model = self._configs["model"]
        kind = model.WhichOneof("model")
        takes_more = kind == "faster_rcnn" and model.faster_rcnn.HasField("context_config")
        is_known = kind in ("ssd", "faster_rcnn", "center_net") and not takes_more
        return is_known and self.strategy.num_replicas_in_sync == 1

    def _make_variables(self) -> None:
        """A step that makes variables is traced twice: with them, and once more without."""
        self._has_slots = True
        self.build()
        if not self._train.optimizer.use_moving_average:  # that one wraps the other
            make_slots(self.optimizer, self.model.trainable_variables)

    def _build(self) -> None:
        """It is long because the OD API's parts are put together here."""
        tf, api = self._tf, self._api
        from object_detection import inputs
        from object_detection.builders import optimizer_builder

        self.model = api.MODEL_BUILD_UTIL_MAP["detection_model_fn_base"](
            model_config=self._configs["model"], is_training=True, add_summaries=True
        )

        def batches(context: Any) -> Any:
            return inputs.train_input(
                train_config=self._train,
                train_input_config=self._configs["train_input_config"],
                model_config=self._configs["model"],
                model=self.model,
                input_context=context,
            ).repeat()

        self.dataset = self.strategy.distribute_datasets_from_function(batches)
        self._batches = iter(self.dataset)
        self.global_step = tf.Variable(
            0,
            trainable=False,
            dtype=tf.int64,
            name="global_step",
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )
        self.optimizer, (rate,) = optimizer_builder.build(
            self._train.optimizer, global_step=self.global_step
        )
        self._rate = rate if callable(rate) else lambda: rate
        if self._train.optimizer.use_moving_average:  # its shadows need variables to be there
            self.build()
            self.optimizer.shadow_copy(self.model)

    def _hold_fast(self) -> None:
        """What the config freezes, which the API's own loop forgets; what a transfer adds."""
        if self._train.freeze_variables or self._transfer:
            build_at_once(self.model)
            self._is_built = True
            freeze(self.model, self._train.freeze_variables)
        if self._transfer and self._transfer.tell_apart:
            tell_classes_apart(self.model, self._transfer.tell_apart)

    def _moving(self) -> Any:
        """The optimizer, or what lets it move only the last layer at first."""
        if self._transfer and self._transfer.head_steps:
            return HeadFirst(self.optimizer, self.global_step, self._transfer.head_steps)
        return self.optimizer

    def _compiled_step(self) -> Any:
        """It is long because TensorFlow compiles it as one function."""
        tf, api, train = self._tf, self._api, self._train
        clip = train.gradient_clipping_by_norm if train.gradient_clipping_by_norm > 0 else None

        def one_replica(features: Any, labels: Any) -> Any:
            with tf.summary.record_if(lambda: self.global_step % PICTURES_EVERY == 0):
                tf.summary.image(
                    "train_input_images", features["image"], step=self.global_step, max_outputs=3
                )
                losses = api.eager_train_step(
                    self.model,
                    features,
                    labels,
                    train.unpad_groundtruth_tensors,
                    self._moving(),
                    training_step=self.global_step,
                    add_regularization_loss=train.add_regularization_loss,
                    clip_gradients_value=clip,
                    num_replicas=self.strategy.num_replicas_in_sync,
                )
            self.global_step.assign_add(1)
            return losses

        @tf.function
        def take_step(batches: Any, wishes: Any) -> Any:
            features, labels = next(batches)
            per_replica = self.strategy.run(one_replica, args=(features, labels))
            losses = api.reduce_dict(self.strategy, per_replica, tf.distribute.ReduceOp.SUM)
            told = self.strategy.run(lambda: tf.identity(wishes))
            return losses, self.strategy.reduce(tf.distribute.ReduceOp.SUM, told, axis=None)

        return take_step
