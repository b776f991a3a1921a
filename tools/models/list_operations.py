#!/usr/bin/env python3
"""Writes config/operations.txt: every operation in real exports of the zoo's architectures.

    tools/ros-env python tools/models/list_operations.py

Each architecture is built by the Object Detection API with random weights, at a small size: the
kinds of operations do not depend on it. It is traced as the API's own exporter does (so did
the zoo) and frozen, as `tod export` does. Some ten minutes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Set, Tuple

from tod_ros.shipped import shipped
from tod_ros.training import od_api

TARGET = Path(__file__).resolve().parents[2] / "config" / "operations.txt"
HEAD = """\
# Operations that networks of the zoo and exports of `tod export` are made of; all others count as
# reaching outside. Written by tools/models/list_operations.py from exports of:
"""
_HYPER = """{
  activation: RELU_6 regularizer { l2_regularizer { weight: 4e-5 } }
  initializer { random_normal_initializer { stddev: 0.01 } }
  batch_norm { decay: 0.99 scale: true epsilon: 0.001 } }"""
_NMS = """batch_non_max_suppression { score_threshold: 1e-8 iou_threshold: 0.6 %s
  max_detections_per_class: 100 max_total_detections: 100 }"""
_FIXED = "image_resizer { fixed_shape_resizer { height: %d width: %d } }"
_KEEP = """image_resizer { keep_aspect_ratio_resizer {
  min_dimension: %d max_dimension: %d pad_to_max_dimension: true } }"""
_ANCHORS = """anchor_generator { multiscale_anchor_generator { min_level: 3 max_level: 7
  anchor_scale: 4.0 aspect_ratios: [1.0, 2.0, 0.5] scales_per_octave: %d } }"""
_SSD_ANCHORS = """anchor_generator { ssd_anchor_generator { num_layers: 6 min_scale: 0.2
  max_scale: 0.95 aspect_ratios: [1.0, 2.0, 0.5, 3.0, 0.3333] } }"""
_CODING = """box_coder { faster_rcnn_box_coder { y_scale: 10 x_scale: 10 height_scale: 5
  width_scale: 5 } }
  matcher { argmax_matcher { matched_threshold: 0.5 unmatched_threshold: 0.5
    force_match_for_each_row: true use_matmul_gather: true } }
  similarity_calculator { iou_similarity { } }
  loss { classification_loss { weighted_sigmoid_focal { gamma: 2 alpha: 0.25 } }
    localization_loss { weighted_smooth_l1 { } } classification_weight: 1 localization_weight: 1 }
  encode_background_as_zeros: true normalize_loss_by_num_matches: true
  normalize_loc_loss_by_codesize: true inplace_batchnorm_update: true freeze_batchnorm: false"""
_SHARED = (
    "box_predictor { weight_shared_convolutional_box_predictor { depth: 256"
    " num_layers_before_predictor: 4 kernel_size: 3 class_prediction_bias_init: -4.6"
    f" %s conv_hyperparams {_HYPER} }} }}"
)
_PLAIN_PREDICTOR = (
    "box_predictor { convolutional_box_predictor { min_depth: 0 max_depth: 0 kernel_size: 3"
    " num_layers_before_predictor: 0 use_dropout: false box_code_size: 4"
    " conv_hyperparams " + _HYPER + " } }"
)


def _ssd(extractor: str, resizer: str, anchors: str, predictor: str, more: str = "") -> str:
    return f"""model {{ ssd {{ num_classes: 90 {resizer} {_CODING} {anchors} {predictor} {more}
      feature_extractor {{ type: '{extractor}' depth_multiplier: 1.0 min_depth: 16
        conv_hyperparams {_HYPER} override_base_feature_extractor_hyperparams: true
        %s }}
      post_processing {{ {_NMS % ""} score_converter: SIGMOID }} }} }}"""


_FPN = "fpn { min_level: 3 max_level: 7 additional_layer_depth: 128 }"
_BIFPN = "bifpn { min_level: 3 max_level: 7 num_iterations: 3 num_filters: 64 }"
_FASTER = """model { faster_rcnn { num_classes: 90 %s
  feature_extractor { type: '%s' %s }
  first_stage_anchor_generator { grid_anchor_generator { height_stride: 16 width_stride: 16
    scales: [0.25, 0.5, 1.0, 2.0] aspect_ratios: [0.5, 1.0, 2.0] } }
  first_stage_box_predictor_conv_hyperparams { op: CONV
    regularizer { l2_regularizer { weight: 0.0 } }
    initializer { truncated_normal_initializer { stddev: 0.01 } } }
  first_stage_nms_score_threshold: 0.0 first_stage_nms_iou_threshold: 0.7
  first_stage_max_proposals: 30 first_stage_localization_loss_weight: 2.0
  first_stage_objectness_loss_weight: 1.0 initial_crop_size: 14 maxpool_kernel_size: 2
  maxpool_stride: 2
  second_stage_box_predictor { mask_rcnn_box_predictor { use_dropout: false
    fc_hyperparams { op: FC regularizer { l2_regularizer { weight: 0.0 } }
      initializer { variance_scaling_initializer { factor: 1.0 uniform: true mode: FAN_AVG } } }
    %s } }
  second_stage_post_processing { batch_non_max_suppression { score_threshold: 0.0
    iou_threshold: 0.6 max_detections_per_class: 100 max_total_detections: 100 }
    score_converter: SOFTMAX }
  second_stage_localization_loss_weight: 2.0 second_stage_classification_loss_weight: 1.0
  %s } }"""
_STATIC = """use_static_shapes: true use_matmul_crop_and_resize: true
  clip_anchors_to_image: true use_static_balanced_label_sampler: true
  use_matmul_gather_in_matcher: true"""
_MASKS = """mask_height: 33 mask_width: 33 mask_prediction_conv_depth: 0
  mask_prediction_num_conv_layers: 4 conv_hyperparams { op: CONV
    regularizer { l2_regularizer { weight: 0.0 } }
    initializer { truncated_normal_initializer { stddev: 0.01 } } }
  predict_instance_masks: true"""


def _center(extractor: str, more: str = "") -> str:
    return f"""model {{ center_net {{ num_classes: 90 feature_extractor {{ type: '{extractor}' %s }}
      {_KEEP % (128, 128)}
      object_detection_task {{ task_loss_weight: 1.0 offset_loss_weight: 1.0 scale_loss_weight: 0.1
        localization_loss {{ l1_localization_loss {{ }} }} }}
      object_center_params {{ object_center_loss_weight: 1.0 min_box_overlap_iou: 0.7
        max_box_predictions: 100 classification_loss {{
          penalty_reduced_logistic_focal_loss {{ alpha: 2.0 beta: 4.0 }} }} }} {more} }} }}"""


_BGR = (
    """channel_means: [104.0, 114.0, 119.0] channel_stds: [68.0, 70.0, 71.0] bgr_ordering: true"""
)
_KEYPOINTS = """keypoint_label_map_path: "%s"
  keypoint_estimation_task { task_name: "human_pose" task_loss_weight: 1.0
    loss { localization_loss { l1_localization_loss { } }
      classification_loss { penalty_reduced_logistic_focal_loss { alpha: 2.0 beta: 4.0 } } }
    keypoint_class_name: "person" keypoint_regression_loss_weight: 0.1
    keypoint_heatmap_loss_weight: 1.0 keypoint_offset_loss_weight: 1.0 offset_peak_radius: 3
    per_keypoint_offset: true
    keypoint_label_to_std { key: "nose" value: 0.26 }
    keypoint_label_to_std { key: "ear" value: 0.2 } }"""
LABELS = """item { id: 1 name: "person" keypoints { id: 0 label: "nose" }
  keypoints { id: 1 label: "ear" } }"""


def architectures(labels: Path) -> Dict[str, str]:
    keypoints = _KEYPOINTS % labels
    depthwise = _SHARED % "use_depthwise: true share_prediction_tower: true"
    return {
        "ssd_mobilenet_v1_fpn": _ssd(
            "ssd_mobilenet_v1_fpn_keras", _FIXED % (320, 320), _ANCHORS % 2, _SHARED % ""
        )
        % _FPN,
        "ssd_mobilenet_v2": _ssd(
            "ssd_mobilenet_v2_keras", _FIXED % (300, 300), _SSD_ANCHORS, _PLAIN_PREDICTOR
        )
        % "",
        "ssd_mobilenet_v2_fpnlite": _ssd(
            "ssd_mobilenet_v2_fpn_keras", _FIXED % (320, 320), _ANCHORS % 2, depthwise
        )
        % ("use_depthwise: true " + _FPN),
        "ssd_resnet50_v1_fpn": _ssd(
            "ssd_resnet50_v1_fpn_keras", _FIXED % (320, 320), _ANCHORS % 2, _SHARED % ""
        )
        % _FPN,
        "efficientdet_d0": _ssd(
            "ssd_efficientnet-b0_bifpn_keras",
            _KEEP % (512, 512),
            _ANCHORS % 3,
            depthwise,
            "add_background_class: false",
        )
        % _BIFPN,
        "faster_rcnn_resnet50_v1": _FASTER
        % (
            _KEEP % (320, 320),
            "faster_rcnn_resnet50_keras",
            "batch_norm_trainable: true",
            "",
            _STATIC,
        ),
        "faster_rcnn_resnet50_v1_800x1333": _FASTER
        % (
            "image_resizer { keep_aspect_ratio_resizer { min_dimension: 200 max_dimension: 333 } }",
            *("faster_rcnn_resnet50_keras", "", "", ""),
        ),
        "faster_rcnn_inception_resnet_v2": _FASTER
        % (_KEEP % (320, 320), "faster_rcnn_inception_resnet_v2_keras", "", "", ""),
        "mask_rcnn_inception_resnet_v2": (
            _FASTER % (_FIXED % (320, 320), "faster_rcnn_inception_resnet_v2_keras", "", _MASKS, "")
        ).replace("num_classes: 90", "num_classes: 90 number_of_stages: 3"),
        "mask_rcnn_small": shipped("config", "pipelines", "mask_rcnn_small.config").read_text(),
        "centernet_hourglass": _center("hourglass_52") % _BGR,
        "centernet_resnet50_v1_fpn": _center("resnet_v1_50_fpn") % "",
        "centernet_resnet50_v1_fpn_kpts": _center("resnet_v1_50_fpn", keypoints) % "",
        "centernet_resnet50_v2": _center("resnet_v2_50") % "",
        "centernet_mobilenet_v2_fpn": _center("mobilenet_v2_fpn") % "use_separable_conv: true",
    }


def operations_of(config_text: str) -> Set[str]:
    """What both exports of this network, of random weights, are made of."""
    import tensorflow as tf
    from object_detection import exporter_lib_v2
    from object_detection.builders import model_builder

    from tod_ros.export.freezing import freeze
    from tod_ros.pipeline.config_file import parse_pipeline

    tf.keras.backend.clear_session()
    _build_without_download()
    model = model_builder.build(parse_pipeline(config_text).model, is_training=False)
    module = exporter_lib_v2.DetectionFromImageModule(model)
    concrete = module.__call__.get_concrete_function()
    return _in_graph(concrete.graph) | _in_graph(freeze(concrete).graph)


def _build_without_download() -> None:
    """CenterNet's MobileNet asks for weights from the network; here any will do."""
    from object_detection.models.keras_models import mobilenet_v2

    build = mobilenet_v2.mobilenet_v2
    mobilenet_v2.mobilenet_v2 = lambda *given, **named: build(*given, **{**named, "weights": None})


def _in_graph(graph: Any) -> Set[str]:
    definition = graph.as_graph_def()
    bodies = [definition.node, *(f.node_def for f in definition.library.function)]
    functions = {function.signature.name for function in definition.library.function}
    return {node.op for body in bodies for node in body} - functions


def main() -> int:
    """Adds to what the file holds: an architecture that is built anew is named once."""
    od_api.prepare()
    done, found = read_target()
    with tempfile.TemporaryDirectory() as scratch:
        labels = Path(scratch) / "labels.pbtxt"
        labels.write_text(LABELS)
        known = architectures(labels)
        for name in sys.argv[1:] or known:
            before = len(found)
            found |= operations_of(known[name])
            done.add(name)
            print(f"{name}: {len(found) - before} more, {len(found)} in all", flush=True)
            lines = [*(f"#   {each}" for each in known if each in done), *sorted(found)]
            TARGET.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


def read_target() -> Tuple[Set[str], Set[str]]:
    """The architectures and the operations that are in the file already."""
    lines = TARGET.read_text(encoding="utf-8").splitlines() if TARGET.exists() else []
    done = {line[1:].strip() for line in lines if line.startswith("#   ")}
    return done, {line for line in lines if not line.startswith("#")}


if __name__ == "__main__":
    sys.exit(main())
