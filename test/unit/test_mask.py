"""Which pixels are an object's, as COCO's run lengths; pycocotools is asked where it is there."""

import numpy as np
import pytest

from tod_ros.mask import MOST_TEXT, Mask, from_pixels, from_runs, from_text, iou

RNG = np.random.default_rng(5)
PICTURES = {
    "a corner": np.array([[1, 1, 0], [0, 1, 0]], bool),
    "nothing": np.zeros((3, 4), bool),
    "everything": np.ones((4, 3), bool),
    "noise": RNG.random((37, 53)) < 0.3,
    "a long run": np.arange(40_000).reshape(200, 200) > 33_000,
}
every_picture = pytest.mark.parametrize("pixels", PICTURES.values(), ids=list(PICTURES))


@every_picture
def test_pixels_come_back_from_runs_and_from_text(pixels):
    mask = from_pixels(pixels)
    assert (mask.pixels() == pixels).all()
    assert from_text(mask.size_wh, mask.to_text()) == mask
    assert mask.area == pixels.sum()


@every_picture
def test_the_box_around_a_mask_is_that_of_its_pixels(pixels):
    ys, xs = np.nonzero(pixels)
    expected = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(xs) else (0, 0, 0, 0)
    assert from_pixels(pixels).xyxy == expected


@every_picture
def test_the_text_is_cocos_own(pixels):
    coco = pytest.importorskip("pycocotools.mask")
    encoded = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
    assert from_pixels(pixels).to_text() == encoded["counts"].decode()


@pytest.mark.parametrize(
    "text, fault",
    [
        ("", "0 pixels"),
        ("5", "5 pixels"),
        ("\n", "no text of run lengths"),
        ("é", "no text of run lengths"),
        ("o" * 9, "no text of run lengths"),
        ("o", "cut short"),
        ("P1", "32 pixels"),
        ("11O", "no number of pixels"),
        ("1" * (MOST_TEXT + 1), "letters long"),
        ("oooooo?", "pixels"),
    ],
)
def test_a_text_that_is_no_mask_of_the_picture_is_refused(text, fault):
    with pytest.raises(ValueError, match=fault):
        from_text((4, 3), text)


@pytest.mark.parametrize("runs", [[12.0], [True, 11], [-1, 13], ["12"], [13], []])
def test_runs_that_do_not_fill_the_picture_are_refused(runs):
    with pytest.raises(ValueError):
        from_runs((4, 3), runs)


def test_the_overlap_of_two_masks():
    left, right = np.zeros((2, 4), bool), np.zeros((2, 4), bool)
    left[:, :3], right[:, 1:] = True, True
    assert iou(left, right) == 0.5
    assert iou(np.zeros((2, 4), bool), np.zeros((2, 4), bool)) == 0.0


def test_masks_are_values():
    assert Mask((4, 3), (4, 2, 6)) == from_runs((4, 3), [4, 2, 6])
