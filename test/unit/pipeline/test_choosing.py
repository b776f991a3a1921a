"""What `tod configure` chooses from the data, for every architecture of the zoo."""

from dataclasses import replace

import pytest
import zoo_configs
from projects import CHECKPOINT, DATA

from tod_ros.errors import SettingError
from tod_ros.pipeline.batch_norms import batch_norms, learn_batch_norms
from tod_ros.pipeline.choosing import fit_to_data
from tod_ros.pipeline.config_file import architecture_name, input_size_hw, parse_pipeline
from tod_ros.pipeline.configuring import Options, configure
from tod_ros.pipeline.consequences import consequences
from tod_ros.pipeline.learning_rate import base_rate
from tod_ros.pipeline.object_sizes import ObjectSizes

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)

every_architecture = pytest.mark.parametrize("name", sorted(zoo_configs.ALL))
SMALL = ObjectSizes(tuple((w, w * 1.3) for w in (18, 24, 30, 36)), (640, 640))
LARGE = ObjectSizes(((200, 220), (320, 300)), (640, 640))
FPNLITE = zoo_configs.SSD.replace(
    "post_processing",
    """anchor_generator { multiscale_anchor_generator { min_level: 3 max_level: 7 anchor_scale: 4
         aspect_ratios: 1 aspect_ratios: 2 aspect_ratios: 0.5 scales_per_octave: 2 } }
       matcher { argmax_matcher { matched_threshold: 0.7 unmatched_threshold: 0.7 } }
       box_predictor { weight_shared_convolutional_box_predictor { conv_hyperparams {
         batch_norm { decay: 0.997 } } } } post_processing""",
)


def fitted(text, objects=SMALL, wishes=None, pictures=130, checkpoint=CHECKPOINT):
    data = replace(DATA, pictures=pictures, objects=objects)
    return fit_to_data(parse_pipeline(text), data, checkpoint, wishes or Options())


def line(choices, word):
    return next(choice for choice in choices if choice.startswith(f"{word}:"))


def test_small_objects_enlarge_the_input_and_the_reason_says_how_small_they_would_be():
    small = fitted(FPNLITE)
    assert input_size_hw(small.config) == (896, 896)
    why = "at 320x320 that would be 100% of them; a picture takes about 8 times as long as there"
    assert why in line(small.choices, "input")
    assert input_size_hw(fitted(FPNLITE, LARGE).config) == (320, 320)


def test_an_input_grows_no_further_than_the_objects_need():
    middling = ObjectSizes(((36, 40), (40, 40)), (640, 640))
    assert input_size_hw(fitted(FPNLITE, middling).config) == (448, 448)


@pytest.mark.parametrize("picture, wanted", [(200, 320), (320, 448), (640, 896)])
def test_an_input_is_never_much_larger_than_the_pictures(picture, wanted):
    tiny = ObjectSizes(((4, 4),), (picture, picture))
    found = fitted(FPNLITE, tiny)
    assert input_size_hw(found.config) == (wanted, wanted)
    no_larger = "the pictures themselves are no larger" in line(found.choices, "input")
    assert no_larger == (wanted == 320)


@every_architecture
def test_an_input_that_is_asked_for_is_taken(name):
    found = fitted(zoo_configs.ALL[name], wishes=Options(input_size=384))
    assert max(input_size_hw(found.config)) == 384
    assert line(found.choices, "input").startswith("input: 384x384;")


@pytest.mark.parametrize(
    "name, wanted", [("ssd", 100), ("centernet", 320), ("efficientdet", 128), ("ssd", 4096)]
)
def test_an_input_that_does_not_fit_the_feature_maps_is_refused(name, wanted):
    with pytest.raises(SettingError, match=f"--input is {wanted}, must be a multiple of"):
        fitted(zoo_configs.ALL[name], wishes=Options(input_size=wanted))


@every_architecture
def test_every_choice_is_one_line_with_a_reason(name):
    for choice in fitted(zoo_configs.ALL[name]).choices:
        what, _, reason = choice.partition(": ")
        assert what and reason and "\n" not in choice


@pytest.mark.parametrize("pictures, steps", [(20, 400), (130, 1050), (100000, 5000)])
def test_steps_follow_the_number_of_pictures(pictures, steps):
    assert fitted(FPNLITE, pictures=pictures).config.train_config.num_steps == steps


def test_the_network_of_the_course_keeps_the_steps_of_the_course():
    assert fitted(zoo_configs.FASTER_RCNN).config.train_config.num_steps == 1000


def test_what_is_asked_for_is_taken_and_said():
    found = fitted(FPNLITE, wishes=Options(steps=300, batch_size=2, rate=0.007))
    train = found.config.train_config
    assert (train.num_steps, train.batch_size) == (300, 2)
    assert base_rate(train.optimizer) == pytest.approx(0.007)
    assert all("as asked for" in line(found.choices, what) for what in ("batch", "steps", "rate"))
    assert "fits" in line(
        fitted(FPNLITE, wishes=Options(steps=300, why_steps="what fits")).choices, "steps"
    )


def test_the_decay_of_batch_norms_fits_the_steps():
    decays = {
        steps: next(batch_norms(fitted(FPNLITE, wishes=Options(steps=steps)).config.model)).decay
        for steps in (300, 1000, 10**6)
    }
    assert decays == {
        300: pytest.approx(0.9),
        1000: pytest.approx(0.95),
        10**6: pytest.approx(0.997),
    }


def test_the_first_layers_are_held_unless_they_shall_learn():
    found = fitted(FPNLITE)
    assert len(found.config.train_config.freeze_variables) == 1
    assert "three quarters" in line(found.choices, "first layers")
    learnt = fitted(FPNLITE, wishes=Options(learn_first_layers=True))
    assert not learnt.config.train_config.freeze_variables


def test_anchors_and_matching_fit_the_objects():
    small = ObjectSizes(tuple((w, w * 1.3) for w in (9, 12, 15, 18)), (320, 320))
    network = fitted(FPNLITE, small).config.model.ssd
    generator = network.anchor_generator.multiscale_anchor_generator
    assert generator.anchor_scale < 4 and len(generator.aspect_ratios) == 1
    assert network.matcher.argmax_matcher.matched_threshold < 0.7
    assert network.matcher.argmax_matcher.force_match_for_each_row


def test_pictures_that_are_not_cropped_are_shown_brighter_and_darker():
    own = FPNLITE.replace("data_augmentation_options { random_crop_image { min_area: 0.75 } }", "")
    kinds = [
        option.WhichOneof("preprocessing_step")
        for option in fitted(own).config.train_config.data_augmentation_options
    ]
    assert kinds == ["random_adjust_brightness", "random_adjust_contrast"]


def test_what_learns_from_scratch_stays_as_its_template_has_it():
    found = fitted(FPNLITE, checkpoint=None)
    data = replace(DATA, pictures=130)
    assert found.config == configure(parse_pipeline(FPNLITE), data, None, Options())
    assert found.choices == ()
    larger = fitted(FPNLITE, checkpoint=None, wishes=Options(input_size=640))
    assert input_size_hw(larger.config) == (640, 640)


def test_what_will_come_of_the_courses_own_values_is_said():
    config = parse_pipeline(FPNLITE)
    config.train_config.num_steps, config.train_config.batch_size = 1000, 1
    said = "\n".join(consequences(config))
    for words in (
        "the rate rises for 2000 steps and falls until step 50000",
        "1 picture(s) a step",
        "a decay of 0.997: after 1000 steps",
        "random_horizontal_flip: mirrored or turned digits",
    ):
        assert words in said
    assert consequences(fitted(FPNLITE).config) == []


@every_architecture
def test_the_batch_norms_of_faster_rcnn_and_those_that_a_config_freezes_do_not_learn(name):
    config = parse_pipeline(zoo_configs.ALL[name])
    assert learn_batch_norms(config) == (name not in ("faster_rcnn", "mask_rcnn"))
    if architecture_name(config) == "ssd":
        config.model.ssd.freeze_batchnorm = True
        assert not learn_batch_norms(config)
