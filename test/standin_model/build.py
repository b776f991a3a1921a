#!/usr/bin/env python3
"""build.py FOLDER: writes a model folder that reads the plain drawn cubes; needs no training.

A stand-in until the shipped detector exists: a SavedModel made of image operations, with the
outputs of the Object Detection API. It looks for ink that is surrounded by paper, and compares it
with written digits. Does nothing if the folder is complete already.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import List, Tuple

import numpy as np

if __name__ == "__main__" and Path(sys.argv[1], "saved_model", "saved_model.pb").is_file():
    sys.exit(0)  # before TensorFlow is imported, which takes seconds

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf

from tod_ros.labels import LabelMap, write_label_map
from tod_ros.scene import draw_scene

CLASSES = ("one", "two")
SIZE_HW = (240, 320)
GLYPH = 20
MOST = 100
LARGEST_DISTANCE = 0.16  # share of a glyph's pixels that differ from the nearest written digit


def find_ink(rgb: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    """Ink surrounded by paper: boxes [N,4] as ymin,xmin,ymax,xmax in 0..1, glyphs [N,GLYPH**2]."""
    grey = tf.reduce_mean(tf.image.resize(tf.cast(rgb, tf.float32), SIZE_HW), axis=-1)[..., None]
    paper = tf.nn.max_pool2d(grey[None], 25, 1, "SAME")[0]
    ink = tf.cast((grey < 0.55 * paper) & (paper > 110.0), tf.float32)
    numbers = tf.reshape(tf.range(1.0, SIZE_HW[0] * SIZE_HW[1] + 1), (*SIZE_HW, 1))

    def spread(blobs, _changed):
        wider = tf.nn.max_pool2d(blobs[None], 3, 1, "SAME")[0] * ink
        return wider, tf.reduce_any(wider != blobs)

    blobs, _ = tf.while_loop(
        lambda _, changed: changed, spread, (numbers * ink, True), maximum_iterations=400
    )
    where = tf.where(blobs[..., 0] > 0)
    _, which = tf.unique(tf.gather_nd(blobs[..., 0], where))
    count = tf.reduce_max(tf.concat([which, [-1]], 0)) + 1
    at = tf.cast(where, tf.float32)
    low = tf.math.unsorted_segment_min(at, which, count)
    high = tf.math.unsorted_segment_max(at, which, count) + 1.0
    pixels = tf.math.unsorted_segment_sum(tf.ones_like(at[:, 0]), which, count)
    height, width = tf.unstack(high - low, axis=1)
    fits = (height > 10) & (height < 110) & (width < 1.3 * height) & (pixels > 15)
    low, high = tf.boolean_mask(low, fits), tf.boolean_mask(high, fits)
    return _on_paper(ink, low, high)


def _on_paper(ink: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    size = tf.constant(SIZE_HW, tf.float32)
    middle, half = (low + high) / 2, tf.reduce_max(high - low, axis=1, keepdims=True) / 2
    square = tf.concat([(middle - half) / size, (middle + half) / size], 1)
    none = tf.zeros(tf.shape(square)[:1], tf.int32)
    corners = square - tf.concat([0.5 / size, 0.5 / size], 0)
    glyphs = tf.image.crop_and_resize(ink[None], corners, none, (GLYPH, GLYPH))
    margin = 0.1 * tf.tile(half / size, [1, 2]) * [-1.0, -1.0, 1.0, 1.0]
    tight = tf.concat([low / size, high / size], 1)
    around = tf.image.crop_and_resize(ink[None], tight + margin, none, (GLYPH, GLYPH))
    inside = tf.reduce_mean(around[:, 1:-1, 1:-1], [1, 2, 3])
    edge = tf.reduce_mean(around, [1, 2, 3]) * GLYPH**2 - inside * (GLYPH - 2) ** 2
    free = edge < 6
    face = 1.75 * half / size
    boxes = tf.concat([middle / size - face, middle / size + face], 1)
    return tf.boolean_mask(boxes, free), tf.boolean_mask(
        tf.reshape(glyphs, (-1, GLYPH * GLYPH)), free
    )


class DigitReader(tf.Module):
    """The detector; `glyphs` [M,GLYPH**2] are written digits, `classes` [M] what they mean."""

    def __init__(self, glyphs: np.ndarray, classes: np.ndarray):
        super().__init__()
        self.glyphs = tf.constant(glyphs, tf.float32)
        self.classes = tf.constant(classes, tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3], tf.uint8, "input_tensor")])
    def detect(self, input_tensor):
        boxes, glyphs = find_ink(input_tensor[0])
        differences = tf.abs(glyphs[:, None] - self.glyphs[None])
        distances = tf.reduce_mean(differences, axis=-1)
        nearest = tf.argmin(distances, axis=1)
        distance = tf.reduce_min(distances, axis=1)
        scores = tf.clip_by_value(1.0 - 0.5 * distance / LARGEST_DISTANCE, 0.0, 1.0)
        order = tf.argsort(scores, direction="DESCENDING")[:MOST]
        count = tf.shape(order)[0]

        def padded(values, fill):
            pad = [[0, MOST - count]] + [[0, 0]] * (len(values.shape) - 1)
            filled = tf.pad(tf.gather(values, order), pad, constant_values=fill)
            return tf.ensure_shape(filled, [MOST, *values.shape[1:]])[None]

        return {
            "detection_boxes": padded(tf.clip_by_value(boxes, 0.0, 1.0), 0.0),
            "detection_classes": padded(tf.gather(self.classes, nearest), 1.0),
            "detection_scores": padded(scores, 0.0),
            "num_detections": tf.cast(count, tf.float32)[None],
            "raw_detection_scores": tf.one_hot(
                tf.cast(padded(tf.gather(self.classes, nearest), 1.0), tf.int32), 3
            ),
        }


def written_digits(scenes: int) -> Tuple[np.ndarray, np.ndarray]:
    """Glyphs as `find_ink` sees them in drawn scenes, and their classes."""
    find = tf.function(find_ink, input_signature=[tf.TensorSpec([None, None, 3], tf.uint8)])
    glyphs: List[np.ndarray] = []
    classes: List[int] = []
    for seed in range(1_000_000, 1_000_000 + scenes):
        scene = draw_scene(seed, CLASSES, difficulty="plain")
        boxes, seen = (found.numpy() for found in find(scene.image[..., ::-1]))
        height, width = scene.image.shape[:2]
        for (ymin, xmin, ymax, xmax), glyph in zip(boxes, seen):
            x, y = (xmin + xmax) / 2 * width, (ymin + ymax) / 2 * height
            for box in scene.boxes:
                if box.xmin < x < box.xmax and box.ymin < y < box.ymax:
                    glyphs.append(glyph)
                    classes.append(CLASSES.index(box.name) + 1)
    return np.stack(glyphs), np.array(classes)


def main() -> int:
    folder = Path(sys.argv[1])
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        reader = DigitReader(*written_digits(scenes=80))
        signatures = {"serving_default": reader.detect}
        tf.saved_model.save(reader, str(draft / "saved_model"), signatures=signatures)
        write_label_map(draft / "label_map.pbtxt", LabelMap.from_names(CLASSES))
        draft.chmod(0o755)
        with contextlib.suppress(OSError):  # somebody else was faster
            draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    print(f"wrote the stand-in model to {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
