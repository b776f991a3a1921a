"""The shipped detector reads drawn scenes, sees nothing in empty ones, the runtimes agree."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from judged_sets import written

from tod_ros.detection import iou, left_to_right
from tod_ros.errors import ModelError
from tod_ros.evaluation.comparing import compare
from tod_ros.inference.detector import load_detector
from tod_ros.scene.compose import draw_scene
from tod_ros.shipped import shipped

MODEL = shipped("models", "cube_faces")
SEEDS = range(9_000, 9_024)


@pytest.fixture(scope="module")
def detectors():
    return {runtime: load_detector(MODEL, runtime=runtime) for runtime in ("litert", "tensorflow")}


def names(boxes):
    return [box.name for box in boxes]


def test_plain_scenes_are_read_exactly(detectors):
    for seed in SEEDS:
        scene = draw_scene(seed, difficulty="plain")
        found = left_to_right(detectors["litert"].detect(scene.image))
        assert names(found) == names(scene.boxes), seed
        assert all(iou(a.xyxy, b.xyxy) > 0.75 for a, b in zip(found, scene.boxes)), seed


def test_nearly_all_scenes_of_full_difficulty_are_read_exactly(detectors):
    right = 0
    for seed in SEEDS:
        scene = draw_scene(seed, difficulty="full")
        found = left_to_right(detectors["litert"].detect(scene.image))
        right += names(found) == names(scene.boxes)
    assert right >= 0.9 * len(SEEDS)  # a floor for so few; the card has the figure


def test_in_nearly_all_scenes_without_a_class_nothing_is_detected(detectors):
    scenes = [draw_scene(seed, cubes=0, difficulty="full") for seed in SEEDS]
    clean = sum(detectors["litert"].detect(scene.image) == [] for scene in scenes)
    assert clean >= 0.9 * len(SEEDS)  # as above


def test_digits_that_people_wrote_are_read_in_nearly_all_scenes(detectors):
    try:
        samples = list(written("painted", ("one", "two"), len(SEEDS)))
    except ModelError as reason:
        pytest.skip(str(reason))
    found = [left_to_right(detectors["litert"].detect(image)) for _, image, _ in samples]
    right = sum(names(a) == names(b) for a, (_, _, b) in zip(found, samples))
    assert right >= 0.8 * len(SEEDS)  # as above


def test_both_runtimes_see_the_same(detectors):
    images = [draw_scene(seed, difficulty="full").image for seed in SEEDS]
    answers = {
        runtime: [detector.detect(image, 0.05) for image in images]
        for runtime, detector in detectors.items()
    }
    difference = compare(answers["tensorflow"], answers["litert"])
    assert difference.pixels <= 1
    assert difference.score <= 0.01
    assert difference.other == 0


def test_every_file_is_as_it_was_written_and_small():
    files = json.loads((MODEL / "model.json").read_text(encoding="utf-8"))["files"]
    present = {p.relative_to(MODEL).as_posix() for p in MODEL.rglob("*") if p.is_file()}
    assert present == {*files, "model.json"}
    for name, expected in files.items():
        assert hashlib.sha256((MODEL / name).read_bytes()).hexdigest() == expected, name
    sizes = [path.stat().st_size for path in MODEL.rglob("*") if path.is_file()]
    assert max(sizes) < 6e6 and sum(sizes) < 13e6


def test_litert_has_weights_of_16_bits():
    (weights,) = MODEL.glob("checkpoint/*.data-*")
    assert (MODEL / "model.tflite").stat().st_size < 0.7 * weights.stat().st_size


def test_nothing_of_the_machine_that_made_it_is_in_its_texts():
    for name in ("model.json", "pipeline.config", "README.md"):
        text = (MODEL / name).read_text(encoding="utf-8")
        assert str(MODEL.parents[1]) not in text and str(Path.home()) not in text


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one core only")
def test_the_threads_of_litert_stay_off_the_core_of_their_caller():
    allowed, before = os.sched_getaffinity(0), threads()
    detector = load_detector(MODEL, runtime="litert")
    made = threads() - before  # they end with the detector
    assert len(made) >= len(allowed) - 1, detector
    assert all(os.sched_getaffinity(thread) == allowed - {min(allowed)} for thread in made)


def threads():
    return {int(name) for name in os.listdir("/proc/self/task")}
