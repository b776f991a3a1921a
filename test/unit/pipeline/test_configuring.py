"""Every architecture of the zoo, fitted to a project of two classes."""

from dataclasses import replace

import pytest
import zoo_configs
from projects import CHECKPOINT, DATA

from tod_ros.errors import PipelineError
from tod_ros.pipeline.choosing import mask_lines
from tod_ros.pipeline.config_file import architecture, architecture_name, parse_pipeline
from tod_ros.pipeline.configuring import Options, configure, configure_as_in_the_course
from tod_ros.pipeline.mirroring import MIRRORS
from tod_ros.pipeline.training_data import TrainingData
from tod_ros.pipeline.values import course_paths, flat, table, unfinished

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)

every_architecture = pytest.mark.parametrize("name", sorted(zoo_configs.ALL))


def configured(name, wishes=None, data=DATA, checkpoint=CHECKPOINT, fit=configure):
    return fit(parse_pipeline(zoo_configs.ALL[name]), data, checkpoint, wishes or Options())


def values_of(config):
    return dict(flat(config))


@every_architecture
def test_every_value_of_the_courses_table_is_set(name):
    config = configured(name, Options(steps=500, batch_size=3))
    values = values_of(config)
    assert architecture(config).num_classes == 2
    assert values["train_config.batch_size"] == "3"
    assert values["train_config.num_steps"] == "500"
    assert values["train_config.fine_tune_checkpoint"] == CHECKPOINT
    assert values["train_config.fine_tune_checkpoint_type"] == "detection"
    assert values["train_config.use_bfloat16"] == "false"
    for reader, split in (("train_input_reader", "train"), ("eval_input_reader[0]", "test")):
        assert values[f"{reader}.label_map_path"] == DATA.label_map
        record = values[f"{reader}.tf_record_input_reader.input_path[0]"]
        assert record == f"cubes/training/{split}.record"


@every_architecture
def test_an_ssd_learns_from_the_boxes_there_are_without_padding(name):
    before = parse_pipeline(zoo_configs.ALL[name]).train_config.unpad_groundtruth_tensors
    kind = architecture_name(configured(name))
    unpadded = configured(name).train_config.unpad_groundtruth_tensors
    assert unpadded is (True if kind == "ssd" else before)
    as_in_the_course = configured(name, fit=configure_as_in_the_course)
    assert as_in_the_course.train_config.unpad_groundtruth_tensors is before


@every_architecture
def test_nothing_is_left_to_be_configured(name):
    assert unfinished(configured(name)) == []
    assert unfinished(configured(name, fit=configure_as_in_the_course)) == []


@every_architecture
def test_pictures_are_not_mirrored_unless_asked_for(name):
    assert not any("flip" in path for path in values_of(configured(name)))
    assert any("flip" in path for path in values_of(configured(name, Options(flip=True))))
    kept = values_of(configured(name))
    assert "train_config.data_augmentation_options[0].random_crop_image.min_area" in kept


@every_architecture
def test_no_augmentation_that_mirrors_or_turns_is_left(name):
    config = parse_pipeline(zoo_configs.ALL[name])
    for augmentation in MIRRORS:
        getattr(config.train_config.data_augmentation_options.add(), augmentation).SetInParent()
    config.train_config.data_augmentation_options.add().random_adjust_hue.SetInParent()
    left = {
        option.WhichOneof("preprocessing_step")
        for option in configure(
            config, DATA, CHECKPOINT, Options()
        ).train_config.data_augmentation_options
    }
    assert not left.intersection(MIRRORS)
    assert "random_adjust_hue" in left


@every_architecture
def test_the_schedule_ends_with_the_steps(name):
    train = configured(name, Options(steps=1000)).train_config
    kind = train.optimizer.WhichOneof("optimizer")
    cosine = getattr(train.optimizer, kind).learning_rate.cosine_decay_learning_rate
    assert (cosine.total_steps, cosine.warmup_steps) == (1000, 100)


@every_architecture
@pytest.mark.parametrize("fit", [configure, configure_as_in_the_course])
@pytest.mark.parametrize("most", [1, 4, 7, 250])
def test_no_box_of_the_data_is_cut_off(name, fit, most):
    config = configured(name, data=TrainingData(**{**vars(DATA), "most_boxes": most}), fit=fit)
    assert config.train_config.max_number_of_boxes >= most
    assert config.train_input_reader.max_number_of_boxes >= most
    assert config.eval_input_reader[0].max_number_of_boxes >= most


@every_architecture
def test_a_batch_is_never_larger_than_the_data_and_small_for_large_pictures(name):
    config = configured(name, data=TrainingData(**{**vars(DATA), "pictures": 2}))
    assert config.train_config.batch_size <= 2
    largest = {"ssd": 8, "efficientdet": 3, "centernet": 3, "faster_rcnn": 2, "mask_rcnn": 1}
    assert configured(name).train_config.batch_size == largest[name]


@every_architecture
def test_as_in_the_course_is_its_table_and_nothing_else(name):
    before = parse_pipeline(zoo_configs.ALL[name])
    after = configured(name, fit=configure_as_in_the_course)
    values = values_of(after)
    assert values["train_config.num_steps"] == "1000"
    assert values["train_config.batch_size"] == "1"
    assert values["train_config.max_number_of_boxes"] == "4"
    assert any("flip" in path for path in values)
    rates = [path for path in values if "learning_rate" in path]
    assert rates and all(values[path] == values_of(before)[path] for path in rates)
    others = [row for row in table(before, after) if row[0] not in course_paths(after)]
    tasks = ("mask", "keypoint", "number_of_stages", "parameterized_metric", "metrics_set")
    assert [row for row in others if not any(task in row[0] for task in tasks)] == []


@pytest.mark.parametrize(
    "name, path",
    [
        ("ssd", "model.ssd.post_processing.batch_non_max_suppression.max_{}"),
        ("efficientdet", "model.ssd.post_processing.batch_non_max_suppression.max_{}"),
        (
            "faster_rcnn",
            "model.faster_rcnn.second_stage_post_processing.batch_non_max_suppression.max_{}",
        ),
    ],
)
def test_detections_are_limited_to_the_courses_four(name, path):
    values = values_of(configured(name, fit=configure_as_in_the_course))
    assert values[path.format("detections_per_class")] == "4"
    assert values[path.format("total_detections")] == "4"


def test_centernets_limit_is_its_peaks():
    config = configured("centernet", fit=configure_as_in_the_course)
    assert config.model.center_net.object_center_params.max_box_predictions == 4


@pytest.mark.parametrize("fit", [configure, configure_as_in_the_course])
def test_a_mask_r_cnn_keeps_its_masks_where_the_records_have_them(fit):
    mask = configured("mask_rcnn", data=replace(DATA, masks=True), fit=fit)
    assert mask.model.faster_rcnn.number_of_stages == 3
    predictor = mask.model.faster_rcnn.second_stage_box_predictor.mask_rcnn_box_predictor
    assert predictor.predict_instance_masks
    for reader in (mask.train_input_reader, mask.eval_input_reader[0]):
        assert reader.load_instance_masks
        assert dict(flat(reader))["mask_type"] == "PNG_MASKS"
    assert list(mask.eval_config.metrics_set) == ["coco_detection_metrics", "coco_mask_metrics"]
    box = configured("faster_rcnn", data=replace(DATA, masks=True), fit=fit)
    assert not box.train_input_reader.load_instance_masks


def test_what_becomes_of_the_masks_is_said():
    mask, box = (parse_pipeline(zoo_configs.ALL[name]) for name in ("mask_rcnn", "faster_rcnn"))
    assert mask_lines(box, DATA) == []
    assert mask_lines(mask, replace(DATA, masks=True))[0].startswith("masks: learnt")
    (line,) = mask_lines(mask, DATA)
    assert "switched off, the records have none" in line and "tod synth --masks" in line


def test_tasks_the_records_have_no_truth_for_are_left_out():
    mask = configured("mask_rcnn")
    assert mask.model.faster_rcnn.number_of_stages == 2
    predictor = mask.model.faster_rcnn.second_stage_box_predictor.mask_rcnn_box_predictor
    assert not predictor.predict_instance_masks
    assert not mask.train_input_reader.load_instance_masks
    assert list(mask.eval_config.metrics_set) == ["coco_detection_metrics"]
    points = configured("centernet")
    assert architecture_name(points) == "center_net"
    assert len(points.model.center_net.keypoint_estimation_task) == 0
    assert points.train_input_reader.num_keypoints == 0
    assert len(points.eval_config.parameterized_metric) == 0


def test_shares_of_other_records_are_forgotten():
    config = parse_pipeline(zoo_configs.ALL["ssd"])
    config.train_input_reader.sample_from_datasets_weights[:] = [5, 3]
    fitted = configure(config, DATA, CHECKPOINT, Options())
    assert not fitted.train_input_reader.sample_from_datasets_weights


def test_learning_from_scratch_names_no_checkpoint():
    train = configured("ssd", checkpoint=None).train_config
    assert (train.fine_tune_checkpoint, train.fine_tune_checkpoint_type) == ("", "")
    assert train.num_steps == 50000


def test_values_set_by_hand_come_last():
    config = configured("ssd", Options(steps=10, values=("train_config.num_steps=20",)))
    assert config.train_config.num_steps == 20


def test_a_value_without_an_equals_sign_is_refused():
    with pytest.raises(PipelineError, match="must be PATH=VALUE"):
        configured("ssd", Options(values=("train_config.num_steps",)))


@every_architecture
@pytest.mark.parametrize("fit", [configure, configure_as_in_the_course])
def test_the_config_given_is_not_changed(name, fit):
    before = parse_pipeline(zoo_configs.ALL[name])
    kept = before.SerializeToString()
    fit(before, DATA, CHECKPOINT, Options())
    assert before.SerializeToString() == kept


@every_architecture
def test_the_table_shows_the_courses_values_in_its_order_then_what_else_changed(name):
    before, after = parse_pipeline(zoo_configs.ALL[name]), configured(name)
    rows = table(before, after)
    names = [row[0] for row in rows]
    assert names[: len(course_paths(after))] == course_paths(after)
    assert rows[0][1:] == ("90", "2")
    changed = {path for path, text in flat(after) if dict(flat(before)).get(path) != text}
    assert changed <= set(names)
    assert all(old != new for _, old, new in rows[len(course_paths(after)) :])
