"""Masks that lie in their boxes become pixels of the picture, whatever it is shown as."""

import json

import numpy as np
import pytest

from tod_ros.dataset.label_map import LabelMap
from tod_ros.detection import Detection
from tod_ros.images.drawing import COLOURS_BGR, draw_detections
from tod_ros.inference.batch import PictureResult
from tod_ros.inference.detector import Detector
from tod_ros.inference.looks import detect_in_looks
from tod_ros.inference.masks import placed
from tod_ros.inference.network import Network, Raw
from tod_ros.mask import from_pixels, from_text, iou

LABELS = LabelMap.from_names(["one", "two"])


def ellipse(across=28, down=28):
    y, x = np.mgrid[-1 : 1 : down * 1j, -1 : 1 : across * 1j]
    return (x * x + y * y < 1).astype(np.float32)


def true_ellipse(xyxy, size_wh):
    xmin, ymin, xmax, ymax = xyxy
    y, x = np.mgrid[0 : size_wh[1], 0 : size_wh[0]] + 0.5
    u, v = (2 * x - xmin - xmax) / (xmax - xmin), (2 * y - ymin - ymax) / (ymax - ymin)
    return u * u + v * v < 1


def raw(boxes_xyxy, size_wh, masks, scores=None):
    width, height = size_wh
    boxes = np.array(
        [[y0 / height, x0 / width, y1 / height, x1 / width] for x0, y0, x1, y1 in boxes_xyxy]
    )
    labels = np.arange(len(boxes)) % 2 + 1
    return Raw(boxes, labels, np.array(scores or [0.9] * len(boxes)), masks=np.array(masks))


def detector(answer, **more):
    return Detector(LABELS, "tensorflow", Network(lambda bgr: answer), "a test", **more)


@pytest.mark.parametrize("xyxy", [(40, 30, 140, 90), (3, 2, 17, 120), (0, 0, 200, 150)])
def test_a_mask_fills_its_box_as_it_filled_its_points(xyxy):
    box = [xyxy[1] / 150, xyxy[0] / 200, xyxy[3] / 150, xyxy[2] / 200]
    mask = placed(ellipse(), box, (200, 150), (200, 150))
    assert mask.size_wh == (200, 150)
    assert iou(mask.pixels(), true_ellipse(xyxy, (200, 150))) > 0.9


@pytest.mark.parametrize("box", [[-0.2, -0.1, 0.5, 0.4], [0.6, 0.7, 1.3, 1.2], [2, 2, 3, 3]])
def test_a_box_beyond_the_border_gives_what_is_inside(box):
    mask = placed(np.ones((28, 28)), box, (200, 150), (200, 150))
    xmin, ymin, xmax, ymax = (
        int(np.clip(round(side * size), 0, size))
        for side, size in ((box[1], 200), (box[0], 150), (box[3], 200), (box[2], 150))
    )
    assert mask.area == (xmax - xmin) * (ymax - ymin)


def test_a_detection_brings_its_own_mask_along():
    boxes = [(10, 10, 60, 60), (100, 20, 180, 140)]
    answer = raw(boxes, (200, 150), [np.zeros((28, 28)), np.ones((28, 28))], [0.6, 0.9])
    found = detector(answer).detect(np.zeros((150, 200, 3), np.uint8))
    assert [d.name for d in found] == ["two", "one"]
    assert [d.mask.area for d in found] == [80 * 120, 0]


def test_a_picture_that_is_averaged_down_gets_masks_of_its_own_size():
    answer = raw([(10, 10, 60, 60)], (200, 150), [np.ones((28, 28))])
    found = detector(answer, learnt_from_wh=(100, 75)).detect(np.zeros((150, 200, 3), np.uint8))
    assert found[0].mask.size_wh == (200, 150)
    assert found[0].mask.xyxy == (10, 10, 60, 60)


def test_a_network_without_masks_gives_none():
    answer = Raw(np.array([[0.1, 0.1, 0.5, 0.5]]), np.array([1]), np.array([0.9]))
    (found,) = detector(answer).detect(np.zeros((150, 200, 3), np.uint8))
    assert found.mask is None
    assert "masks" not in PictureResult("a.png", (found,)).to_json()


def test_several_looks_keep_a_mask_where_the_object_is():
    def detect(bgr, min_score):
        ys, xs = np.nonzero(bgr[..., 0] > 100)
        xyxy = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        mask = from_pixels(bgr[..., 0] > 100)
        return [Detection(1, "one", 0.9, *map(float, xyxy), mask=mask)]

    picture = np.zeros((240, 320, 3), np.uint8)
    picture[60:130, 90:170] = 200
    (found,) = detect_in_looks(detect, picture, 3, 0.5, 0.1)
    assert iou(found.mask.pixels(), picture[..., 0] > 100) > 0.95


def test_json_holds_cocos_run_lengths():
    pixels = true_ellipse((10, 10, 60, 60), (200, 150))
    one = Detection(1, "one", 0.9, 10, 10, 60, 60, mask=from_pixels(pixels))
    bare = Detection(2, "two", 0.8, 100, 10, 160, 60)
    told = json.loads(json.dumps(PictureResult("a.png", (one, bare)).to_json()))
    assert told["masks"][1] is None
    assert told["masks"][0]["size"] == [150, 200]
    assert (from_text((200, 150), told["masks"][0]["counts"]).pixels() == pixels).all()


def test_a_drawn_mask_is_seen_through_and_ends_where_it_ends():
    pixels = np.zeros((150, 200), bool)
    pixels[40:80, 30:90] = True
    bgr = np.full((150, 200, 3), 100, np.uint8)
    one = Detection(1, "one", 0.9, 20, 30, 100, 120, mask=from_pixels(pixels))
    drawn = draw_detections(bgr, [one])
    inside, outside = drawn[60, 60], drawn[100, 60]
    assert (outside == 100).all()
    assert (np.sign(inside.astype(int) - 100) == np.sign(np.array(COLOURS_BGR[0]) - 100)).all()
    assert (bgr == 100).all()
    small = draw_detections(bgr[:50], [one])  # of another picture: not drawn
    assert (small[45, 60] == 100).all()
