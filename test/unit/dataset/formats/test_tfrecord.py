"""Records are framed and encoded to the byte; test/slow has the Object Detection API read them."""

import io

import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.tfrecord import encode_example, read_records, shard_paths, write_record
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import ProjectError


def test_a_record_is_framed_as_tensorflow_frames_it():
    stream = io.BytesIO()
    write_record(stream, b"abc")
    # test/slow asserts that TensorFlow writes the same
    assert stream.getvalue().hex() == "0300000000000000" + "b099490e" + "616263" + "6e57f121"


def test_what_is_written_reads_the_same(tmp_path):
    records = [b"", b"one", bytes(range(256)) * 5000]
    with open(tmp_path / "a.record", "wb") as stream:
        for record in records:
            write_record(stream, record)
    assert list(read_records(tmp_path / "a.record")) == records


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:5], lambda b: b[:-5] + b"x" + b[-4:]]
)
def test_damage_is_noticed(tmp_path, damage):
    stream = io.BytesIO()
    write_record(stream, b"some data")
    (tmp_path / "a.record").write_bytes(damage(stream.getvalue()))
    with pytest.raises(ProjectError, match=r"a\.record: damaged TFRecord"):
        list(read_records(tmp_path / "a.record"))


def test_an_example_holds_the_picture_and_its_boxes():
    labels = LabelMap({3: "one", 300: "two"})
    boxes = (Box("two", 48, 12, 96, 48), Box("one", 0, 0, 24, 24))
    example = encode_example(Annotation("a.png", (96, 48), boxes), labels, b"PICTURE", "png")
    assert b"image/encoded\x12\x0b\n\t\n\x07PICTURE" in example
    assert b"image/object/class/label\x12\x07\x1a\x05\n\x03\xac\x02\x03" in example  # 300, 3
    assert b"image/object/class/text\x12\x0c\n\x0a\n\x03two\n\x03one" in example


def test_shards_have_the_names_that_tensorflow_globs(tmp_path):
    path = tmp_path / "train.record"
    assert shard_paths(path, 1) == [path]
    assert [p.name for p in shard_paths(path, 2)] == [
        "train.record-00000-of-00002",
        "train.record-00001-of-00002",
    ]
