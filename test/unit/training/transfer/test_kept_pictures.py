import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.samples import read_samples
from tod_ros.images.image_file import write_image
from tod_ros.training.transfer.kept_pictures import read_reduced

SIZE_WH = (320, 160)


@pytest.fixture
def sample(tmp_path):
    write_image(tmp_path / "a.png", np.full((480, 960, 3), 150, np.uint8))
    box = Box("ball", 60, 120, 130, 200)
    write_voc(tmp_path / "a.xml", Annotation("a.png", (960, 480), (box,)))
    return read_samples(tmp_path).good[0]


def test_a_large_picture_is_reduced_and_its_boxes_with_it(sample):
    image, (box,) = read_reduced(sample, SIZE_WH, 1.4)
    assert image.shape[:2] == (224, 448)
    assert box.xmin == pytest.approx(60 * 448 / 960)
    assert box.ymax == pytest.approx(200 * 224 / 480)


def test_a_picture_that_may_be_shown_as_large_as_it_is_stays_as_it_is_and_is_read_once(sample):
    image, (box,) = read_reduced(sample, SIZE_WH, 3.0)
    assert image.shape[:2] == (480, 960) and (box.xmin, box.ymax) == (60, 200)
    assert read_reduced(sample, SIZE_WH, 3.0)[0] is image
