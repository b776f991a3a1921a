"""Pictures of any objects: each kind in the network's size, with boxes that hold their objects."""

import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.samples import read_samples
from tod_ros.images.image_file import write_image
from tod_ros.training.transfer.object_pictures import KINDS, object_pictures
from tod_ros.training.transfer.preparation import objects_in_words
from tod_ros.training.transfer.settings import ObjectSettings

SIZE_WH = (320, 160)
COLOURS = {"ball": (30, 30, 200), "block": (200, 60, 30)}


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    """Two large pictures of coloured squares on a grey floor, and their samples."""
    folder = tmp_path_factory.mktemp("captures")
    for number in range(2):
        image = np.full((480, 960, 3), 150, np.uint8)
        boxes = []
        for place, (name, colour) in enumerate([*COLOURS.items()] * 3):
            box = Box(
                name, 60 + 140 * place, 120 + 60 * number, 130 + 140 * place, 200 + 60 * number
            )
            image[int(box.ymin) : int(box.ymax), int(box.xmin) : int(box.xmax)] = colour
            boxes.append(box)
        write_image(folder / f"{number}.png", image)
        write_voc(folder / f"{number}.xml", Annotation(f"{number}.png", (960, 480), tuple(boxes)))
    return read_samples(folder).good


@pytest.fixture(scope="module")
def pictures(captures):
    return object_pictures(tuple(COLOURS), captures, ObjectSettings(seed=3), SIZE_WH)


@pytest.mark.parametrize("kind", KINDS)
def test_every_box_holds_an_object_of_its_class(kind, pictures):
    scenes = [pictures.draw(kind, number) for number in range(6)]
    assert all(scene.image.shape == (160, 320, 3) for scene in scenes)
    assert {box.name for scene in scenes for box in scene.boxes} == set(COLOURS)
    for scene in scenes:
        for box in scene.boxes:
            middle = scene.image[int((box.ymin + box.ymax) / 2), int((box.xmin + box.xmax) / 2)]
            assert (int(middle[2]) > int(middle[0])) is (box.name == "ball"), box


def test_the_same_number_gives_the_same_picture_and_another_one_another(pictures):
    first, again, other = (pictures.draw("pasted", number) for number in (1, 1, 3))
    assert first.image.tobytes() == again.image.tobytes() and first.boxes == again.boxes
    assert first.image.tobytes() != other.image.tobytes()


def test_pasted_pictures_and_mosaics_show_more_objects(pictures):
    counts = {
        kind: np.mean([len(pictures.draw(kind, number).boxes) for number in range(8)])
        for kind in ("captures", "pasted")
    }
    assert counts["pasted"] > counts["captures"] + 1


def test_a_kind_without_material_has_no_pictures(captures):
    settings = ObjectSettings(captures=3, pasted=2, mosaics=0)
    make = lambda samples: object_pictures(tuple(COLOURS), samples, settings, SIZE_WH)  # noqa: E731
    assert make(captures).counts() == {"captures": 3, "pasted": 2}
    assert make([]).counts() == {}


def test_grey_pictures_stay_grey(tmp_path):
    rng = np.random.default_rng(1)
    grey = rng.integers(0, 255, (160, 320, 1), np.uint8).repeat(3, axis=2)
    write_image(tmp_path / "a.png", grey)
    box = Box("ball", 40, 40, 90, 90)
    write_voc(tmp_path / "a.xml", Annotation("a.png", SIZE_WH, (box,)))
    samples = read_samples(tmp_path).good
    made = object_pictures(("ball",), samples, ObjectSettings(), SIZE_WH)
    for number in range(5):
        image = made.draw("captures", number).image
        assert np.ptp(image, axis=2).max() == 0


def test_it_is_told_what_is_cut_out_and_what_cannot_be(captures):
    made = object_pictures((*COLOURS, "star"), captures, ObjectSettings(), SIZE_WH)
    assert objects_in_words(made) == [
        "cut out: 6 ball, 6 block",
        "not pasted, for none of them is whole: star",
        "objects hide each other up to 0%, as in the data",
    ]
