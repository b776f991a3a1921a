"""Faces of cubes fill their boxes to the corners; other objects do not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.samples import read_samples
from tod_ros.images.image_file import write_image
from tod_ros.scene.compose import draw_scene
from tod_ros.training.transfer.face_look import look_like_faces


def in_a_folder(folder, image, boxes):
    write_image(folder / "a.png", image)
    write_voc(folder / "a.xml", Annotation("a.png", image.shape[1::-1], tuple(boxes)))
    return read_samples(folder).good


@pytest.mark.parametrize("seed", range(4))
def test_drawn_faces_look_like_faces_even_in_hard_pictures(tmp_path, seed):
    scene = draw_scene(seed, ["one", "two"], cubes=4, difficulty="full")
    assert look_like_faces(in_a_folder(tmp_path, scene.image, scene.boxes)) is True


def test_balls_do_not(tmp_path):
    image = np.random.default_rng(0).integers(150, 160, (240, 320, 3), np.uint8)
    boxes = []
    for x in (60, 160, 260):
        cv2.circle(image, (x, 120), 30, (40, 60, 160), -1)
        boxes.append(Box("ball", x - 30, 90, x + 30, 150))
    assert look_like_faces(in_a_folder(tmp_path, image, boxes)) is False


def test_without_boxes_nobody_knows(tmp_path):
    assert look_like_faces(in_a_folder(tmp_path, np.zeros((9, 9, 3), np.uint8), [])) is None


def test_the_real_pictures_of_the_tests_are_faces():
    frames = Path(__file__).parents[3] / "data"
    found = [folder for folder in sorted(frames.rglob("*")) if folder.is_dir()]
    judged = [look_like_faces(read_samples(folder).good) for folder in found]
    assert False not in judged
