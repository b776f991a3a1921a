import pytest
import zoo_configs

from tod_ros.errors import PipelineError
from tod_ros.pipeline.config_file import (
    get_value,
    input_size_hw,
    parse_pipeline,
    read_pipeline,
    set_value,
    write_pipeline,
)

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)


@pytest.fixture
def config():
    return parse_pipeline(zoo_configs.SSD)


def test_what_is_written_is_read_again(tmp_path, config):
    path = tmp_path / "network" / "pipeline.config"
    write_pipeline(path, config)
    assert read_pipeline(path) == config


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "no such pipeline.config, write it with `tod configure`"),
        (b"model { ssd { num_clases: 2 } }", 'no field named "num_clases"'),
        (b"train_config { batch_size: 1 }", "names no network"),
        (b"<html>not found</html>", "no pipeline.config of the OD API"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_file_that_is_no_config_is_named_with_its_fault(tmp_path, content, message):
    path = tmp_path / "pipeline.config"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PipelineError) as error:
        read_pipeline(path)
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)


def test_readers_that_only_google_has_are_left_out():
    text = """model { center_net { num_classes: 90 } }
      train_input_reader { label_map_path: "a" external_input_reader {
        [object_detection.protos.GoogleInputReader.google_input_reader] {
          ss_table_input_reader: { input_path: "b" } } } }"""
    assert parse_pipeline(text).train_input_reader.label_map_path == "a"


@pytest.mark.parametrize(
    "path, text, value",
    [
        ("train_config.batch_size", "4", 4),
        ("train_config.use_bfloat16", "False", False),
        ("train_config.gradient_clipping_by_norm", "2.5", 2.5),
        ("train_config.fine_tune_checkpoint", "a=b/ckpt-0", "a=b/ckpt-0"),
        ("train_config.fine_tune_checkpoint_version", "V1", 1),
        ("eval_input_reader[0].num_epochs", "3", 3),
        ("eval_input_reader.tf_record_input_reader.input_path[0]", "x.record", "x.record"),
        ("train_config.data_augmentation_options[1].random_crop_image.min_area", "0.5", 0.5),
    ],
)
def test_a_value_is_set_from_its_text(config, path, text, value):
    set_value(config, path, text)
    assert get_value(config, path) == value


def test_a_list_set_without_a_place_holds_just_that(config):
    set_value(config, "eval_config.metrics_set", "pascal_voc_detection_metrics")
    assert list(config.eval_config.metrics_set) == ["pascal_voc_detection_metrics"]


@pytest.mark.parametrize(
    "path, text, message",
    [
        ("train_config.batch_sise", "4", "no value 'batch_sise' there, did you mean 'batch_size'?"),
        ("train_config.batch_size", "many", "must be a whole number from 0"),
        ("train_config.batch_size", "-1", "must be a whole number from 0"),
        ("train_config.batch_size", "4.5", "must be a whole number from 0"),
        ("train_config.use_bfloat16", "yes", "must be true or false"),
        ("train_config.gradient_clipping_by_norm", "much", "must be a number"),
        ("train_config.fine_tune_checkpoint_version", "V3", "unknown"),
        ("train_config.optimizer", "adam", "is a group, name a value in it"),
        ("train_config.batch_size.more", "1", "is a value, nothing is inside it"),
        ("train_config.batch_size[0]", "1", "is no list"),
        ("eval_input_reader[3].num_epochs", "1", "has 1 entries, counted from [0]"),
        ("train_config.data_augmentation_options.random_crop_image.min_area", "1", "say which"),
        ("train config", "1", "is no path"),
        ("", "1", "is no path"),
    ],
)
def test_a_path_or_text_that_does_not_fit_is_refused(config, path, text, message):
    before = config.SerializeToString()
    with pytest.raises(PipelineError) as error:
        set_value(config, path, text)
    assert message in str(error.value)
    assert config.SerializeToString() == before


@pytest.mark.parametrize(
    "name, size",
    [
        ("ssd", (320, 320)),
        ("efficientdet", (512, 512)),
        ("faster_rcnn", (640, 640)),
        ("mask_rcnn", (1024, 1024)),
        ("centernet", (512, 512)),
    ],
)
def test_the_size_of_the_input_is_known_for_every_architecture(name, size):
    assert input_size_hw(parse_pipeline(zoo_configs.ALL[name])) == size
