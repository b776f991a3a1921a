"""pipeline.config texts with what the zoo's have, as short as they can be: one per architecture."""

_TRAIN = """
train_config {
  batch_size: %(batch)d sync_replicas: true startup_delay_steps: 0 replicas_to_aggregate: 8
  num_steps: %(steps)d
  data_augmentation_options { random_horizontal_flip { %(flip)s } }
  data_augmentation_options { random_crop_image { min_area: 0.75 } }
  optimizer {
    %(optimizer)s {
      learning_rate {
        cosine_decay_learning_rate {
          learning_rate_base: %(rate)s total_steps: %(steps)d
          warmup_learning_rate: %(warmup)s warmup_steps: 2000
        }
      }
    }
    use_moving_average: false
  }
  fine_tune_checkpoint_version: V2
  fine_tune_checkpoint: "PATH_TO_BE_CONFIGURED/classifier.ckpt-1"
  fine_tune_checkpoint_type: "classification"
  max_number_of_boxes: 100 unpad_groundtruth_tensors: false use_bfloat16: true
}
train_input_reader {
  label_map_path: "PATH_TO_BE_CONFIGURED/label_map.txt"
  tf_record_input_reader { input_path: "PATH_TO_BE_CONFIGURED/train-?????-of-00256.tfrecord" }
  %(reader)s
}
eval_config { metrics_set: "coco_detection_metrics" %(eval)s use_moving_averages: false }
eval_input_reader {
  label_map_path: "PATH_TO_BE_CONFIGURED/label_map.txt" shuffle: false num_epochs: 1
  tf_record_input_reader { input_path: "PATH_TO_BE_CONFIGURED/val-?????-of-00032.tfrecord" }
  %(reader)s
}
"""


def _text(model, **values):
    known = {
        "batch": 64,
        "steps": 25000,
        "optimizer": "momentum_optimizer",
        "rate": ".04",
        "warmup": ".013333",
        "flip": "",
        "reader": "",
        "eval": "",
    }
    known.update(values)
    return f"model {{ {model} }}" + _TRAIN % known


_KEEP_ASPECT = """image_resizer { keep_aspect_ratio_resizer {
  min_dimension: %d max_dimension: %d pad_to_max_dimension: true } }"""
_SUPPRESSION = """batch_non_max_suppression {
  score_threshold: 1e-8 iou_threshold: 0.6
  max_detections_per_class: 100 max_total_detections: %d }"""
_FASTER = (
    """faster_rcnn { num_classes: 90 """
    + _KEEP_ASPECT % (640, 640)
    + """
  feature_extractor { type: 'faster_rcnn_resnet50_keras' batch_norm_trainable: true }
  second_stage_post_processing { """
    + _SUPPRESSION % 300
    + """ score_converter: SOFTMAX }
  second_stage_box_predictor { mask_rcnn_box_predictor { share_box_across_classes: true } } }"""
)

SSD = _text(
    """ssd { num_classes: 90
      image_resizer { fixed_shape_resizer { height: 320 width: 320 } }
      feature_extractor { type: 'ssd_mobilenet_v2_fpn_keras' }
      post_processing { """
    + _SUPPRESSION % 100
    + """ score_converter: SIGMOID } }""",
    batch=128,
    steps=50000,
    rate=".08",
    warmup=".026666",
)
EFFICIENTDET = _text(
    "ssd { num_classes: 90 add_background_class: false "
    + _KEEP_ASPECT % (512, 512)
    + """ feature_extractor { type: 'ssd_efficientnet-b0_bifpn_keras' }
      post_processing { """
    + _SUPPRESSION % 100
    + """ score_converter: SIGMOID } }""",
    batch=128,
    steps=300000,
    rate=".08",
    warmup=".001",
)
FASTER_RCNN = _text(_FASTER)
MASK_RCNN = _text(
    """faster_rcnn { number_of_stages: 3 num_classes: 90
      image_resizer { fixed_shape_resizer { height: 1024 width: 1024 } }
      feature_extractor { type: 'faster_rcnn_inception_resnet_v2_keras' }
      second_stage_box_predictor { mask_rcnn_box_predictor {
        mask_height: 33 mask_width: 33 predict_instance_masks: true } }
      second_stage_post_processing { """
    + _SUPPRESSION % 100
    + """ score_converter: SOFTMAX } second_stage_mask_prediction_loss_weight: 4.0 }""",
    batch=16,
    steps=200000,
    rate=".008",
    warmup=".0",
    reader="load_instance_masks: true mask_type: PNG_MASKS",
    eval='metrics_set: "coco_mask_metrics" eval_instance_masks: true',
)
CENTERNET = _text(
    "center_net { num_classes: 90 feature_extractor { type: 'resnet_v1_50_fpn' } "
    + _KEEP_ASPECT % (512, 512)
    + """ object_detection_task { task_loss_weight: 1.0 }
      object_center_params { max_box_predictions: 100 }
      keypoint_label_map_path: "PATH_TO_BE_CONFIGURED"
      keypoint_estimation_task { task_name: "human_pose" keypoint_class_name: "person" } }""",
    batch=128,
    steps=250000,
    optimizer="adam_optimizer",
    rate="1e-3",
    warmup="2.5e-4",
    flip="keypoint_flip_permutation: 0 keypoint_flip_permutation: 2",
    reader="num_keypoints: 17",
    eval='parameterized_metric { coco_keypoint_metrics { class_label: "person" } }'
    " keypoint_edge { start: 0 end: 1 }",
)
ALL = {
    "ssd": SSD,
    "efficientdet": EFFICIENTDET,
    "faster_rcnn": FASTER_RCNN,
    "mask_rcnn": MASK_RCNN,
    "centernet": CENTERNET,
}
