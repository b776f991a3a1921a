"""What helps which start: marks, objects or nothing, and why."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import zoo_configs

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.project import Project
from tod_ros.images.image_file import write_image
from tod_ros.pipeline.config_file import parse_pipeline, read_pipeline
from tod_ros.pipeline.starting_point import StartingPoint
from tod_ros.scene.compose import draw_scene
from tod_ros.shipped import shipped
from tod_ros.training.transfer.choosing import FEW, MORE, choose_help
from tod_ros.training.transfer.settings import ObjectSettings, TransferSettings

REAL = Path(__file__).parents[4] / "tools/real_network.config"


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work/objects")
    project.images_dir("train").mkdir(parents=True)
    return project


def show_balls(project, count=1):
    image = np.full((120, 160, 3), 150, np.uint8)
    cv2.circle(image, (80, 60), 30, (40, 60, 160), -1)
    show(project, image, [Box("ball", 50, 30, 110, 90)], count)


def show_cubes(project):
    scene = draw_scene(1, ["one", "two"], cubes=3)
    show(project, scene.image, scene.boxes)


def show(project, image, boxes, count=1):
    for number in range(count):
        path = project.images_dir("train") / f"{number}.png"
        write_image(path, image)
        write_voc(path.with_suffix(".xml"), Annotation(path.name, image.shape[1::-1], tuple(boxes)))


def start(project, name, config, classes=()):
    folder = project.pre_trained_dir / name
    (folder / "checkpoint").mkdir(parents=True)
    (folder / "pipeline.config").write_text(config)
    (folder / "checkpoint/ckpt-0.index").write_bytes(b"index")
    if classes:
        (folder / "model.json").write_text(json.dumps({"classes": classes}))
    return StartingPoint(folder / "pipeline.config", folder / "checkpoint/ckpt-0")


def zoo_network(project):
    return start(project, "hands", zoo_configs.SSD)


def marks(project):
    config = shipped("config", "pipelines", "cube_faces.config").read_text()
    return start(project, "marks", config, ["1", "2"])


def chosen(project, beginning, **given):
    return choose_help(project, beginning, read_pipeline(beginning.config), given)


def test_few_pictures_of_anything_are_shown_anew_and_pasted(project):
    show_balls(project)
    choice = chosen(project, zoo_network(project), pasted=7)
    assert choice.settings == ObjectSettings(pasted=7)
    assert "1 pictures to learn from are few" in choice.reasons[0]


def test_more_pictures_are_few_where_the_prediction_layers_are_taken_over(project):
    show_balls(project, 100)
    beginning = start(project, "hands", REAL.read_text())
    settings = chosen(project, beginning).settings
    assert settings == ObjectSettings(captures=300)  # each three times
    assert chosen(project, beginning, captures=9, pasted=0).settings.captures == 9
    show_balls(project, MORE + 1)
    assert chosen(project, beginning).settings is None


def test_many_pictures_are_enough_unless_more_are_asked_for(project):
    show_balls(project, FEW + 1)
    beginning = zoo_network(project)
    assert chosen(project, beginning).settings is None
    assert chosen(project, beginning, pasted=9).settings == ObjectSettings(pasted=9)


def test_marks_on_cubes_are_drawn_where_the_start_knows_some(project):
    show_cubes(project)
    choice = chosen(project, marks(project), replay=5)
    assert choice.settings == TransferSettings(replay=5) and not choice.reasons


def test_a_start_of_marks_says_that_balls_are_none_and_names_a_better_one(project):
    show_balls(project)
    choice = chosen(project, marks(project))
    assert choice.settings == ObjectSettings()
    assert "no marks on cubes" in choice.reasons[0]
    assert choice.reasons[1].startswith("a better start: `tod zoo get ssd_mobilenet_v2")
    zoo_network(project)
    assert chosen(project, marks_again(project)).reasons[1] == "a better start: --network hands"


def marks_again(project):
    folder = project.pre_trained_dir / "marks"
    return StartingPoint(folder / "pipeline.config", folder / "checkpoint/ckpt-0")


def test_without_pictures_or_without_a_checkpoint_nothing_helps(project):
    assert chosen(project, zoo_network(project)).settings is None
    show_balls(project)
    config = parse_pipeline("model { ssd {} }")
    assert choose_help(project, StartingPoint(project.root), config, {}).settings is None
