"""Four annotated captures of two classes, one of which nobody knows, and the plan for them."""

import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.samples import read_samples
from tod_ros.images.image_file import write_image
from tod_ros.scene.compose import draw_scene
from tod_ros.training.transfer.captured_faces import captured_faces
from tod_ros.training.transfer.plan import make_plan

KNOWN = ("1", "2", "A", "S", "5", "star", "heart", "plus", "7", "8", "9", "0")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("captures")
    for seed in range(4):
        scene = draw_scene(seed, ["one", "heart"], cubes=3, place=1, writer=1)
        boxes = [Box("mine" if b.name == "heart" else b.name, *b.xyxy) for b in scene.boxes]
        write_image(folder / f"{seed}.png", scene.image)
        write_voc(folder / f"{seed}.xml", Annotation(f"{seed}.png", (640, 480), tuple(boxes)))
    return read_samples(folder).good


@pytest.fixture(scope="module")
def plan(samples):
    return make_plan(("one", "mine"), captured_faces(samples, ("one", "mine")), KNOWN)
