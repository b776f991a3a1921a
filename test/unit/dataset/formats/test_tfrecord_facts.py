import os

import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.tfrecord import encode_example, write_record
from tod_ros.dataset.formats.tfrecord_facts import RecordFacts, facts_of, hash_of
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import ProjectError

LABELS = LabelMap.from_names(["one", "two", "three"])


def write(path, *pictures):
    with open(path, "wb") as stream:
        for number, names in enumerate(pictures):
            boxes = tuple(Box(name, 10 * i, 5, 10 * i + 8, 30) for i, name in enumerate(names))
            annotation = Annotation(f"image{number:03d}.png", (640, 480), boxes)
            write_record(stream, encode_example(annotation, LABELS, b"p" * 5000, "png"))
    return path


def test_pictures_and_boxes_are_counted_over_all_files(tmp_path):
    first = write(tmp_path / "a", ["two", "one"], [], ["one"] * 130)
    second = write(tmp_path / "b", ["three", "two", "one"])
    assert facts_of([first, second]) == RecordFacts(4, 135, 130, 3)


def test_an_empty_record_holds_nothing(tmp_path):
    assert facts_of([write(tmp_path / "a")]) == RecordFacts(0, 0, 0, 0)


@pytest.mark.parametrize("keep", [1, 11, 12, 13, 40, 2000, -1])
def test_a_record_cut_off_anywhere_is_named(tmp_path, keep):
    path = write(tmp_path / "train.record", ["one", "two"])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ProjectError) as error:
        facts_of([path])
    assert str(error.value) == (
        f"{path}: is damaged, or no TFRecord; write it again with `tod convert`"
    )


def test_the_hash_is_that_of_the_contents(tmp_path):
    one, two = write(tmp_path / "a", ["one"]), write(tmp_path / "b", ["two"])
    copy = write(tmp_path / "c", ["one"])
    assert hash_of([one, two]) == hash_of([copy, two]) != hash_of([two, one])


def test_gigabytes_of_zeros_are_no_records(tmp_path):
    path = tmp_path / "train.record"
    path.write_bytes(b"")
    os.truncate(path, 3 * 1024**3)
    with pytest.raises(ProjectError, match="is damaged, or no TFRecord"):
        facts_of([path])
