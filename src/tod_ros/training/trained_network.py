"""The network of a checkpoint as the OD API builds it, unfrozen. An export must equal it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tod_ros.errors import TrainingError
from tod_ros.inference.network import Raw
from tod_ros.text import one_line
from tod_ros.training import od_api
from tod_ros.training.checkpoints import step_of
from tod_ros.training.od_api_private import set_training_mode


class TrainedNetwork:
    """The network as the OD API exports it, unfrozen, with the weights of a checkpoint."""

    def __init__(self, config: Any, checkpoint: str):
        od_api.prepare_for(config)
        import tensorflow as tf
        from object_detection import exporter_lib_v2
        from object_detection.builders import model_builder

        self._tf, self.config = tf, config
        self.step = step_of(checkpoint)
        self.model = model_builder.build(config.model, is_training=False)
        set_training_mode(self.model, False)  # a Learner of this process may have set it otherwise
        self._checkpoint = tf.train.Checkpoint(model=self.model)
        self._module = exporter_lib_v2.DetectionFromImageModule(self.model)
        # Traced before it is restored: a variable that is not there yet would take whatever
        # shape the checkpoint has, and a config at odds with it would go unnoticed.
        self.function = self._module.__call__.get_concrete_function()
        try:
            status = self._checkpoint.restore(checkpoint).expect_partial()
            status.assert_existing_objects_matched()
        except IndexError:  # its data is cut short
            raise TrainingError(f"{checkpoint}: is no readable checkpoint; train again") from None
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            raise TrainingError(
                f"{checkpoint}: does not fit the network of its pipeline.config"
                f" ({one_line(error)}); the config was changed after the training, configure and"
                " train a new --run"
            ) from error

    def save_checkpoint(self, folder: Path) -> None:
        manager = self._tf.train.CheckpointManager(self._checkpoint, str(folder), max_to_keep=1)
        manager.save(checkpoint_number=0)

    def run(self, bgr_image: np.ndarray) -> Raw:
        picture = np.ascontiguousarray(bgr_image[np.newaxis, :, :, ::-1])
        found = self.function(self._tf.constant(picture))
        count = int(found["num_detections"][0])
        boxes, labels, scores = (
            found[f"detection_{name}"].numpy()[0][:count] for name in ("boxes", "classes", "scores")
        )
        masks = found.get("detection_masks")
        masks = None if masks is None else masks.numpy()[0][:count]
        return Raw(boxes, np.rint(labels).astype(int), scores, masks=masks)
