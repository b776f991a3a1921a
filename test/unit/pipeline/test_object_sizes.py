"""How large objects are, whatever the size of their pictures."""

import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.pipeline.object_sizes import sizes_in


def annotated(size_wh, *boxes_wh):
    boxes = tuple(Box("one", 3, 5, 3 + width, 5 + height) for width, height in boxes_wh)
    return Annotation("a.png", size_wh, boxes)


def test_sizes_are_told_in_pixels_of_the_input():
    objects = sizes_in([annotated((640, 480), (64, 48), (20, 96))])
    assert objects.at((240, 320)).tolist() == [[32, 24], [10, 48]]
    assert objects.share_under(16, (240, 320)) == 0.5
    assert objects.share_under(16, (480, 640)) == 0


def test_a_picture_of_another_size_counts_as_the_network_shows_it():
    objects = sizes_in([annotated((640, 480), (64, 48)), annotated((320, 240), (32, 24))])
    assert objects.sizes_wh == ((64, 48), (64, 48)) and objects.picture_wh == (640, 480)


@pytest.mark.parametrize("annotations", [[], [annotated((640, 480))], [annotated((0, 0), (3, 4))]])
def test_pictures_without_objects_or_size_tell_nothing(annotations):
    assert sizes_in(annotations).sizes_wh == ()
