"""Drawn scenes know each face's pixels, and draw the same picture whether they are asked or not."""

import numpy as np
import pytest

from tod_ros.scene import draw_scene


@pytest.mark.parametrize("family", ["painted", "lit"])
def test_masks_change_no_pixel_of_the_picture(family):
    plain = draw_scene(4, family=family, difficulty="full")
    masked = draw_scene(4, family=family, difficulty="full", masks=True)
    assert (plain.image == masked.image).all()
    assert [box.xyxy for box in plain.boxes] == [box.xyxy for box in masked.boxes]
    assert all(box.mask is None for box in plain.boxes)


@pytest.mark.parametrize("family", ["painted", "lit"])
def test_a_mask_fills_its_box_as_a_face_does_and_no_pixel_is_of_two(family):
    for seed in range(12):
        scene = draw_scene(seed, size_wh=(320, 240), family=family, masks=True)
        owners = np.zeros((240, 320), int)
        for box in scene.boxes:
            pixels = box.mask.pixels()
            owners += pixels
            assert np.abs(np.subtract(box.mask.xyxy, box.xyxy)).max() <= 4
            area = (box.xmax - box.xmin) * (box.ymax - box.ymin)
            assert 0.45 * area < box.mask.area <= 1.35 * area
        assert owners.max(initial=0) <= 1


def test_a_cube_in_front_hides_part_of_the_face_behind():
    hidden = 0
    for seed in range(60):
        for box in draw_scene(seed, size_wh=(320, 240), difficulty="full", masks=True).boxes:
            _, xs = np.nonzero(box.mask.pixels())
            hidden += xs.min() > box.xmin + 2 or xs.max() < box.xmax - 3
    assert hidden  # 0.97 of a mark is to be seen, of its face 0.7
