"""Few pictures: what is held fast, how the rate falls, what is written beside pipeline.config."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import zoo_configs
from projects import CHECKPOINT, DATA, make_project

from tod_ros.cli.command import main
from tod_ros.pipeline.config_file import parse_pipeline, read_pipeline
from tod_ros.pipeline.configuring import Options
from tod_ros.pipeline.object_sizes import ObjectSizes
from tod_ros.training.transfer.configuring import (
    FIRST_LAYERS,
    OBJECT_ALPHA,
    OBJECT_STEPS,
    Unfrozen,
    configure_transfer,
    stairs,
)
from tod_ros.training.transfer.settings import (
    FILE,
    ObjectSettings,
    TransferSettings,
    read_transfer,
)

SHIPPED = Path(__file__).parents[4] / "config/pipelines/cube_faces.config"
REAL = Path(__file__).parents[4] / "tools/real_network.config"
SETTINGS = TransferSettings(head_steps=40)


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def fitted(wishes=None, freedom=None, settings=SETTINGS):
    config = read_pipeline(SHIPPED)
    return configure_transfer(
        config, DATA, CHECKPOINT, wishes or Options(), settings, freedom or Unfrozen()
    )


def rates(config):
    schedule = config.train_config.optimizer.adam_optimizer.learning_rate.manual_step_learning_rate
    first = (0, pytest.approx(schedule.initial_learning_rate))
    return [first, *((step.step, pytest.approx(step.learning_rate)) for step in schedule.schedule)]


def test_by_default_batch_norm_and_the_first_layers_are_held_fast():
    config = fitted()
    assert config.model.ssd.freeze_batchnorm
    assert list(config.train_config.freeze_variables) == [FIRST_LAYERS]
    assert config.train_config.fine_tune_checkpoint == CHECKPOINT


def test_both_may_learn_where_it_is_asked_for():
    config = fitted(freedom=Unfrozen(first_layers=True, batch_norm=True))
    assert not config.model.ssd.freeze_batchnorm
    assert not config.train_config.freeze_variables


def test_the_boxes_of_a_mosaic_are_not_cut_off():
    assert fitted().train_input_reader.max_number_of_boxes >= 64
    assert fitted().train_config.max_number_of_boxes >= 64


@pytest.mark.parametrize(
    "steps, head_steps, wanted",
    [
        (540, 40, [(0, 0.004), (40, 0.001), (265, 0.0005), (390, 0.0002), (490, 5e-05)]),
        (100, 0, [(0, 0.001), (45, 0.0005), (70, 0.0002), (90, 5e-05)]),
        (10, 40, [(0, 0.004), (5, 0.001), (7, 0.0005), (9, 5e-05)]),
        (2, 1, [(0, 0.004), (1, 0.0005), (2, 5e-05)]),
    ],
)
def test_the_rate_falls_in_stairs_and_each_step_has_one(steps, head_steps, wanted):
    told = stairs(steps, head_steps, 1e-3)
    assert [step for step, _ in told] == [step for step, _ in wanted]
    assert [rate for _, rate in told] == pytest.approx([rate for _, rate in wanted])
    settings = TransferSettings(head_steps=head_steps)
    assert rates(fitted(Options(steps=steps), settings=settings)) == wanted


def test_a_rate_that_is_asked_for_is_the_one_after_the_head_steps():
    assert rates(fitted(Options(steps=540, rate=0.002)))[1] == (40, 0.002)


FOCAL = "model.ssd.loss.classification_loss.weighted_sigmoid_focal"


def objects(text=None, wishes=None):
    config = parse_pipeline(text or REAL.read_text())
    settings = ObjectSettings(head_steps=40)
    return configure_transfer(config, DATA, CHECKPOINT, wishes or Options(), settings, Unfrozen())


def test_a_network_of_the_zoo_learns_objects_head_first_with_its_batch_norm_held_fast():
    config = objects()
    assert config.model.ssd.freeze_batchnorm
    assert list(config.train_config.freeze_variables) == [FIRST_LAYERS]
    assert config.train_config.num_steps == OBJECT_STEPS
    assert rates(config)[:2] == [(0, 0.004), (40, 0.001)]


def test_objects_weigh_as_much_as_what_is_none_so_that_their_scores_rise():
    focal = objects().model.ssd.loss.classification_loss.weighted_sigmoid_focal
    assert (focal.alpha, focal.gamma) == (OBJECT_ALPHA, 2.0)
    by_hand = objects(wishes=Options(values=(f"{FOCAL}.alpha=0.375",)))
    assert by_hand.model.ssd.loss.classification_loss.weighted_sigmoid_focal.alpha == 0.375


@pytest.mark.parametrize("pictures, steps", [(20, 400), (130, 550), (1000, 2000)])
def test_objects_in_more_pictures_are_learnt_for_longer(pictures, steps):
    assert steps_for(pictures) == steps


def test_few_pictures_in_a_larger_input_take_fewer_steps_that_last_as_long():
    small = ObjectSizes(((20, 20),), (640, 640))
    assert [steps_for(pictures, small) for pictures in (20, 60, 130)] == [210, 250, 550]
    assert steps_for(20, small, Options(input_size=640)) == 400
    assert steps_for(20, small, Options(steps=77)) == 77


def steps_for(pictures, sizes=None, wishes=None):
    data = replace(DATA, pictures=pictures, objects=sizes or DATA.objects)
    given = wishes or Options(), ObjectSettings(), Unfrozen()
    fitted = configure_transfer(parse_pipeline(REAL.read_text()), data, CHECKPOINT, *given)
    return fitted.train_config.num_steps


def test_prediction_layers_that_are_taken_over_keep_their_anchors():
    start = parse_pipeline(REAL.read_text()).model.ssd.anchor_generator
    assert objects().model.ssd.anchor_generator == start


def test_objects_are_seen_in_the_size_that_the_data_ask_for_and_marks_as_they_are_drawn():
    def fit(config, *_):
        larger = parse_pipeline(REAL.read_text())
        larger.model.ssd.image_resizer.fixed_shape_resizer.height = 640
        return larger

    heights = []
    for settings in (ObjectSettings(), TransferSettings()):
        start = parse_pipeline(REAL.read_text())
        options = Options(), settings, Unfrozen(), fit
        fitted = configure_transfer(start, DATA, CHECKPOINT, *options)
        heights.append(fitted.model.ssd.image_resizer.fixed_shape_resizer.height)
    assert heights == [640, 320]


def test_pictures_that_are_drawn_are_not_cut_and_moved_once_more():
    assert not objects().train_config.data_augmentation_options
    kept = objects(wishes=Options(flip=True)).train_config.data_augmentation_options
    assert [one.WhichOneof("preprocessing_step") for one in kept] == ["random_horizontal_flip"]


def test_a_network_whose_prediction_layers_start_anew_keeps_its_own_rate_and_batch_norm():
    config = objects(zoo_configs.FASTER_RCNN)
    assert config.train_config.optimizer.WhichOneof("optimizer") == "momentum_optimizer"
    assert not config.train_config.freeze_variables


def test_values_set_by_hand_come_last():
    config = fitted(Options(values=("model.ssd.freeze_batchnorm=false",)))
    assert not config.model.ssd.freeze_batchnorm


@pytest.fixture
def marks(project):
    """A network in the workspace that knows a few classes."""
    folder = project.pre_trained_dir / "marks_of_mine"
    (folder / "checkpoint").mkdir(parents=True)
    (folder / "pipeline.config").write_text(SHIPPED.read_text())
    (folder / "checkpoint/ckpt-0.index").write_bytes(b"index")
    (folder / "model.json").write_text(json.dumps({"classes": ["1", "2", "A"]}))
    return folder


def configure(project, *options):
    return main(["configure", str(project.root), "--network", "marks_of_mine", *options])


def test_a_network_that_knows_classes_gets_its_help_written_down(project, marks, capsys):
    assert configure(project, "--composites", "300", "--tell-apart", "1") == 0
    folder = project.network_dir("marks_of_mine")
    assert read_transfer(folder) == TransferSettings(composites=300, tell_apart=1.0)
    out = capsys.readouterr().out
    assert "in transfer.yaml, what helps to learn from few pictures:" in out
    assert "composites  300" in out and "model.ssd.freeze_batchnorm" in out


def test_alone_it_is_trained_as_any_network(project, marks, capsys):
    assert configure(project) == 0
    assert configure(project, "--alone") == 0
    folder = project.network_dir("marks_of_mine")
    assert read_transfer(folder) is None
    assert (folder / f"{FILE}.before").is_file()
    assert not read_pipeline(folder / "pipeline.config").model.ssd.freeze_batchnorm


def test_json_tells_the_help_too(project, marks, capsys):
    assert configure(project, "--json", "--seed", "4") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["few_pictures"] == {"shows": "cubes", **vars(TransferSettings(seed=4))}


@pytest.mark.parametrize(
    "options, message",
    [
        (("--replay", "-1"), "parameter 'replay' is -1, must be from 0"),
        (("--alone", "--head-steps", "3"), "--head-steps means nothing with --alone"),
        (("--as-in-the-course", "--learn-batch-norm"), "--learn-batch-norm means nothing for"),
    ],
)
def test_a_wrong_option_is_one_line_and_writes_nothing(project, marks, capsys, options, message):
    assert configure(project, *options) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and message in err
    assert not project.network_dir("marks_of_mine").exists()


def test_a_network_that_tells_no_classes_gets_no_help(project, marks, capsys):
    (marks / "model.json").unlink()
    assert configure(project, "--composites", "3") == 1
    assert "--composites means nothing for marks_of_mine" in capsys.readouterr().err
    assert configure(project) == 0
    assert read_transfer(project.network_dir("marks_of_mine")) is None
